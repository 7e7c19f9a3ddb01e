import type { TerminalFeed, TranscriptFeed } from '../ipc/feeds'
import type { Handlers } from '../ipc/handlers'
import { registerIpc } from '../ipc/register'
import type { TopicHub } from '../ipc/topic-hub'
import type { Log } from './services'

export interface Contract {
  readonly handlers: Partial<Handlers>
  /** Absent in the recovery window, which works without a database. */
  readonly live?: { hub: TopicHub; transcripts: TranscriptFeed; terminals: TerminalFeed }
  /** Told of every failure of an operation. */
  observe?(error: unknown): void
}

/** Opens the contract to our windows, whose first questions wait for it. Returns the function that closes it. */
export function startIpc(contract: Promise<Contract>, isPackaged: boolean, log: Log): () => void {
  const reportError = (error: unknown, what: string): void => log.error(`${what} failed`, error)
  const services = contract.then(async ({ handlers, live, observe }) => {
    // The contract is some hundred schemas, which no window is to wait for.
    const [{ createDispatch }, { createTerminalPorts, createTranscriptPorts }] = await Promise.all([
      import('../ipc/dispatch'),
      import('../ipc/feeds'),
    ])
    return {
      dispatch: createDispatch(handlers, { checkOutputs: !isPackaged, reportError, observe }),
      ...(live === undefined
        ? {}
        : {
            live: {
              hub: live.hub,
              openTranscript: createTranscriptPorts(live.transcripts, reportError),
              openTerminal: createTerminalPorts(live.terminals, reportError),
            },
          }),
    }
  })
  return registerIpc(services, reportError)
}
