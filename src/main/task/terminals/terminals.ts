import { isAbsolute, resolve } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { TaskId, TerminalId } from '@shared/ids'
import type {
  ProcessList,
  Terminal,
  TerminalCommand,
  TerminalMessage,
  TerminalRequest,
} from '@shared/terminals'
import { newId, type Database } from '../../database'
import type { Sandbox, SandboxLease } from '../../sandbox/types'
import { plainText } from '../../sandbox/plain-text'
import type { Inside } from './inside'
import { OpenTerminal } from './open-terminal'
import { listens } from './ports'
import { ProcessWatch } from './processes'
import { createTerminalStore, type TerminalRow } from './store'

/** A person loses sight of more, and so does a screen. */
const MOST_TERMINALS = 40
/** What a failed look at the record of a process may hold up. */
const LOG_TAIL = 2000
const LOG_CHARACTERS = 256 * 1024

export interface TerminalsOptions {
  database: Database
  now: () => number
  /** The running sandbox of a task. */
  acquire(taskId: TaskId): Promise<SandboxLease>
  isRunning(taskId: TaskId): boolean
  /** @throws FoundryError `conflict` while there is none */
  checkoutPath(taskId: TaskId): string
  /** Where output waits that is too much for memory. */
  spillDirectory: string
  changed(taskId: TaskId, ids: TerminalId[]): void
  reportError(error: unknown, what: string): void
}

export interface RunRequest extends TerminalCommand {
  taskId: TaskId
  /** Within the checkout where it is relative; empty for the checkout. */
  cwd: string
  env: Record<string, string>
  name: string | null
}

export interface Terminals {
  ofTask(taskId: TaskId): Terminal[]
  /** A shell, in a tab of its own or beside another. It begins when a window shows it. */
  open(taskId: TaskId, beside: TerminalId | null): Terminal
  /** A program with arguments, at once. */
  run(request: RunRequest): Promise<Terminal>
  /** Again, what ran in it before. */
  start(terminalId: TerminalId): Promise<Terminal>
  stop(terminalId: TerminalId): Promise<void>
  kill(terminalId: TerminalId): Promise<void>
  /** Ends what runs in it, and runs it again. */
  restart(terminalId: TerminalId): Promise<Terminal>
  rename(terminalId: TerminalId, name: string | null): void
  /** Its tab in front of another; behind all of them when null. */
  move(terminalId: TerminalId, before: TerminalId | null): void
  /** Ends what runs in it and forgets it; where something runs only if `force` says so. */
  close(terminalId: TerminalId, force: boolean): Promise<{ closed: boolean; running: string[] }>
  /** Processes of the sandbox that are no terminals, and how busy all are. Starts nothing for the look. */
  processes(taskId: TaskId): Promise<ProcessList>
  stopProcess(taskId: TaskId, processId: string, force: boolean): Promise<void>
  /** The end of what a process printed. */
  processLog(taskId: TaskId, processId: string): Promise<string>
  /** @throws FoundryError `not_found` */
  attach(
    terminalId: TerminalId,
    sink: { post(message: TerminalMessage): void },
  ): Promise<{ request(request: TerminalRequest): void; detach(): void }>
  /** Whose programs quitting would end, looked at now. */
  busy(): Promise<{ taskId: TaskId; running: string[] }[]>
  /** Forgets what a deleted task had. */
  erase(taskId: TaskId): Promise<void>
  /** Keeps what is on the screens. What runs is ended with its sandbox. */
  shutDown(): Promise<void>
}

/** The terminals of all tasks. Nothing of a task is read before somebody opens it. */
export function createTerminals(options: TerminalsOptions): Terminals {
  const store = createTerminalStore(options.database)
  const tasks = new Map<TaskId, Map<TerminalId, OpenTerminal>>()
  const owners = new Map<TerminalId, TaskId>()
  const watches = new Map<TaskId, ProcessWatch>()

  function of(taskId: TaskId): Map<TerminalId, OpenTerminal> {
    const known = tasks.get(taskId)
    if (known !== undefined) return known
    const read = new Map<TerminalId, OpenTerminal>()
    tasks.set(taskId, read)
    for (const row of store.ofTask(taskId)) add(read, row, {}, () => store.screen(row.id))
    return read
  }

  function add(
    to: Map<TerminalId, OpenTerminal>,
    row: TerminalRow,
    env: Record<string, string>,
    screen: () => Promise<Uint8Array | null> = () => Promise.resolve(null),
  ): OpenTerminal {
    const { id, taskId } = row
    const terminal = new OpenTerminal({
      row,
      env,
      checkout: checkoutOf(taskId),
      screen,
      acquire: () => options.acquire(taskId),
      listens,
      spillDirectory: options.spillDirectory,
      now: options.now,
      changed: () => options.changed(taskId, [id]),
      reportError: options.reportError,
    })
    to.set(id, terminal)
    owners.set(id, taskId)
    return terminal
  }

  /** Shown while there is no checkout, where nothing can run. */
  function checkoutOf(taskId: TaskId): string {
    try {
      return options.checkoutPath(taskId)
    } catch (error) {
      if (error instanceof FoundryError) return ''
      throw error
    }
  }

  function get(id: TerminalId): {
    taskId: TaskId
    all: Map<TerminalId, OpenTerminal>
    terminal: OpenTerminal
  } {
    const taskId = owners.get(id) ?? store.taskOf(id)
    const all = taskId === null ? undefined : of(taskId)
    const terminal = all?.get(id)
    if (taskId === null || all === undefined || terminal === undefined)
      throw new FoundryError('not_found', 'This terminal does not exist any more.')
    return { taskId, all, terminal }
  }

  function insert(
    taskId: TaskId,
    part: Pick<TerminalRow, 'command' | 'cwd' | 'name'> & { beside: TerminalId | null },
    env: Record<string, string>,
  ): OpenTerminal {
    // Refused where there is nothing to work in, before a tab is made for it.
    options.checkoutPath(taskId)
    const all = of(taskId)
    if (all.size >= MOST_TERMINALS)
      throw new FoundryError('conflict', `The task has ${MOST_TERMINALS} terminals open.`, {
        next: 'Close some of them first.',
      })
    const { beside, ...rest } = part
    const id = newId('terminal')
    const neighbour = beside === null ? undefined : all.get(beside)?.row
    const position = 1 + Math.max(0, ...[...all.values()].map(({ row }) => row.position))
    const groupId = neighbour?.groupId ?? id
    const row: TerminalRow = { id, taskId, groupId, position, createdAt: options.now(), ...rest }
    // What has variables of its own cannot be run again after a restart, as their values are on no disk.
    if (Object.keys(env).length === 0) store.insert(row)
    return add(all, row, env)
  }

  async function inside(taskId: TaskId, work: (sandbox: Sandbox) => Promise<void>): Promise<void> {
    if (!options.isRunning(taskId)) return
    const lease = await options.acquire(taskId)
    try {
      await work(lease.sandbox)
    } finally {
      lease.release()
    }
  }

  const names = (running: Inside[] | null): string[] =>
    running === null ? ['a program'] : [...new Set(running.map(({ name }) => name))]

  async function forget(taskId: TaskId, terminal: OpenTerminal): Promise<void> {
    const { id } = terminal.row
    await terminal.end()
    await terminal.close()
    tasks.get(taskId)?.delete(id)
    owners.delete(id)
  }

  /** Tabs in order, each with its terminals in order. */
  function tabs(all: Map<TerminalId, OpenTerminal>): OpenTerminal[][] {
    const groups = new Map<TerminalId, OpenTerminal[]>()
    for (const terminal of [...all.values()].toSorted((a, b) => a.row.position - b.row.position)) {
      const { groupId } = terminal.row
      groups.set(groupId, [...(groups.get(groupId) ?? []), terminal])
    }
    return [...groups.values()]
  }

  return {
    ofTask: (taskId) => [...of(taskId).values()].map((terminal) => terminal.entity()),
    open(taskId, beside) {
      const cwd = beside === null ? null : (of(taskId).get(beside)?.row.cwd ?? null)
      const terminal = insert(taskId, { command: null, cwd, name: null, beside }, {})
      options.changed(taskId, [terminal.row.id])
      return terminal.entity()
    },
    async run({ taskId, command, args, timeoutSeconds, cwd, env, name }) {
      const checkout = options.checkoutPath(taskId)
      const folder = cwd.trim() === '' ? null : isAbsolute(cwd) ? cwd : resolve(checkout, cwd)
      const terminal = insert(
        taskId,
        { command: { command, args, timeoutSeconds }, cwd: folder, name, beside: null },
        env,
      )
      await terminal.start()
      return terminal.entity()
    },
    async start(terminalId) {
      const { terminal } = get(terminalId)
      await terminal.start()
      return terminal.entity()
    },
    stop: (terminalId) => get(terminalId).terminal.stop(),
    kill: (terminalId) => get(terminalId).terminal.kill(),
    async restart(terminalId) {
      const { terminal } = get(terminalId)
      await terminal.end()
      await terminal.start()
      return terminal.entity()
    },
    rename(terminalId, name) {
      const { taskId, terminal } = get(terminalId)
      terminal.row.name = name
      store.update(terminalId, { name })
      options.changed(taskId, [terminalId])
    },
    move(terminalId, before) {
      const { taskId, all, terminal } = get(terminalId)
      const order = tabs(all)
      const own = order.find((tab) => tab.includes(terminal)) ?? []
      const rest = order.filter((tab) => tab !== own)
      const at = rest.findIndex((tab) => tab.some(({ row }) => row.id === before))
      rest.splice(at < 0 ? rest.length : at, 0, own)
      options.database.transaction(() => {
        for (const [position, { row }] of rest.flat().entries()) {
          row.position = position + 1
          store.update(row.id, { position: row.position })
        }
      })
      options.changed(taskId, [...all.keys()])
    },
    async close(terminalId, force) {
      const { taskId, all, terminal } = get(terminalId)
      if (!force) {
        const running = names(await terminal.running())
        if (running.length > 0) return { closed: false, running }
      }
      await forget(taskId, terminal)
      store.remove(terminalId)
      // Its tab goes on under the next of its terminals.
      const left = [...all.values()].filter(({ row }) => row.groupId === terminalId)
      const [first] = left
      for (const { row } of first === undefined ? [] : left) {
        row.groupId = first?.row.id ?? row.id
        store.update(row.id, { groupId: row.groupId })
      }
      options.changed(taskId, [terminalId, ...left.map(({ row }) => row.id)])
      return { closed: true, running: [] }
    },
    async processes(taskId) {
      let found: ProcessList = { others: [], terminals: [] }
      await inside(taskId, async (sandbox) => {
        const watch = watches.get(taskId) ?? new ProcessWatch({ now: options.now, listens })
        watches.set(taskId, watch)
        const running = [...of(taskId).values()].flatMap((terminal) => {
          const { id, pid } = terminal.entity()
          return pid === null ? [] : [{ id, pid }]
        })
        found = await watch.look(sandbox, running)
      })
      return found
    },
    stopProcess: (taskId, processId, force) =>
      inside(taskId, (sandbox) => sandbox.endProcess(processId, force)),
    async processLog(taskId, processId) {
      let text = ''
      await inside(taskId, async (sandbox) => {
        const plain = plainText()
        for (const part of await sandbox.processOutput(processId, LOG_TAIL)) text += plain(part)
      })
      return text.slice(-LOG_CHARACTERS)
    },
    attach: (terminalId, sink) => get(terminalId).terminal.attach(sink),
    async busy() {
      const found: { taskId: TaskId; running: string[] }[] = []
      await Promise.all(
        [...tasks].flatMap(([taskId, all]) =>
          [...all.values()].map(async (terminal) => {
            const running = names(await terminal.running())
            if (running.length > 0) found.push({ taskId, running })
          }),
        ),
      )
      return found
    },
    async erase(taskId) {
      await Promise.all([...of(taskId).values()].map((terminal) => forget(taskId, terminal)))
      tasks.delete(taskId)
      watches.delete(taskId)
      store.eraseTask(taskId)
    },
    async shutDown() {
      await Promise.all(
        [...tasks.values()].flatMap((all) =>
          [...all.values()].map(async (terminal) => {
            try {
              const remains = await terminal.remains()
              if (remains !== null) await store.saveScreen(terminal.row.id, remains.cwd, remains.screen)
            } catch (error) {
              // A sandbox that went first cannot say where its shell was.
              options.reportError(error, 'keeping the screen of a terminal')
            }
            await terminal.close()
          }),
        ),
      )
    },
  }
}
