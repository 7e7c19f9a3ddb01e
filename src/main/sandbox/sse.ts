/** One event of a server-sent event stream. `id` is the last one the stream has set. */
export interface ServerSentEvent {
  id: string | null
  event: string
  data: string
}

/** Past this an event is no message of any agent but a defect or an attack. */
export const MAX_EVENT_CHARACTERS = 128 * 1024 * 1024

export class EventTooLargeError extends Error {}

/**
 * Parses a server-sent event stream piece by piece, as the WHATWG says, for any split of the bytes. Comments
 * (the server's heartbeats) are dropped, and so is an event that the stream breaks off.
 */
export class ServerSentEventParser {
  readonly #decoder = new TextDecoder()
  /** Pieces of the line that has no end yet: joined once, however many pieces a large event comes in. */
  #line: string[] = []
  #lineLength = 0
  #endedWithCarriageReturn = false
  #data: string[] = []
  #dataLength = 0
  #event = ''
  #id: string | null = null

  /** Returns the events that `bytes` completed. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    let text = this.#decoder.decode(bytes, { stream: true })
    if (text === '') return events
    if (this.#endedWithCarriageReturn && text.startsWith('\n')) text = text.slice(1)
    this.#endedWithCarriageReturn = text.endsWith('\r')
    const lines = text.split(/\r\n|\r|\n/)
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      this.#line.push(line)
      this.#takeLine(this.#line.join(''), events)
      this.#line = []
      this.#lineLength = 0
    }
    this.#line.push(rest)
    this.#lineLength += rest.length
    if (this.#lineLength + this.#dataLength > MAX_EVENT_CHARACTERS)
      throw new EventTooLargeError(`An event of more than ${MAX_EVENT_CHARACTERS} characters`)
    return events
  }

  #takeLine(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0)
        events.push({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') })
      this.#data = []
      this.#dataLength = 0
      this.#event = ''
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    let value = colon < 0 ? '' : line.slice(colon + 1)
    if (value.startsWith(' ')) value = value.slice(1)
    if (field === 'data') {
      this.#data.push(value)
      this.#dataLength += value.length
    } else if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
  }
}
