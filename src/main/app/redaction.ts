const HIDDEN = '[redacted]'

/** Each pattern is linear: no nested quantifiers, and every run of characters is of one class. */
const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN ([A-Z ]{0,40})PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g, HIDDEN],
  // Credentials in URLs: `https://user:token@host`, `https://token@host`.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@'"`<>]{1,2000}@/gi, `$1${HIDDEN}@`],
  // The same without a scheme, as git prints it in some messages.
  [/\bx-access-token:[^\s@'"`]+/gi, `x-access-token:${HIDDEN}`],
  // Headers, in their own notation and as properties of an object.
  [
    /\b((?:proxy-)?authorization|x-api-key|api-key|x-auth-token|(?:set-)?cookie)(["'`]?[ \t]*[:=][ \t]*)(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|\[[^\]\n]*\]|[^\n,}'"`]+)/gi,
    `$1$2${HIDDEN}`,
  ],
  [/\b(bearer)([ \t]+)[a-z0-9._~+/=-]{6,}/gi, `$1$2${HIDDEN}`],
  // Words such as "authentication" follow these two as well: a secret has a digit or padding in it.
  [/\b(basic|token)([ \t]+)(?=[a-z._~+/-]*[0-9=])[a-z0-9._~+/=-]{12,}/gi, `$1$2${HIDDEN}`],
  // Variables, flags, parameters and properties whose name says what they hold.
  [
    /((?:^|[^a-z0-9])(?:[a-z0-9]+[_-]){0,6}(?:token|secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)(?:[_-](?:id|v\d))?["'`]?[ \t]*[:=][ \t]*)(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|[^\s,;&}\])'"`]+)/gi,
    `$1${HIDDEN}`,
  ],
  [
    /\b([a-z]+(?:Token|Secret|Password|ApiKey|AccessKey|PrivateKey)["'`]?[ \t]*[:=][ \t]*)(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|[^\s,;&}\])'"`]+)/g,
    `$1${HIDDEN}`,
  ],
  [
    /\b(apiKey|api_key|accessToken|access_token)(["'`]?[ \t]*[:=][ \t]*)(?:"[^"\n]*"|'[^'\n]*'|[^\s,;&}\])'"`]+)/g,
    `$1$2${HIDDEN}`,
  ],
  [/\b([A-Z][A-Z0-9_]*_KEY=)[^\s;&'"`]+/g, `$1${HIDDEN}`],
  // Tokens known by their looks.
  [/\bgh[a-z]_[a-z0-9]{10,}/gi, HIDDEN],
  [/\bgithub_pat_[a-z0-9_]{10,}/gi, HIDDEN],
  [/\bglpat-[a-z0-9_-]{10,}/gi, HIDDEN],
  [/\bnpm_[a-z0-9]{20,}/gi, HIDDEN],
  [/\bsk-[a-z0-9_-]{10,}/gi, HIDDEN],
  [/\bxox[a-z]-[a-z0-9-]{10,}/gi, HIDDEN],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/\bAIza[a-zA-Z0-9_-]{30,}/g, HIDDEN],
  [/\beyJ[a-zA-Z0-9_-]{8,}\.[a-zA-Z0-9_-]{8,}(?:\.[a-zA-Z0-9_-]*)?/g, HIDDEN],
]

/**
 * Takes out of a text what could be a token, key or password. Everything that reaches a log goes through
 * here; a harmless word too many is hidden rather than one secret too few.
 */
export function redact(text: string): string {
  let redacted = text
  for (const [pattern, replacement] of rules) redacted = redacted.replace(pattern, replacement)
  return redacted
}
