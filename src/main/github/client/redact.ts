const HIDDEN = '[redacted]'
/** Tokens of GitHub by their looks: `ghp_…`, `gho_…`, `github_pat_…`. */
const LOOKS_LIKE_A_TOKEN = /\b(?:gh[a-z]_|github_pat_)[a-z0-9_]{10,}/gi
/** Control characters, and those that turn the direction of the text after them. */
const UNSHOWABLE = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu
const MAX_READ = 8000
const MAX_WORDS = 2000

/**
 * Makes a server's words fit to be shown: without the token (a proxy may send back what it was sent, also encoded),
 * without control characters, and not endless.
 */
export function safeWords(words: string, token: string | null): string {
  const secrets = spellings(token)
  let safe = words.slice(0, MAX_READ)
  for (const secret of secrets) safe = safe.replaceAll(secret, HIDDEN)
  // What was cut may end with a part of the token.
  if (words.length > MAX_READ) safe = safe.slice(0, -(secrets[0]?.length ?? 1))
  safe = safe.replace(LOOKS_LIKE_A_TOKEN, HIDDEN).replace(UNSHOWABLE, ' ').trim()
  return safe.length > MAX_WORDS ? `${safe.slice(0, MAX_WORDS)}…` : safe
}

/** Longest first: one may contain another. */
function spellings(token: string | null): string[] {
  if (token === null || token.length < 4) return []
  const base64 = Buffer.from(token).toString('base64').replace(/=+$/, '')
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64').replace(/=+$/, '')
  const spelled = [token, encodeURIComponent(token), base64, basic, JSON.stringify(token).slice(1, -1)]
  return [...new Set(spelled)].sort((a, b) => b.length - a.length)
}
