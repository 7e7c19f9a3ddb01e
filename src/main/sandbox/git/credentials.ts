import { FoundryError } from '@shared/errors'
import type { GitResult } from './types'

/** How one server is signed in to over HTTP(S). */
export interface GitCredentials {
  /** Scheme, host and port, as `new URL(...).origin` has them: `https://github.com`. */
  origin: string
  username: string
  token: string
}

const USERNAME = 'FOUNDRY_GIT_USERNAME'
const PASSWORD = 'FOUNDRY_GIT_PASSWORD'

/**
 * A helper in the language git runs helpers in everywhere (Git for Windows brings its own `sh`). It holds no
 * secret itself, and neither keeps nor forgets what git tells it.
 */
const HELPER = `!f() { if test "$1" = get; then printf 'username=%s\\npassword=%s\\n' "$${USERNAME}" "$${PASSWORD}"; fi; }; f`

/**
 * The environment of one git process that may sign in to one server. Git asks the helper for that scheme, host
 * and port alone: neither another server nor one it is redirected to gets the token. Helpers of the person are
 * not asked for that server, so the token does not end up in a keychain of theirs either.
 */
export function credentialEnvironment({ origin, username, token }: GitCredentials): Record<string, string> {
  if (!isOrigin(origin)) throw new Error(`${origin} is not an origin`)
  if (token === '' || /[\0\r\n]/.test(`${username}${token}`))
    throw new FoundryError('credentials', `The token for ${origin} cannot be one.`, {
      next: 'Sign in again.',
    })
  return {
    ...configEnvironment([
      // An empty one forgets those before it.
      [`credential.${origin}.helper`, ''],
      [`credential.${origin}.helper`, HELPER],
      [`credential.${origin}.useHttpPath`, 'false'],
    ]),
    [USERNAME]: username,
    [PASSWORD]: token,
    GIT_TERMINAL_PROMPT: '0',
  }
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** Settings as the environment of one git process: they stand after, and so above, those of all files. */
export function configEnvironment(entries: readonly (readonly [key: string, value: string])[]) {
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) }
  for (const [index, [key, value]] of entries.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return environment
}

/** Puts environments together: the settings in them one after the other, of everything else the last one counts. */
export function joinEnvironments(
  ...environments: readonly (Readonly<Record<string, string>> | undefined)[]
): Record<string, string> {
  const joined: Record<string, string> = {}
  const settings: [string, string][] = []
  for (const environment of environments) {
    if (environment === undefined) continue
    for (const [name, value] of Object.entries(environment))
      if (!/^GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+)$/.test(name)) joined[name] = value
    for (let index = 0; index < Number(environment['GIT_CONFIG_COUNT'] ?? 0); index += 1)
      settings.push([
        environment[`GIT_CONFIG_KEY_${index}`] ?? '',
        environment[`GIT_CONFIG_VALUE_${index}`] ?? '',
      ])
  }
  return settings.length === 0 ? joined : { ...joined, ...configEnvironment(settings) }
}

/** What stands in the place of a token that git, or the server through it, prints. */
const HIDDEN = '•••'

/** Leaves the secrets of an environment out of what a process with it has printed. */
export function hideSecrets(
  environment: Readonly<Record<string, string>> | undefined,
): (text: string) => string {
  const token = environment?.[PASSWORD]
  if (token === undefined || token === '') return (text) => text
  const basic = Buffer.from(`${environment?.[USERNAME] ?? ''}:${token}`).toString('base64')
  const forms = [token, encodeURIComponent(token), basic]
  return (text) => forms.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text)
}

export function hideInResult(
  environment: Readonly<Record<string, string>> | undefined,
  result: GitResult,
): GitResult {
  const hide = hideSecrets(environment)
  return { ...result, stdout: hide(result.stdout), stderr: hide(result.stderr) }
}
