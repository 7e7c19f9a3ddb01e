import { FoundryError } from '@shared/errors'
import { z } from 'zod'

/**
 * The problem document (RFC 9457) with which a sandbox-agent server answers a failure. Everything is
 * optional: it comes from outside.
 */
const problemSchema = z.object({
  type: z.string().catch(''),
  title: z.string().catch(''),
  detail: z.string().catch(''),
  agent: z.string().optional().catch(undefined),
  agentStderr: z.string().optional().catch(undefined),
  details: z
    .object({
      exitCode: z.number().nullish().catch(undefined),
      stderr: z.string().nullish().catch(undefined),
      message: z.string().nullish().catch(undefined),
    })
    .catch({}),
})
export type Problem = z.infer<typeof problemSchema>

const LONGEST_WORDS = 16_000

/** What a failed answer said; for a body that is no problem document, its text stands as the detail. */
export function parseProblem(text: string): Problem {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not JSON: whatever stands between us and the server (a proxy) speaks for itself.
    value = { detail: text }
  }
  const parsed = problemSchema.safeParse({ details: {}, ...asRecord(value) })
  if (parsed.success) return parsed.data
  return { type: '', title: '', detail: text, details: {} }
}

/** The last word of the problem's type, such as `install_failed`. */
export function problemName(problem: Problem): string {
  return problem.type.slice(problem.type.lastIndexOf(':') + 1)
}

/** The agent's own stderr, when the problem carries it. */
export function agentWords(problem: Problem): string | null {
  const words = (problem.agentStderr ?? problem.details.stderr ?? '').trim()
  return words === '' ? null : lastPart(words)
}

/** Everything the problem says, for the detail of an error. */
export function problemText(problem: Problem): string {
  const parts = [problem.detail || problem.details.message || problem.title, agentWords(problem)]
  return lastPart(parts.filter((part) => part !== null && part !== '').join('\n'))
}

/** In the server's words: the agent was gone before it had read a byte, and what it said is lost with it. */
const UNHEARD = 'failed writing to agent stdin'

/** Whether an agent ended so fast that the server never got to hear why. */
export function endedUnheard(error: unknown): boolean {
  return error instanceof FoundryError && error.detail?.includes(UNHEARD) === true
}

/** The error a person sees for an agent endpoint that answered with a failure. */
export function problemError(status: number, text: string): FoundryError {
  const problem = parseProblem(text)
  const agent = problem.agent ?? 'The agent'
  const detail = problemText(problem) || `HTTP status ${status}`
  switch (problemName(problem)) {
    case 'agent_process_exited':
      return agentExited(agent, problem.details.exitCode ?? null, agentWords(problem))
    case 'agent_not_installed':
      return new FoundryError('agent_missing', `${agent} is not installed.`, {
        next: 'Install it in the agent settings, then start the session again.',
        detail,
      })
    case 'install_failed':
      return new FoundryError('agent', `${agent} could not be installed.`, { detail })
    case 'unsupported_agent':
      return new FoundryError('agent_missing', `The sandbox does not know the agent ${agent}.`, { detail })
    case 'stream_error':
      return new FoundryError('agent', 'The agent could not be started or reached.', {
        next: 'Start the session again. If it fails again, run the agent in a terminal to see why.',
        detail,
      })
    default:
      return new FoundryError('sandbox', 'The sandbox refused the request.', {
        next: 'Try again. If it fails again, restart the app.',
        detail,
      })
  }
}

/** The error for an agent process that ended on its own, with its last words when they are known. */
export function agentExited(agent: string, exitCode: number | null, stderr: string | null): FoundryError {
  const how = exitCode === null ? 'ended' : `ended with exit code ${exitCode}`
  return new FoundryError('agent', `${agent} ${how}.`, {
    next: 'Read what it said, then start the session again.',
    ...(stderr === null ? {} : { detail: lastPart(stderr) }),
  })
}

function lastPart(text: string): string {
  return text.length <= LONGEST_WORDS ? text : `…${text.slice(-LONGEST_WORDS)}`
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
