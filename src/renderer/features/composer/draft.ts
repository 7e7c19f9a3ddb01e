import { call } from '../../client/call'
import { showError } from '../../ui/toast'

/** What was typed last, by session: going back to one must not wait for what main has stored of it. */
const latest = new Map<string, string>()

/** How long typing may pause before what was typed is stored. */
const pauseMs = 500

/**
 * Keeps what is typed for one session. Stored after a pause, and at once when the session is left or the
 * window goes away. What main echoes back is never put into the field: the field is ahead of it.
 */
export class DraftKeeper {
  #text: string
  #stored: string
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly sessionId: `session_${string}`,
    stored: string,
  ) {
    this.#text = latest.get(sessionId) ?? stored
    this.#stored = this.#text
  }

  get text(): string {
    return this.#text
  }

  change(text: string): void {
    this.#keep(text)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.flush(), pauseMs)
  }

  /** The prompt was sent: main drops the draft with it, so there is nothing left to store. */
  sent(): void {
    clearTimeout(this.#timer)
    this.#keep('')
    this.flush()
  }

  flush(): void {
    clearTimeout(this.#timer)
    if (this.#text === this.#stored) return
    const text = this.#text
    this.#stored = text
    void this.#save(text)
  }

  #keep(text: string): void {
    this.#text = text
    latest.set(this.sessionId, text)
  }

  async #save(text: string): Promise<void> {
    const result = await call('session.saveDraft', { sessionId: this.sessionId, text })
    if (result.ok) return
    this.#stored = ''
    showError(result.error)
  }
}
