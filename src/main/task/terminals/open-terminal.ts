import { FoundryError } from '@shared/errors'
import type { Terminal, TerminalRequest } from '@shared/terminals'
import type { SandboxLease, TerminalProcess } from '../../sandbox/types'
import { hangUp, runsInside, folderOf, type Inside } from './inside'
import { isLive, nextLife, shownLife, type Life, type LifeEvent } from './life'
import { PortFinder, type FoundPort } from './ports'
import { createSpillFile } from './spill-file'
import { Spool } from './spool'
import type { TerminalRow } from './store'
import { TerminalStream, type TerminalSink } from './terminal-stream'

/** So much of the end of its output outlives the app. */
const SAVED_SCREEN_BYTES = 256 * 1024
/** Until a window says how large it is. */
const USUAL_SIZE = { columns: 100, rows: 30 }
/** A server says where it listens shortly before it does. */
const PORT_LOOKS = 6
const PORT_LOOK_MS = 500

const OLD_SCREEN_ENDS = 'from before Foundry was started'
const BEGINS_AGAIN = 'started again'

export interface OpenTerminalOptions {
  readonly row: TerminalRow
  /** Values for the variables of a command: they are on no disk. */
  readonly env: Readonly<Record<string, string>>
  readonly checkout: string
  /** What it showed in an earlier run. */
  readonly screen: () => Promise<Uint8Array | null>
  readonly acquire: () => Promise<SandboxLease>
  readonly listens: (port: number) => Promise<boolean>
  readonly spillDirectory: string
  readonly now: () => number
  readonly changed: () => void
  readonly reportError: (error: unknown, what: string) => void
}

/** One terminal: what runs in it, what it printed, and who looks at it. */
export class OpenTerminal {
  readonly row: TerminalRow
  #life: Life = { state: 'stopped' }
  #process: TerminalProcess | null = null
  #lease: SandboxLease | null = null
  #size = USUAL_SIZE
  #ports: FoundPort[] = []
  #finder = new PortFinder()
  #timeout: ReturnType<typeof setTimeout> | null = null
  #endedBy: FoundryError | null = null
  /** What runs in it was told to end, and is waited for. */
  #gone = Promise.withResolvers<void>()
  #closed = false
  readonly #spool: Spool
  readonly #streams = new Set<TerminalStream>()
  #restored: Promise<void> | null = null

  constructor(private readonly options: OpenTerminalOptions) {
    this.row = options.row
    this.#spool = new Spool(createSpillFile(options.spillDirectory, `${this.row.id}.output`), {
      wanted: () => {
        let first: number | null = null
        for (const { position } of this.#streams)
          first = first === null ? position : Math.min(first, position)
        return first
      },
      reportError: (error) => options.reportError(error, 'keeping the output of a terminal'),
    })
  }

  get isLive(): boolean {
    return isLive(this.#life)
  }

  entity(): Terminal {
    const { id, taskId, groupId, position, name, command, cwd } = this.row
    return {
      id,
      taskId,
      groupId,
      position,
      name,
      command,
      cwd: cwd ?? this.options.checkout,
      variables: Object.keys(this.options.env),
      ...shownLife(this.#life),
      ports: this.#ports,
    }
  }

  /** A window looks at it from now on. */
  async attach(sink: TerminalSink): Promise<{ request(request: TerminalRequest): void; detach(): void }> {
    await this.#restore()
    const stream = new TerminalStream(this.#spool, sink, (error) =>
      this.options.reportError(error, 'reading the output of a terminal'),
    )
    this.#streams.add(stream)
    return {
      request: (request) => this.#answer(stream, request),
      detach: () => {
        stream.detach()
        this.#streams.delete(stream)
        this.#spool.trim()
      },
    }
  }

  /** Starts what runs in it, again where it ran before. Does nothing while it runs. */
  async start(): Promise<void> {
    await this.#restore()
    const life = this.#life
    if (this.#closed || !this.#step({ type: 'start', at: this.options.now() })) return
    if (this.#spool.end > 0 && life.state !== 'stopped') this.#take(divider(await this.#tail(), BEGINS_AGAIN))
    this.#ports = []
    this.#finder = new PortFinder()
    this.#endedBy = null
    this.#gone = Promise.withResolvers<void>()
    try {
      this.#lease = await this.options.acquire()
      const process = await this.#open(this.#lease)
      this.#process = process
      if (!this.#step({ type: 'started', pid: process.pid })) return
      this.#limitTime()
    } catch (error) {
      const problem = error instanceof FoundryError ? error : unexpected(error)
      if (!(error instanceof FoundryError)) this.options.reportError(error, 'starting a terminal')
      this.#lease?.release()
      this.#lease = null
      this.#step({ type: 'refused', at: this.options.now(), problem })
      this.#gone.resolve()
    }
  }

  /** What would be ended with it; null where that cannot be said and something may run. */
  async running(): Promise<Inside[] | null> {
    const sandbox = this.#lease?.sandbox
    const pid = this.#process?.pid ?? null
    if (!isLive(this.#life) || sandbox === undefined) return []
    if (this.row.command !== null) return [{ pid: pid ?? 0, name: this.row.command.command }]
    if (pid === null) return null
    return runsInside(sandbox, pid)
  }

  /** Asks it to end, as Ctrl+C's stronger brother does. */
  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  /** Ends what runs in it and all that this started, and waits for it. */
  async end(reason: FoundryError | null = null): Promise<void> {
    const process = this.#process
    const sandbox = this.#lease?.sandbox
    if (process === null || sandbox === undefined || !isLive(this.#life)) return
    this.#endedBy = reason
    if (process.pid !== null) {
      const inside = (await runsInside(sandbox, process.pid)) ?? []
      await hangUp(sandbox, [process.pid, ...inside.map(({ pid }) => pid)])
    }
    // What does not listen is ended by the server.
    await Promise.race([this.#gone.promise, new Promise((resolve) => setTimeout(resolve, 2000).unref())])
    await process.kill()
    await this.#gone.promise
  }

  /** Nobody looks at it any more, and nothing runs in it. */
  async close(): Promise<void> {
    this.#closed = true
    for (const stream of this.#streams) stream.detach()
    this.#streams.clear()
    await this.#spool.close()
  }

  /** Where it is and what it shows, for the next run of the app; null where it never showed anything. */
  async remains(): Promise<{ cwd: string | null; screen: Uint8Array } | null> {
    if (this.#spool.end === 0) return null
    const screen = await this.#tail()
    const sandbox = this.#lease?.sandbox
    const pid = this.#process?.pid ?? null
    const folder =
      sandbox === undefined || pid === null || this.row.command !== null ? null : await folderOf(sandbox, pid)
    return { cwd: folder ?? this.row.cwd, screen: fromLine(screen) }
  }

  #answer(stream: TerminalStream, request: TerminalRequest): void {
    switch (request.type) {
      case 'ack':
        return stream.ack(request.offset)
      case 'show':
        return stream.show(request.visible)
      case 'input':
        return this.#process?.write(request.text)
      case 'bytes':
        return this.#process?.write(Buffer.from(request.bytes, 'latin1'))
      case 'resize': {
        const { columns, rows } = request
        this.#size = { columns, rows }
        this.#process?.resize(columns, rows)
        // A shell begins when it is seen, in the size it is seen in.
        if (this.#life.state === 'stopped' && this.row.command === null) void this.start()
        return
      }
      case 'close':
        return
    }
  }

  async #open(lease: SandboxLease): Promise<TerminalProcess> {
    const { row, options } = this
    return lease.sandbox.openTerminal({
      command: row.command,
      ...(row.cwd === null ? {} : { cwd: row.cwd }),
      env: {
        TERM: 'xterm-256color',
        COLORTERM: 'truecolor',
        TERM_PROGRAM: 'Foundry',
        FOUNDRY_TASK_ID: row.taskId,
        ...options.env,
      },
      ...this.#size,
      onData: (bytes) => {
        this.#take(bytes)
      },
      onExit: (exitCode) => this.#ended(exitCode, this.#endedBy),
      onFailed: (problem) => this.#ended(null, problem),
    })
  }

  #take(bytes: Uint8Array): void {
    this.#spool.append(bytes)
    for (const stream of this.#streams) stream.pump()
    for (const found of this.#finder.push(bytes)) void this.#lookAtPort(found)
  }

  /** The end of what it printed. */
  async #tail(): Promise<Uint8Array> {
    const start = Math.max(this.#spool.start, this.#spool.end - SAVED_SCREEN_BYTES)
    return this.#spool.read(start, this.#spool.end - start)
  }

  async #lookAtPort(found: FoundPort): Promise<void> {
    const finder = this.#finder
    for (let look = 0; look < PORT_LOOKS && this.isLive && finder === this.#finder; look++) {
      if (await this.options.listens(found.port)) {
        if (!this.isLive || finder !== this.#finder) return
        this.#ports = [...this.#ports, found]
        return this.options.changed()
      }
      await new Promise((resolve) => setTimeout(resolve, PORT_LOOK_MS).unref())
    }
    finder.forget(found.port)
  }

  #limitTime(): void {
    const seconds = this.row.command?.timeoutSeconds ?? null
    if (seconds === null) return
    this.#timeout = setTimeout(() => {
      const late = new FoundryError('cancelled', `It was ended after ${seconds} seconds, as was asked for.`)
      this.end(late).catch((error: unknown) =>
        this.options.reportError(error, 'ending a process that is late'),
      )
    }, seconds * 1000)
  }

  #ended(exitCode: number | null, problem: FoundryError | null): void {
    const process = this.#process
    const lease = this.#lease
    this.#process = this.#lease = null
    this.#ports = []
    if (this.#timeout !== null) clearTimeout(this.#timeout)
    this.#timeout = null
    this.#step({ type: 'ended', at: this.options.now(), exitCode, problem })
    this.#gone.resolve()
    if (process === null) return lease?.release()
    process
      .dispose()
      // A server that is gone has nothing left to clear away.
      .catch((error: unknown) => {
        if (!(error instanceof FoundryError)) this.options.reportError(error, 'clearing a terminal away')
      })
      .finally(() => lease?.release())
  }

  #step(event: LifeEvent): boolean {
    const next = nextLife(this.#life, event)
    if (next === null) return false
    this.#life = next
    this.options.changed()
    return true
  }

  #restore(): Promise<void> {
    this.#restored ??= this.options.screen().then(
      (screen) => {
        if (screen === null || screen.length === 0) return
        this.#spool.append(screen)
        this.#spool.append(divider(screen, OLD_SCREEN_ENDS))
      },
      (error: unknown) => this.options.reportError(error, 'reading the old screen of a terminal'),
    )
    return this.#restored
  }
}

/**
 * A line between what was and what comes. What a program may have left on is ended, and the screen not cleared: the other
 * screen, where it was left on it, the mouse, bracketed paste, colours, a hidden cursor.
 */
function divider(before: Uint8Array, words: string): Uint8Array {
  const text = Buffer.from(before)
  const other = text.lastIndexOf('\u001b[?1049h') > text.lastIndexOf('\u001b[?1049l') ? '\u001b[?1049l' : ''
  const calm = `${other}\u001b[?1000;1002;1003;1004;1006;2004l\u001b[?25h\u001b[0m`
  return Buffer.from(`${calm}\r\n\u001b[2m\u2500\u2500 ${words} \u2500\u2500\u001b[0m\r\n`)
}

/** From the beginning of a line on, so that no escape sequence is cut in two. */
function fromLine(bytes: Uint8Array): Uint8Array {
  if (bytes.length < SAVED_SCREEN_BYTES) return bytes
  const line = bytes.indexOf(10)
  return line < 0 ? bytes : bytes.subarray(line + 1)
}

function unexpected(error: unknown): FoundryError {
  return new FoundryError('internal', 'The terminal could not be started.', {
    detail: error instanceof Error ? error.message : String(error),
    cause: error,
  })
}
