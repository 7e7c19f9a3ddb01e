/** The coordinators as the app builds them, behind the contract, with plain objects in the place of Electron. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { createCoordinators } from '../../../src/main/boot/coordinators'
import { openReaderHere } from '../../../src/main/sandbox/terminal-reader'
import { createHealth } from '../../../src/main/database/health'
import type { AppServices, Log } from '../../../src/main/boot/services'
import { createDispatch } from '../../../src/main/ipc/dispatch'
import type { TopicUpdate } from '../../../src/shared/contract'
import { settingsSchema, type Settings } from '../../../src/shared/domain'
import { bundle } from '../../support/bundle'
import { inProcessWorker } from '../../support/database-folder'
import { openTestDatabase } from '../../support/database'
import { createKeychain } from './accounts-world'

export async function startApp(more: { sandboxAgent?: string; settings?: Partial<Settings> } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'foundry-app-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const opened = await openTestDatabase()
  onTestFinished(() => opened.close())
  const keychain = createKeychain()
  const lines: string[] = []
  const write = (message: string, details?: unknown): void =>
    void lines.push(
      `${message} ${details instanceof Error ? (details.stack ?? '') : JSON.stringify(details)}`,
    )
  const log: Log = { debug: write, info: write, warn: write, error: write, scope: () => log }
  const focus = new Set<() => void>()
  let online = true
  let settings = settingsSchema.parse(more.settings ?? {})
  const nothing = (): void => undefined
  const refuse = () => Promise.reject(new Error('Not in this test'))
  const path = (name: string): string => join(directory, name)

  const services: AppServices = {
    appVersion: '0.0.1',
    isPackaged: false,
    platform: process.platform,
    paths: {
      data: directory,
      home: null,
      logs: path('logs'),
      backups: path('backups'),
      tasks: path('tasks'),
      stores: path('stores'),
      terminals: path('terminals'),
      avatars: path('avatars'),
      agents: path('agents'),
      sandboxAgent: more.sandboxAgent ?? path('no-sandbox-agent'),
      resources: path('resources'),
    },
    nativeBinding: undefined,
    uncleanExit: null,
    log,
    settings: {
      get: () => settings,
      async update(patch) {
        settings = settingsSchema.parse({ ...settings, ...patch })
        return settings
      },
      subscribe: () => nothing,
    },
    secrets: keychain.secrets,
    notifier: { notify: nothing, setBadge: nothing },
    power: { onSuspend: () => nothing, onResume: () => nothing },
    network: {
      fetch: (url, init) =>
        online ? fetch(url, init) : Promise.reject(new TypeError('net::ERR_INTERNET_DISCONNECTED')),
      isOnline: () => online,
    },
    desktop: {
      openExternal: refuse,
      revealPath: refuse,
      chooseFolder: refuse,
      chooseFile: refuse,
      chooseSavePath: refuse,
      isFocused: () => true,
      onFocus(listener) {
        focus.add(listener)
        return () => void focus.delete(listener)
      },
      navigate: nothing,
    },
    crashes: {
      note: nothing,
      settled: () => Promise.resolve(),
      list: () => Promise.resolve([]),
      text: refuse,
      removeAll: () => Promise.resolve(),
      onChange: () => () => undefined,
    },
    spelling: {
      state: () => ({ languages: [], language: null, dictionary: 'off' }),
      onChange: () => () => undefined,
      retry: () => undefined,
    },
    links: { start: nothing, state: refuse, set: refuse },
    restart: nothing,
  }

  const searchScript = pathToFileURL(await bundle('src/main/history/search/worker.ts', 'search-worker'))
  const transferScript = pathToFileURL(await bundle('src/main/history/transfer/worker.ts', 'transfer-worker'))
  const insightsScript = pathToFileURL(await bundle('src/main/history/insights/worker.ts', 'insights-worker'))
  const recordScript = pathToFileURL(await bundle('src/main/history/record/worker.ts', 'record-worker'))

  async function start() {
    const coordinators = await createCoordinators({
      openReader: openReaderHere,
      scripts: {
        search: searchScript,
        insights: insightsScript,
        record: recordScript,
        transfer: transferScript,
      },
      worker: inProcessWorker,
      services,
      databases: {
        database: opened.database,
        file: join(opened.directory, 'foundry.db'),
        health: createHealth({ now: Date.now, probe: nothing, suspect: nothing }),
        known: [],
        close: nothing,
      },
    })
    const { hub } = coordinators.live
    coordinators.onScreen()
    const dispatch = createDispatch(coordinators.handlers, { checkOutputs: true, reportError: write })
    return {
      hub,
      dispatch,
      shutdown: () => coordinators.shutdown(),
      /** The value of an operation; fails the test with the error it answers. */
      async call<Value = unknown>(operation: string, input?: unknown): Promise<Value> {
        const result = await dispatch(operation, input)
        if (!result.ok) throw Object.assign(new Error(result.error.message), result.error)
        return result.value as Value
      },
      /** Resolves with an entity of a topic once it is as wanted, told by the topic's own events. */
      until<Entity extends { id: string }>(
        topic: string,
        kind: string,
        wanted: (entity: Entity) => boolean,
      ): Promise<Entity> {
        return new Promise((resolve) => {
          const look = (entities: { id: string }[] | undefined): void => {
            const found = (entities as Entity[] | undefined)?.find(wanted)
            if (found === undefined) return
            resolve(found)
            hub.unsubscribe(topic, subscriber)
          }
          const subscriber = {
            deliver: (updates: TopicUpdate[]) => {
              for (const update of updates) if (update.topic === topic) look(update.changed[kind])
            },
          }
          look(hub.subscribe(topic, subscriber).entities[kind])
        })
      },
    }
  }

  let app = await start()
  onTestFinished(() => app.shutdown())
  return {
    get app() {
      return app
    },
    keychain,
    opened,
    /** The data folder, where checkouts and stores are. */
    directory,
    /** Everything that was logged. */
    lines,
    setOnline: (is: boolean) => void (online = is),
    focus() {
      for (const listener of focus) listener()
    },
    async restart() {
      await app.shutdown()
      keychain.restart()
      opened.reopen()
      app = await start()
    },
  }
}
