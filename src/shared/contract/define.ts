import type { z } from 'zod'

/**
 * One entry of the contract between the window and main. A `query` reads; a `command` changes something
 * (its handler validates, checks the current state, and applies everything in one transaction).
 */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: 'query' | 'command'
  readonly input: Input
  readonly output: Output
}

export function query<Input extends z.ZodType, Output extends z.ZodType>(
  input: Input,
  output: Output,
): Operation<Input, Output> {
  return { kind: 'query', input, output }
}

export function command<Input extends z.ZodType, Output extends z.ZodType>(
  input: Input,
  output: Output,
): Operation<Input, Output> {
  return { kind: 'command', input, output }
}

/** The operations of one domain, by method name. */
export type DomainContract = Readonly<Record<string, Operation>>
