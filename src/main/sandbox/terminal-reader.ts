import { sendHttp } from './http'
import { readRecord } from './output-record'
import { SequencedOutput } from './sequenced-output'
import { isServersWord } from './servers-word'
import { openSocket, type TerminalSocket } from './terminal-socket'
import type { OpenTerminalReader, TerminalAddress, TerminalReader, TerminalReaderEvents } from './types'

/** Input goes in pieces that the server takes. */
const INPUT_BYTES = 8 * 1024
/** A frame that the record has is on its way no longer than this. */
const ON_THE_WAY_MS = 500
/** How long a connection that broke off is tried to be had again. */
const RECONNECT_MS = 10_000
const RETRY_MS = 250

const MISSING = '\u001b[0m\r\n\u001b[2mSome output before this is missing.\u001b[0m\r\n'

/** Reads a terminal in this thread. */
export const openReaderHere: OpenTerminalReader = (address, events) => new Reader(address, events)

/**
 * One terminal of a sandbox-agent server, over a WebSocket. The server gives up output that a client does not take at once,
 * and says nothing of it: so the socket is never paused, and what came is compared with the server's record.
 */
class Reader implements TerminalReader {
  #socket: TerminalSocket | null = null
  #ready = false
  /** The program has ended; its last words are still looked for. */
  #exiting = false
  readonly #closed = new AbortController()
  #size: string | null = null
  readonly #output: SequencedOutput

  constructor(
    private readonly address: TerminalAddress,
    private readonly events: TerminalReaderEvents,
  ) {
    const { signal } = this.#closed
    this.#output = new SequencedOutput(
      { after: (sequence) => readRecord(sendHttp, address, sequence, signal) },
      {
        deliver: (frames) => this.#deliver(frames),
        missing: () => this.#deliver([Buffer.from(MISSING)]),
        failed: (error) => this.#fail(error),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        patience: () => new Promise((resolve) => setTimeout(resolve, ON_THE_WAY_MS)),
      },
    )
    this.#connect().then(
      () => {
        this.#ready = true
        if (!signal.aborted) events.ready()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += INPUT_BYTES)
      this.#send({
        type: 'input',
        data: Buffer.from(bytes.subarray(from, from + INPUT_BYTES)).toString('base64'),
        encoding: 'base64',
      })
  }

  resize(columns: number, rows: number): void {
    this.#size = JSON.stringify({ type: 'resize', cols: columns, rows })
    this.#socket?.send(this.#size)
  }

  close(): void {
    this.#closed.abort()
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  #connect(): Promise<void> {
    const { baseUrl, token, processId } = this.address
    const url = `${baseUrl.replace(/^http/, 'ws')}/v1/processes/${encodeURIComponent(processId)}/terminal/ws`
    return new Promise((resolve, reject) => {
      const socket = openSocket(url, token, {
        frames: (frames) => {
          if (socket === this.#socket) this.#output.push(frames)
        },
        word: (text) => {
          if (socket !== this.#socket) return
          const word = parseWord(text)
          if (word.type === 'ready') resolve()
          else if (word.type === 'exit' && !this.#exiting) void this.#exited(word.exitCode)
          else if (word.type === 'error') reject(new Error(word.message))
        },
        closed: (reason) => {
          reject(new Error(reason))
          if (socket === this.#socket && this.#ready && !this.#exiting) void this.#reconnect()
        },
      })
      this.#socket = socket
    })
  }

  async #reconnect(): Promise<void> {
    const until = Date.now() + RECONNECT_MS
    for (;;) {
      try {
        await this.#connect()
        if (this.#size !== null) this.#socket?.send(this.#size)
        // What was printed in between came to nobody.
        return this.#output.check()
      } catch (error) {
        if (this.#closed.signal.aborted) return
        if (Date.now() > until) return this.#fail(error)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  #deliver(frames: readonly Uint8Array[]): void {
    const wanted = frames.filter((frame) => !isServersWord(frame))
    let length = 0
    for (const { length: own } of wanted) length += own
    if (length === 0 || this.#closed.signal.aborted) return
    // Into a buffer of its own, which can be given to another thread.
    const bytes = new Uint8Array(length)
    let at = 0
    for (const frame of wanted) {
      bytes.set(frame, at)
      at += frame.length
    }
    this.events.data(bytes)
  }

  async #exited(exitCode: number | null): Promise<void> {
    this.#exiting = true
    try {
      // The end overtakes the last words of a program in a hurry.
      await this.#output.end()
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#closed.signal.aborted) return
    this.close()
    this.events.exit(exitCode)
  }

  #fail(error: unknown): void {
    if (this.#closed.signal.aborted) return
    this.close()
    this.events.failed(error instanceof Error ? error.message : String(error))
  }
}

type Word =
  | { type: 'ready' }
  | { type: 'exit'; exitCode: number | null }
  | { type: 'error'; message: string }
  | { type: 'other' }

function parseWord(text: string): Word {
  const frame: unknown = JSON.parse(text)
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return { type: 'other' }
  if (frame.type === 'ready') return { type: 'ready' }
  if (frame.type === 'exit')
    return {
      type: 'exit',
      exitCode: 'exitCode' in frame && typeof frame.exitCode === 'number' ? frame.exitCode : null,
    }
  if (frame.type === 'error')
    return { type: 'error', message: 'message' in frame ? String(frame.message) : 'The terminal failed.' }
  return { type: 'other' }
}
