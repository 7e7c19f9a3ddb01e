import type { z } from 'zod'
import { contract, type Operation } from '@shared/contract'
import { FoundryError, toErrorValue, type Result } from '@shared/errors'
import { databaseFailure } from '../database/failure'
import type { Handlers } from './handlers'

export type Dispatch = (operation: string, input: unknown) => Promise<Result<unknown>>

export interface DispatchOptions {
  /** Outputs are parsed too while developing: a handler that breaks its contract is found at once. */
  checkOutputs: boolean
  reportError(error: unknown, what: string): void
  /** Told of every failure before it becomes a value. */
  observe?: ((error: unknown) => void) | undefined
}

/** One entry point for all operations: looks the name up, parses, runs, and turns what is thrown into a value. */
export function createDispatch(handlers: Partial<Handlers>, options: DispatchOptions): Dispatch {
  const entries = new Map<string, { operation: Operation; run: (input: unknown) => unknown }>()
  for (const [domain, methods] of Object.entries(handlers)) {
    const operations: Record<string, Operation> = contract[domain as keyof typeof contract] ?? {}
    for (const [method, run] of Object.entries(methods)) {
      const operation = operations[method]
      if (operation === undefined) throw new Error(`The contract has no ${domain}.${method}`)
      entries.set(`${domain}.${method}`, { operation, run: run as (input: unknown) => unknown })
    }
  }

  return async (name, input) => {
    const entry = entries.get(name)
    if (entry === undefined)
      return {
        ok: false,
        error: { kind: 'invalid_input', message: `There is no operation ${name.slice(0, 100)}.` },
      }
    const parsed = entry.operation.input.safeParse(input)
    if (!parsed.success)
      return {
        ok: false,
        error: { kind: 'invalid_input', message: explain(parsed.error), detail: parsed.error.message },
      }
    try {
      const value = await entry.run(parsed.data)
      if (options.checkOutputs) {
        const output = entry.operation.output.safeParse(value)
        if (!output.success) throw new Error(`${name} broke its contract: ${output.error.message}`)
      }
      return { ok: true, value }
    } catch (thrown) {
      options.observe?.(thrown)
      const error = databaseFailure(thrown)
      if (!(error instanceof FoundryError)) options.reportError(error, name)
      return { ok: false, error: toErrorValue(error) }
    }
  }
}

function explain(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'The input was not understood.'
  const where = issue.path.join('.')
  return where === '' ? issue.message : `${where}: ${issue.message}`
}
