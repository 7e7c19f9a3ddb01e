import { FoundryError } from '@shared/errors'
import { type Schedule, scheduleTimer } from '../schedule'
import { ServerClient } from '../server-client'
import type { ServerProcess } from '../server-process'

const UNUSED_MS = 60_000

/** A server of no task: started when something is asked of it, stopped after a minute without a question. */
export class OnDemandServer {
  #server: Promise<ServerProcess> | null = null
  #users = 0
  #cancelStop: (() => void) | null = null
  readonly #closed = new AbortController()

  constructor(
    private readonly start: (signal: AbortSignal) => Promise<ServerProcess>,
    private readonly cwd: string,
    private readonly stopFailed: (error: unknown) => void,
    private readonly schedule: Schedule = scheduleTimer,
  ) {}

  async use<Value>(ask: (client: ServerClient) => Promise<Value>): Promise<Value> {
    this.#closed.signal.throwIfAborted()
    this.#users++
    this.#cancelStop?.()
    this.#cancelStop = null
    try {
      const server = await this.#running()
      return await ask(new ServerClient(server.endpoint, server.gone, this.cwd))
    } finally {
      if (--this.#users === 0 && this.#server !== null && !this.#closed.signal.aborted)
        this.#cancelStop = this.schedule(UNUSED_MS, () => {
          this.#stop().catch(this.stopFailed)
        })
    }
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.#closed.abort(new FoundryError('sandbox', 'No sandbox is started while Foundry quits.'))
    this.#cancelStop?.()
    this.#cancelStop = null
    await this.#stop()
  }

  #running(): Promise<ServerProcess> {
    if (this.#server !== null) return this.#server
    const starting = this.start(this.#closed.signal)
    this.#server = starting
    const forget = (): void => {
      if (this.#server === starting) this.#server = null
    }
    starting.then(
      (server) => {
        if (server.gone.aborted) forget()
        else server.gone.addEventListener('abort', forget, { once: true })
      },
      // Whoever asked is told why.
      forget,
    )
    return starting
  }

  async #stop(): Promise<void> {
    const [server] = await Promise.allSettled(this.#server === null ? [] : [this.#server])
    if (server?.status !== 'fulfilled') return
    await server.value.stop(new FoundryError('sandbox', 'The server was stopped because nobody used it.'))
  }
}
