/**
 * Finds tokens, keys and passwords in text that is about to leave this computer. Shapes of tokens are those their issuers
 * document (GitHub "Authenticating to GitHub", AWS IAM identifiers, Slack token types, Stripe API keys, RFC 7519 for JWT,
 * RFC 7468 for PEM) and that the public rule sets of gitleaks and secretlint agree on.
 */

export const secretKinds = [
  'private-key',
  'github-token',
  'gitlab-token',
  'anthropic-key',
  'openai-key',
  'google-key',
  'aws-key',
  'slack-token',
  'stripe-key',
  'npm-token',
  'pypi-token',
  'service-token',
  'jwt',
  'authorization',
  'url-password',
  'named-secret',
] as const
export type SecretKind = (typeof secretKinds)[number]

/** A part of a text that is a secret. */
export interface SecretRange {
  start: number
  end: number
  kind: SecretKind
}

interface Rule {
  kind: SecretKind
  /** Every run of characters is of one class or bounded, so that no text takes long. With `d`: group 1 is the secret. */
  pattern: RegExp
  /** Whether what was found is one; anything when absent. */
  accepts?: (value: string, match: RegExpExecArray) => boolean
}

const START = '(?<![A-Za-z0-9])'
const token = (kind: SecretKind, body: string): Rule => ({
  kind,
  pattern: new RegExp(`${START}(${body})`, 'dg'),
})

/** The end of a name that says what it holds. What stands before it in the name does not matter. */
const SECRET_NAME =
  '(?:token|secret|passwd|password|passphrase|pwd|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)(?:[_-]?(?:id|base|base64|value|v\\d))?'
const ENV_NAME =
  '(?:TOKEN|SECRET|PASSWD|PASSWORD|PASSPHRASE|PWD|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|CREDENTIALS?)(?:_(?:ID|BASE|BASE64|VALUE|KEY|V\\d)){0,2}'

const rules: readonly Rule[] = [
  {
    kind: 'private-key',
    // As a whole; or where its end was cut off, as far as what follows looks like the inside of one, in a diff too.
    pattern:
      /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{1,20000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\\[nr]|[\s+-]){0,20}[A-Za-z0-9+/=]{16,})+))/dg,
  },
  token('github-token', '(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{22,255})'),
  token('gitlab-token', 'gl(?:pat|dt|rt|ptt|soat|cbt|oas|ft)-[A-Za-z0-9_-]{20,300}'),
  token('anthropic-key', 'sk-ant-[a-z0-9]{2,12}-[A-Za-z0-9_-]{20,300}'),
  token(
    'openai-key',
    'sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,300}|or-v1-[a-f0-9]{32,128}|[A-Za-z0-9]{32,64}(?![A-Za-z0-9-]))',
  ),
  token('google-key', '(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{24,40}|ya29\\.[A-Za-z0-9_-]{20,500})'),
  token('aws-key', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])'),
  token('slack-token', '(?:xox[abeoprs]-[A-Za-z0-9-]{10,300}|xapp-\\d-[A-Za-z0-9-]{10,300})'),
  { kind: 'slack-token', pattern: /hooks\.slack\.com\/(?:services|workflows)\/([A-Za-z0-9/]{20,200})/dg },
  token('stripe-key', '(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}|whsec_[A-Za-z0-9+/=]{24,100})'),
  token('npm-token', 'npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])'),
  token('pypi-token', 'pypi-AgE[A-Za-z0-9_-]{40,1000}'),
  token(
    'service-token',
    '(?:hf_[A-Za-z0-9]{30,50}|dckr_pat_[A-Za-z0-9_-]{20,60}|SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{30,64}|dop_v1_[a-f0-9]{64}|xai-[A-Za-z0-9]{40,120}|lin_api_[A-Za-z0-9]{30,60}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})',
  ),
  token('jwt', 'eyJ[A-Za-z0-9_-]{8,4000}\\.eyJ[A-Za-z0-9_-]{8,8000}\\.[A-Za-z0-9_-]{8,2000}'),
  {
    kind: 'authorization',
    pattern:
      /(?:(?:proxy-)?authorization|x-api-key|api-key|x-auth-token|private-token)\\?["'`]?[ \t]{0,8}[:=][ \t]{0,8}\\?["'`]?(?:(?:bearer|basic|token|digest|apikey|negotiate)[ \t]{1,8})?([^\s"'`,;\\<>(){}[\]]{8,4000})/dgi,
    accepts: (value) => !isPlaceholder(value) && !isCode(value),
  },
  {
    kind: 'authorization',
    pattern: /\b(?:bearer|basic)[ \t]{1,8}([A-Za-z0-9._~+/-]{16,4000}={0,2})/dgi,
    accepts: (value) => /\d/.test(value) && /[A-Za-z]/.test(value) && !isPlaceholder(value),
  },
  {
    kind: 'url-password',
    pattern:
      /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#@:'"`<>]{0,200}:((?:[^\s/?#@'"`<>]|'(?![,;)\]}:+])){3,500})@/dgi,
    accepts: (value) => !isPlaceholder(value),
  },
  {
    // A line of an environment: NAME=value.
    kind: 'named-secret',
    pattern: new RegExp(`${ENV_NAME}=(?:\\\\?["'\`])?([^\\s"'\`\\\\;&|<>(){}]{6,4000})`, 'dg'),
    accepts: (value) => !isPlaceholder(value) && !isCode(value) && !/^\d{1,7}$|^(?:\/|~|\.)/.test(value),
  },
  {
    kind: 'named-secret',
    pattern: /[A-Z0-9]_KEY=(?:\\?["'`])?([^\s"'`\\;&|<>(){}]{12,4000})/dg,
    accepts: (value) => !isPlaceholder(value) && looksRandom(value),
  },
  {
    // A property or variable that holds a literal.
    kind: 'named-secret',
    pattern: new RegExp(
      `(?:${SECRET_NAME})\\\\?["'\`]?[ \\t]{0,8}(?::|=|=>|:=)[ \\t]{0,8}\\\\?["'\`]([^\\s"'\`\\\\<>(){}]{8,4000})\\\\?["'\`]`,
      'dgi',
    ),
    accepts: (value) => !isPlaceholder(value) && looksRandom(value),
  },
  {
    // The same without quotes, as in YAML and headers: only what cannot be a word.
    kind: 'named-secret',
    pattern: new RegExp(
      `(?:${SECRET_NAME})[ \\t]{0,8}[:=][ \\t]{0,8}([A-Za-z0-9+/_=~!@#%^*-]{12,4000})(?![A-Za-z0-9(.[])`,
      'dgi',
    ),
    accepts: (value) => !isPlaceholder(value) && looksRandom(value) && /\d/.test(value),
  },
]

/** What people write where a secret would stand. */
function isPlaceholder(value: string): boolean {
  if (/^[[{<$%]|^process\.env|^(?:env|secrets|vars)\./i.test(value)) return true
  if (/^(.)\1*$/.test(value) || /^[*x.•_-]+$/i.test(value)) return true
  return /^(?:your|my|the|some|an?|insert|enter|replace|change|example|dummy|fake|sample|todo|null|none|undefined|true|false|redacted|masked|hidden|xxx|string|number|password|passwd|secret|token|api[_-]?key)(?:$|[^A-Za-z0-9]|me$|here$)/i.test(
    value,
  )
}

/** An expression rather than a value: `config.token`, `readToken()`, `$TOKEN`. */
function isCode(value: string): boolean {
  return /^[$]|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+[,;)]*$|[()]|^\.{1,2}\//.test(value)
}

/** Whether a value is more than a word: mixed characters, and not many of one. */
function looksRandom(value: string): boolean {
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((one) => one.test(value)).length
  if (classes < 2 || isCode(value) || /^(?:https?|file):/.test(value)) return false
  // Words with dashes or underscores, and dates, are names of something.
  if (/^[a-z]+(?:[_.:/-][a-z]+)*$/i.test(value) || /^[\d.:_-]+$/.test(value)) return false
  return entropy(value) >= (value.length < 16 ? 2.5 : 3)
}

/** Bits a character, going by how often each stands in it. */
function entropy(value: string): number {
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

/** A part of a word that every rule needs, to pass by texts without any in one go. */
const MAY_HOLD =
  /PRIVATE KEY|gh[pousr]_|github_pat_|gl[a-z]{2,4}-|sk-|AIza|GOCSPX|ya29|AKIA|ASIA|ABIA|ACCA|xox|xapp|hooks\.slack|[sr]k_|whsec_|npm_|pypi-|hf_|dckr_|SG\.|dop_|xai-|lin_|shp|eyJ|:\/\/|auth|bearer|basic|key|token|secret|passw|passphrase|pwd|credential/i

/** All secrets of a text, in their order, none over another. */
export function findSecrets(text: string): SecretRange[] {
  if (!MAY_HOLD.test(text)) return []
  const found: SecretRange[] = []
  for (const { kind, pattern, accepts } of rules) {
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const [start, end] = match.indices?.[1] ?? [0, 0]
      const value = text.slice(start, end)
      if (end > start && (accepts === undefined || accepts(value, match))) found.push({ start, end, kind })
    }
  }
  return withoutOverlaps(found)
}

/** Joins ranges that overlap; the one that begins first, or is the more exact kind, names them. */
export function withoutOverlaps<Range extends SecretRange>(ranges: Range[]): Range[] {
  const sorted = ranges.toSorted(
    (left, right) =>
      left.start - right.start || secretKinds.indexOf(left.kind) - secretKinds.indexOf(right.kind),
  )
  const joined: Range[] = []
  for (const range of sorted) {
    const last = joined.at(-1)
    if (last === undefined || range.start >= last.end) joined.push({ ...range })
    else last.end = Math.max(last.end, range.end)
  }
  return joined
}
