import type { Octokit } from '@octokit/rest'
import { z } from 'zod'
import { FoundryError, wordsOf } from '@shared/errors'
import type { DeviceSignIn } from '@shared/github'
import { WANTED_SCOPES } from './scopes'

/** Sign-in with a code that the person types into their browser. One at a time. */
export interface DeviceSignIns {
  /** Hosts it can be used for. */
  hosts(): string[]
  /**
   * Asks the host for a code and goes on by itself once it is there. One that waits is cancelled.
   *
   * @throws FoundryError when there is no code to be had
   */
  start(host: string): Promise<DeviceSignIn>
  cancel(): void
  /** The last one of this run. */
  current(): DeviceSignIn | null
}

export interface DeviceSignInsOptions {
  /** Client ids of OAuth apps that may use the device flow, by host. */
  clientIds: ReadonlyMap<string, string>
  apiUrlOf(host: string): string
  fetch(url: string, init?: RequestInit): Promise<Response>
  now: () => number
  /** Takes the token; what it throws becomes the problem of the sign-in. */
  accept(host: string, token: string): Promise<void>
  changed(): void
}

const verificationSchema = z.object({
  user_code: z.string().min(1).max(100),
  verification_uri: z.url({ protocol: /^https?$/ }).max(1000),
  expires_in: z.number().positive(),
})

interface Attempt {
  readonly stop: AbortController
  signIn: DeviceSignIn | null
}

export function createDeviceSignIns(options: DeviceSignInsOptions): DeviceSignIns {
  let attempt: Attempt | null = null

  function set(own: Attempt, signIn: DeviceSignIn): void {
    own.signIn = signIn
    if (attempt === own) options.changed()
  }

  function end(own: Attempt, state: DeviceSignIn['state'], problem: DeviceSignIn['problem'] = null): void {
    if (own.signIn?.state === 'waiting') set(own, { ...own.signIn, state, problem })
  }

  function cancel(): void {
    if (attempt === null) return
    attempt.stop.abort()
    end(attempt, 'cancelled')
  }

  async function start(host: string): Promise<DeviceSignIn> {
    const clientId = options.clientIds.get(host)
    if (clientId === undefined)
      throw new FoundryError('unsupported', `Sign-in with a code is not set up for ${host}.`, {
        next: 'Paste a token, or use the gh command.',
      })
    cancel()
    const own: Attempt = { stop: new AbortController(), signIn: null }
    attempt = own
    const [{ createOAuthDeviceAuth }, request] = await Promise.all([
      import('@octokit/auth-oauth-device'),
      requestFor(options, host, own.stop.signal),
    ])
    return new Promise<DeviceSignIn>((resolve, reject) => {
      const authenticate = createOAuthDeviceAuth({
        clientType: 'oauth-app',
        clientId,
        scopes: [...WANTED_SCOPES],
        request,
        onVerification(verification) {
          const code = verificationSchema.parse(verification)
          set(own, {
            id: 'device',
            host,
            userCode: code.user_code,
            verificationUrl: code.verification_uri,
            expiresAt: options.now() + code.expires_in * 1000,
            state: 'waiting',
            problem: null,
          })
          if (own.signIn !== null) resolve(own.signIn)
        },
      })
      authenticate({ type: 'oauth' })
        .then(async ({ token }) => {
          // The person may have backed out while the last answer was on its way.
          own.stop.signal.throwIfAborted()
          await options.accept(host, token)
          end(own, 'succeeded')
        })
        .catch((error: unknown) => {
          const { state, problem } = explain(error, host, own.stop.signal)
          if (own.signIn === null)
            reject(problem ?? new FoundryError('cancelled', 'The sign-in was cancelled.'))
          else end(own, state, problem?.toValue() ?? null)
        })
    })
  }

  return {
    hosts: () => [...options.clientIds.keys()],
    start,
    cancel,
    current: () => attempt?.signIn ?? null,
  }
}

async function requestFor(
  { fetch, apiUrlOf }: DeviceSignInsOptions,
  host: string,
  signal: AbortSignal,
): Promise<Octokit['request']> {
  const quiet = (): void => undefined
  const { Octokit } = await import('@octokit/rest')
  return new Octokit({
    baseUrl: apiUrlOf(host),
    request: { fetch: (url: string, init?: RequestInit) => fetch(url, { ...init, signal }) },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  }).request
}

const refusalSchema = z.object({ response: z.object({ data: z.object({ error: z.string() }) }) })

function explain(
  error: unknown,
  host: string,
  signal: AbortSignal,
): { state: DeviceSignIn['state']; problem: FoundryError | null } {
  if (signal.aborted) return { state: 'cancelled', problem: null }
  const refusal = refusalSchema.safeParse(error)
  const why = refusal.success ? refusal.data.response.data.error : null
  if (why === 'expired_token')
    return {
      state: 'expired',
      problem: new FoundryError('credentials', 'The code was not entered in time.', {
        next: 'Start again for a new code.',
      }),
    }
  if (why === 'access_denied')
    return {
      state: 'denied',
      problem: new FoundryError('credentials', `The sign-in was denied on ${host}.`, {
        next: 'Start again, and choose to authorize Foundry.',
      }),
    }
  return { state: 'failed', problem: failure(error, host) }
}

function failure(error: unknown, host: string): FoundryError {
  if (error instanceof FoundryError) return error
  // Only its words: what was sent hangs off the error itself.
  return new FoundryError('github', `The sign-in at ${host} failed.`, {
    next: 'Try again, or paste a token instead.',
    detail: wordsOf(error).slice(0, 2000),
  })
}

/**
 * Reads client ids from a variable: one id stands for github.com, `host=id` for another host, several with commas.
 */
export function parseClientIds(text: string | undefined): Map<string, string> {
  const ids = new Map<string, string>()
  for (const entry of (text ?? '').split(',')) {
    const match = /^\s*(?:([^=\s]+)=)?([A-Za-z0-9._-]{1,100})\s*$/.exec(entry)
    const id = match?.[2]
    if (id !== undefined) ids.set(match?.[1]?.toLowerCase() ?? 'github.com', id)
  }
  return ids
}
