import type { HttpSend } from './http'
import type { RecordEntry } from './sequenced-output'
import type { TerminalAddress } from './types'

/** An entry holds no more than a program writes at once; what is longer is no answer of this server. */
const MOST_ENTRY_CHARACTERS = 1 << 20

/**
 * Entries of the server's record of a terminal after one of them, as the answer comes: after a loss it may have many
 * megabytes, of which only the piece that is being read is held. Whoever stops early ends the request.
 */
export async function* readRecord(
  send: HttpSend,
  { baseUrl, token, processId }: TerminalAddress,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RecordEntry[]> {
  const stopped = new AbortController()
  try {
    const { status, body } = await send(
      `${baseUrl}/v1/processes/${encodeURIComponent(processId)}/logs?since=${after}`,
      {
        method: 'GET',
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        signal: AbortSignal.any([signal, stopped.signal]),
      },
    )
    if (status !== 200) throw new Error(`The record of the terminal cannot be read: ${status}`)
    const entries = new EntryParser()
    for await (const part of body) {
      const found = entries.push(part)
      if (found.length > 0) yield found
    }
    entries.end()
  } finally {
    stopped.abort()
  }
}

/** Finds whole entries in an answer that comes in parts. In an entry are no braces: what was printed is in base64. */
export class EntryParser {
  #rest = ''
  #started = false
  #over = false

  /** @throws Error where it is no list of entries */
  push(part: Uint8Array): RecordEntry[] {
    const found: RecordEntry[] = []
    // All of it is ASCII.
    const text = this.#rest + Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1')
    let at = 0
    if (!this.#started) {
      const list = /"entries"\s*:\s*\[/.exec(text)
      if (list !== null) {
        this.#started = true
        at = list.index + list[0].length
      }
    }
    while (this.#started && !this.#over) {
      while (text[at] === ',' || text[at] === ' ' || text[at] === '\n') at += 1
      if (text[at] === ']') this.#over = true
      if (text[at] !== '{') break
      const end = text.indexOf('}', at)
      if (end < 0) break
      found.push(entryOf(JSON.parse(text.slice(at, end + 1))))
      at = end + 1
    }
    this.#rest = this.#over ? '' : text.slice(at)
    if (this.#rest.length > MOST_ENTRY_CHARACTERS) throw new Error('The record of the terminal is no list.')
    return found
  }

  /** @throws Error where it was cut off */
  end(): void {
    if (!this.#over) throw new Error('The record of the terminal breaks off.')
  }
}

function entryOf(value: unknown): RecordEntry {
  if (typeof value === 'object' && value !== null && 'sequence' in value && 'data' in value) {
    const { sequence, data } = value
    if (typeof sequence === 'number' && typeof data === 'string')
      return { sequence, bytes: Buffer.from(data, 'base64') }
  }
  throw new Error('The record of the terminal has something else than output.')
}
