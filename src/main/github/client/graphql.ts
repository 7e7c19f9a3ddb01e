import { z } from 'zod'
import type { Observation } from './budget'
import type { GraphqlProblem } from '../types'

const problemSchema = z.object({
  type: z.string().nullish(),
  path: z.array(z.union([z.string(), z.number()])).nullish(),
  message: z.string().catch(''),
  extensions: z
    .object({ code: z.string().optional(), saml_failure: z.boolean().optional() })
    .nullish()
    .catch(null),
})

const bodySchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(problemSchema).nullish(),
  message: z.string().optional(),
})

const rateLimitSchema = z.object({
  cost: z.number().int().nonnegative(),
  remaining: z.number().int().nonnegative(),
  limit: z.number().int().positive(),
  resetAt: z.iso.datetime({ offset: true }),
})

export interface GraphqlAnswer {
  data: Record<string, unknown> | null
  problems: GraphqlProblem[]
  /** Nothing that was asked for came. */
  empty: boolean
  /** Null where the server keeps no budgets. */
  rateLimit: (Observation & { cost: number }) | null
}

/** @throws ZodError for a body that is no answer to a query */
export function readGraphql(body: unknown): GraphqlAnswer {
  const { data = null, errors, message } = bodySchema.parse(body)
  const problems = (errors ?? []).map(toProblem)
  if (data === null && problems.length === 0)
    problems.push({ type: null, path: [], message: message ?? 'The answer holds no data.' })
  const parts = Object.entries(data ?? {}).filter(([name]) => name !== 'rateLimit')
  const empty = data === null || (parts.length > 0 && parts.every(([, value]) => value === null))
  return { data, problems, empty, rateLimit: rateLimitOf(data?.['rateLimit']) }
}

function toProblem({ type, path, message, extensions }: z.infer<typeof problemSchema>): GraphqlProblem {
  const saml = extensions?.saml_failure === true && !/SAML/.test(message)
  return {
    type: type ?? extensions?.code ?? null,
    path: path ?? [],
    message: saml ? `SAML single sign-on is required. ${message}` : message,
  }
}

function rateLimitOf(value: unknown): GraphqlAnswer['rateLimit'] {
  const parsed = rateLimitSchema.safeParse(value)
  if (!parsed.success) return null
  const { cost, remaining, limit, resetAt } = parsed.data
  return { cost, limit, remaining: Math.min(remaining, limit), reset: Math.floor(Date.parse(resetAt) / 1000) }
}

/** How a query is named in messages: by its operation, or by what it begins with. */
export function queryName(query: string): string {
  const name = /^\s*(?:query|mutation)\s+(\w{1,60})/.exec(query)?.[1]
  return name === undefined ? 'a query' : `the query ${name}`
}
