import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentSchema, type Agent, type AgentId } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import { Catalogue } from '../../../src/main/sandbox/agents/catalogue'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { agentCatalogue, processes } from '../../../src/main/sandbox/tables'
import type { Progress } from '../../../src/main/sandbox/types'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { createAgentHome, eventually, serverBinary, type AgentHome } from './support'

let home: AgentHome
let data: TestDatabase
let folder: string
let catalogue: Catalogue
let changed: AgentId[][]
let due: { milliseconds: number; run: () => void; cancelled: boolean }[]
let storedKeys: Record<AgentId, string[]>
let lines: string[]

beforeEach(async () => {
  home = await createAgentHome()
  data = await openTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'foundry-catalogue-'))
  changed = []
  due = []
  storedKeys = {}
  lines = []
  catalogue = new Catalogue({
    database: data.database,
    binary: serverBinary(),
    directory: folder,
    environment: async () => home.environment,
    storedKeyNames: async (agentId) => storedKeys[agentId] ?? [],
    records: new ProcessRecords(data.database),
    log: { write: (line) => void lines.push(line) },
    events: { agentsChanged: (ids) => void changed.push([...ids].sort()) },
    schedule(milliseconds, run) {
      const timer = { milliseconds, run, cancelled: false }
      due.push(timer)
      return () => {
        timer.cancelled = true
      }
    },
  })
})

afterEach(async () => {
  await catalogue.close()
  await data.close()
  await rm(folder, { recursive: true, force: true })
  await home.remove()
})

const rows = () => data.database.commands.select().from(processes).all()
const find = (id: AgentId): Agent => {
  const agent = catalogue.list().find((entry) => entry.id === id)
  if (agent === undefined) throw new Error(`${id} is not listed`)
  return agent
}

async function onPath(name: string): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, name), '#!/bin/sh\necho 7.8.9\n')
  await chmod(join(bin, name), 0o755)
  home.environment['PATH'] = `${bin}:/usr/bin:/bin`
  return join(bin, name)
}

function progress(signal = new AbortController().signal): Progress & { stages: string[] } {
  const stages: string[] = []
  return { stages, signal, stage: (text) => void stages.push(text), log: () => undefined }
}

describe('the agent catalogue', () => {
  it('asks a server, keeps the answer, and lets the server go after a minute', async () => {
    expect(catalogue.list()).toEqual([])
    const agents = await catalogue.refresh()
    expect(agents).toEqual(catalogue.list())
    expect(agents.map(({ id }) => id)).toEqual(['claude', 'codex', 'opencode', 'amp', 'pi', 'cursor'])
    for (const agent of agents) agentSchema.parse(agent)
    expect(find('opencode')).toMatchObject({
      installed: true,
      version: '1.2.3',
      optionsSource: 'static',
      problem: null,
    })
    expect(find('claude')).toMatchObject({
      name: 'Claude Code',
      installed: false,
      keyVariable: 'ANTHROPIC_API_KEY',
    })
    expect(find('claude').options.map(({ category }) => category)).toEqual(['model', 'mode'])
    expect(changed).toEqual([['amp', 'claude', 'codex', 'cursor', 'opencode', 'pi']])
    expect(rows()).toMatchObject([{ role: 'catalogue', taskId: null }])
    const timers = due.filter(({ cancelled }) => !cancelled)
    expect(timers.map(({ milliseconds }) => milliseconds)).toEqual([60_000])
    timers[0]?.run()
    await eventually(() => rows().length === 0)
  })

  it('shares a server and a refresh, tells only what changed, and sees what happened before each call', async () => {
    const first = catalogue.refresh()
    storedKeys = { codex: ['OPENAI_API_KEY'] }
    const second = catalogue.refresh()
    expect(catalogue.refresh()).toBe(second)
    await Promise.all([first, second])
    expect(rows()).toHaveLength(1)
    expect(find('codex')).toMatchObject({ storedKeys: ['OPENAI_API_KEY'], credentials: true })
    changed = []
    await catalogue.refresh()
    expect(changed).toEqual([])
    storedKeys = {}
    await catalogue.refresh()
    expect(changed).toEqual([['codex']])
    expect(find('codex').credentials).toBe(false)
  })

  it('is there at once after a restart', async () => {
    const agents = await catalogue.refresh()
    data.database.commands
      .insert(agentCatalogue)
      .values({ agentId: 'old', agent: { id: 'old' }, refreshedAt: 1 })
      .run()
    expect(catalogue.list()).toEqual(agents)
  })

  it('finds agents on the PATH, and says what one of them lacks', async () => {
    await rm(join(home.data, 'sandbox-agent'), { recursive: true })
    const opencode = await onPath('opencode')
    const codex = await onPath('codex')
    await onPath('amp-acp')
    await onPath('gemini')
    await catalogue.refresh()
    // It speaks the protocol itself: nothing else is needed.
    expect(find('opencode')).toMatchObject({ installed: true, path: opencode, version: '7.8.9' })
    expect(find('amp')).toMatchObject({ installed: true })
    const { installed, path, problem } = find('codex')
    expect({ installed, path }).toEqual({ installed: false, path: codex })
    expect(problem).toContain(codex)
    expect(problem).toContain('codex-acp')
    expect(find('claude')).toMatchObject({ installed: false, path: null, problem: null })
  })

  it('says when no sign-in or key was found', async () => {
    await home.installAgent('claude', '#!/bin/sh\n')
    await catalogue.refresh()
    expect(find('claude')).toMatchObject({ installed: true, credentials: false })
    expect(find('claude').problem).toContain('No sign-in')
    home.environment['ANTHROPIC_API_KEY'] = 'exported by the person'
    await catalogue.refresh()
    expect(find('claude')).toMatchObject({ credentials: true, problem: null })
    expect(JSON.stringify(catalogue.list())).not.toContain('exported by the person')
  })

  it("keeps a session's own options over the server's list", async () => {
    await catalogue.refresh()
    changed = []
    const options: Agent['options'] = [
      {
        id: 'model',
        category: 'model',
        name: 'Model',
        currentValue: 'm',
        values: [{ value: 'm', name: 'M' }],
      },
    ]
    catalogue.observe('opencode', options)
    catalogue.observe('opencode', structuredClone(options))
    expect(changed).toEqual([['opencode']])
    await catalogue.refresh()
    expect(find('opencode')).toMatchObject({ options, optionsSource: 'session' })
    catalogue.observe('unheard-of', options)
    expect(find('unheard-of')).toMatchObject({
      name: 'Unheard Of',
      installed: true,
      optionsSource: 'session',
    })
    // Another version may offer something else.
    await home.installAgent('opencode', '#!/bin/sh\n')
    await writeFile(join(home.data, 'sandbox-agent', 'bin', 'opencode'), '#!/bin/sh\necho 2.0.0\n')
    await catalogue.refresh()
    expect(find('opencode')).toMatchObject({ version: '2.0.0', optionsSource: 'static' })
    expect(catalogue.list().map(({ id }) => id)).not.toContain('unheard-of')
  })
})

describe('installing', () => {
  let registry: Server
  let asked: Promise<unknown>
  let release: () => void

  /** An ACP registry of ours that answers when told to, so that nothing outside is asked. */
  beforeEach(async () => {
    let arrived: (value: unknown) => void
    asked = new Promise((resolve) => {
      arrived = resolve
    })
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    registry = createServer((_, response) => {
      arrived(null)
      void released.then(() => response.writeHead(500).end('the vendor is closed today'))
    }).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    const { port } = registry.address() as AddressInfo
    home.environment['SANDBOX_AGENT_ACP_REGISTRY_URL'] = `http://127.0.0.1:${port}/registry.json`
  })

  afterEach(async () => {
    release()
    registry.closeAllConnections()
    registry.close()
    await once(registry, 'close')
  })

  async function failure(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(
      () => 'It succeeded',
      (error: unknown) => error,
    )
  }

  it("fails with the vendor's words", async () => {
    release()
    const told = progress()
    const error = await failure(catalogue.install('amp', told))
    expect(error).toBeInstanceOf(FoundryError)
    expect(error).toMatchObject({ kind: 'agent', message: 'Amp could not be installed.' })
    expect((error as FoundryError).detail).toContain('download failed')
    expect(told.stages).toEqual(['Looking for what is installed', 'Downloading Amp'])
    expect(rows()).toHaveLength(1)
  })

  it('can be stopped', async () => {
    const stop = new AbortController()
    const installing = failure(catalogue.install('amp', progress(stop.signal)))
    await asked
    stop.abort()
    expect(await installing).toMatchObject({ kind: 'cancelled' })
    // The catalogue's own server is not disturbed.
    expect(rows()).toHaveLength(1)
    expect(await failure(catalogue.install('amp', progress(stop.signal)))).toMatchObject({
      kind: 'cancelled',
    })
  })

  it('knows no agent the server does not know', async () => {
    expect(await failure(catalogue.install('unheard-of', progress()))).toMatchObject({ kind: 'not_found' })
  })
})
