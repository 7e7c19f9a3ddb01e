import { createHash } from 'node:crypto'
import type { GitHubModel } from './model'
import type { Token, User } from './types'

interface Grant {
  deviceCode: string
  userCode: string
  scopes: string[]
  expiresAt: number
  intervalMs: number
  lastAskedAt: number | null
  outcome: Token | 'denied' | null
}

/** OAuth's device flow, with the person played by the test: `approve` and `deny` are what they do in the browser. */
export class DeviceFlow {
  /** The applications that exist; any client id is one while this is empty. */
  readonly clientIds = new Set<string>()
  /** Seconds a client has to wait between two questions. */
  interval = 5
  /** Seconds a code is good for. */
  lifetime = 900
  readonly #grants: Grant[] = []

  constructor(
    readonly model: GitHubModel,
    readonly now: () => number,
  ) {}

  /** Codes that wait for their person, oldest first. */
  get waiting(): readonly string[] {
    return this.#grants
      .filter((one) => one.outcome === null && one.expiresAt > this.now())
      .map((one) => one.userCode)
  }

  approve(userCode: string, user: User): Token {
    const grant = this.#find(userCode)
    const token = this.model.addToken(user, { kind: 'oauth', scopes: grant.scopes })
    grant.outcome = token
    return token
  }

  deny(userCode: string): void {
    this.#find(userCode).outcome = 'denied'
  }

  #find(userCode: string): Grant {
    const grant = this.#grants.find((one) => one.userCode === userCode)
    if (grant === undefined) throw new Error(`No device waits with the code ${userCode}.`)
    return grant
  }

  /** The answer to a path of the flow; undefined for every other. */
  answer(
    method: string,
    path: string,
    body: string,
    web: string,
  ): { status: number; body: object } | undefined {
    if (method !== 'POST') return undefined
    if (path === '/login/device/code') return this.#begin(fieldsOf(body), web)
    return path === '/login/oauth/access_token' ? this.#ask(fieldsOf(body), web) : undefined
  }

  #begin(fields: Record<string, string>, web: string): { status: number; body: object } {
    if (!this.#isClient(fields['client_id'])) return { status: 404, body: { error: 'Not Found' } }
    const code = createHash('sha256').update(`device ${this.#grants.length}`).digest('hex')
    const letters = code
      .slice(0, 8)
      .replaceAll(/./g, (digit) => 'BCDFGHJKLMNPQRST'.charAt(Number.parseInt(digit, 16)))
    const grant: Grant = {
      deviceCode: code.slice(0, 40),
      userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
      scopes: (fields['scope'] ?? '').split(/[ ,]+/).filter((scope) => scope !== ''),
      expiresAt: this.now() + this.lifetime * 1000,
      intervalMs: this.interval * 1000,
      lastAskedAt: null,
      outcome: null,
    }
    this.#grants.push(grant)
    return {
      status: 200,
      body: {
        device_code: grant.deviceCode,
        user_code: grant.userCode,
        verification_uri: `${web}/login/device`,
        expires_in: this.lifetime,
        interval: this.interval,
      },
    }
  }

  #ask(fields: Record<string, string>, web: string): { status: number; body: object } {
    // All of these come with 200, as GitHub does it.
    const refuse = (error: string, description: string, more: object = {}) => ({
      status: 200,
      body: { error, error_description: description, error_uri: `${web}/docs`, ...more },
    })
    if (!this.#isClient(fields['client_id']))
      return refuse('incorrect_client_credentials', 'The client_id passed is incorrect.')
    if (fields['grant_type'] !== 'urn:ietf:params:oauth:grant-type:device_code')
      return refuse('unsupported_grant_type', 'The grant type is not supported.')
    const grant = this.#grants.find((one) => one.deviceCode === fields['device_code'])
    if (grant === undefined) return refuse('incorrect_device_code', 'The device_code provided is not valid.')
    if (grant.expiresAt <= this.now()) return refuse('expired_token', 'This device_code has expired.')
    const tooSoon = grant.lastAskedAt !== null && this.now() - grant.lastAskedAt < grant.intervalMs
    grant.lastAskedAt = this.now()
    if (tooSoon) {
      grant.intervalMs += 5000
      return refuse('slow_down', 'Too many requests have been made in the same timeframe.', {
        interval: grant.intervalMs / 1000,
      })
    }
    if (grant.outcome === null)
      return refuse('authorization_pending', 'The authorization request is still pending.')
    if (grant.outcome === 'denied') return refuse('access_denied', 'The authorization request was denied.')
    const { value, scopes } = grant.outcome
    return {
      status: 200,
      body: { access_token: value, token_type: 'bearer', scope: (scopes ?? []).join(',') },
    }
  }

  #isClient(id: string | undefined): boolean {
    return id !== undefined && (this.clientIds.size === 0 || this.clientIds.has(id))
  }
}

/** A form or JSON: GitHub reads both. */
function fieldsOf(body: string): Record<string, string> {
  if (!body.startsWith('{')) return Object.fromEntries(new URLSearchParams(body))
  return Object.fromEntries(
    Object.entries(JSON.parse(body) as Record<string, unknown>).map(([key, value]) => [key, String(value)]),
  )
}
