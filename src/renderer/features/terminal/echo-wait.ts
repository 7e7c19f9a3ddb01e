/** What is typed is shown within so much, or comes too late for anybody to wait with it. */
const ECHO_MS = 25

/** Whether somebody waits to see what they typed into a terminal: others hold their floods back for that moment. */
export class EchoWait {
  #screen: object | null = null
  #at = 0

  typed(screen: object, at: number): void {
    this.#screen = screen
    this.#at = at
  }

  /** Something of this terminal is on screen. */
  drawn(screen: object): void {
    if (this.#screen === screen) this.#screen = null
  }

  /** Whether another terminal than this one is waited for. In its own, what was typed comes behind the flood anyway. */
  elsewhere(screen: object, now: number): boolean {
    return this.#screen !== null && this.#screen !== screen && now - this.#at < ECHO_MS
  }
}
