import { createDispatch } from '../ipc/dispatch'
import type { Handlers } from '../ipc/handlers'
import { registerIpc, type IpcServices } from '../ipc/register'
import type { Log } from './services'

export interface Contract {
  readonly handlers: Partial<Handlers>
  readonly live?: NonNullable<IpcServices['live']>
  /** Told of every failure of an operation. */
  observe?(error: unknown): void
}

/** Opens the contract to our windows, whose first questions wait for it. Returns the function that closes it. */
export function startIpc(contract: Promise<Contract>, isPackaged: boolean, log: Log): () => void {
  const reportError = (error: unknown, what: string): void => log.error(`${what} failed`, error)
  const services = contract.then(({ handlers, live, observe }) => ({
    dispatch: createDispatch(handlers, { checkOutputs: !isPackaged, reportError, observe }),
    ...(live === undefined ? {} : { live }),
  }))
  return registerIpc(services, reportError)
}
