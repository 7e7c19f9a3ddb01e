import { systemErrorCode } from './atomic-file'
import { createRepetitions } from './repetitions'

/** Errors that the connection to an agent throws outside of any promise we hold. They end a session, not the app. */
const agentErrorNames: ReadonlySet<string> = new Set([
  'AcpHttpError',
  'AcpRpcError',
  'AbortError',
  'SandboxAgentError',
  'SandboxDestroyedError',
  'SocketError',
  'HeadersTimeoutError',
  'BodyTimeoutError',
  'ConnectTimeoutError',
])

const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** How deep the causes of an error are followed. */
const MAX_CAUSES = 5

/**
 * Whether an error that nobody caught came from a connection that was lost or refused: of an agent, a
 * sandbox server or the network. The rest of the app is sound then.
 */
export function isConnectionError(error: unknown): boolean {
  let current: unknown = error
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    if (agentErrorNames.has(current.name) || agentErrorNames.has(current.constructor.name)) return true
    if (connectionCodes.has(systemErrorCode(current))) return true
    current = current.cause
  }
  return false
}

export interface Uncaught {
  readonly origin: 'rejection' | 'exception'
  readonly error: unknown
  /** Whether it is only a lost connection. */
  readonly connection: boolean
  /** How often the same one came, this time included. */
  readonly times: number
}

/**
 * Sorts what nobody caught. The same error is reported the first time, and then at the 10th, 100th, ...: an
 * endless loop of failures must not fill the log.
 */
export function createUncaughtHandler(report: (uncaught: Uncaught) => void): {
  rejection(reason: unknown): void
  exception(error: unknown): void
} {
  const repetitions = createRepetitions()

  function handle(origin: Uncaught['origin'], error: unknown): void {
    const times = repetitions(error instanceof Error ? (error.stack ?? error.message) : String(error))
    if (times !== null) report({ origin, error, connection: isConnectionError(error), times })
  }

  return {
    rejection: (reason) => handle('rejection', reason),
    exception: (error) => handle('exception', error),
  }
}
