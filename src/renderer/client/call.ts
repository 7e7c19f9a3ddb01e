import type { Contract, Domain, InputOf, OutputOf } from '@shared/contract'
import type { ErrorValue, Result } from '@shared/errors'
import { bridge } from './bridge'

type MethodOf<Of extends Domain> = keyof Contract[Of] & string
type Entry<Of extends Domain, Method extends MethodOf<Of>> = Contract[Of][Method]
/** An operation without input is called without one. */
type Arguments<Input> = undefined extends Input ? [] : [input: Input]

/**
 * Calls one operation of the contract. Never rejects: a failure is a value that the caller has to look at.
 * Types come from the contract alone, so its schemas never reach the window's bundle.
 */
export async function call<Of extends Domain, Method extends MethodOf<Of>>(
  operation: `${Of}.${Method}`,
  ...[input]: Arguments<InputOf<Entry<Of, Method>>>
): Promise<Result<OutputOf<Entry<Of, Method>>>> {
  try {
    // Main parses both sides against the same contract; the bridge itself is untyped on purpose.
    return (await bridge().call(operation, input)) as Result<OutputOf<Entry<Of, Method>>>
  } catch (thrown) {
    return { ok: false, error: errorFrom(thrown) }
  }
}

/** The value for something thrown in the window itself. */
export function errorFrom(thrown: unknown): ErrorValue {
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return { kind: 'internal', message: 'Something went wrong in the window.', detail }
}
