import type { ErrorRule } from './errors'

const RETRY = 'Check the network, then try again.'

/** The page that lets an account through, if the server itself names one of its own. */
function pageAt(output: string): string | null {
  const host = /(?:unable to access|Authentication failed for) 'https:\/\/(?:[^@/']*@)?([^/']+)/.exec(
    output,
  )?.[1]
  const page = /https:\/\/[^\s'"<>]+\/sso\S*/.exec(output.replaceAll(/\nremote:\s*/g, ' '))?.[0]
  return page !== undefined && URL.canParse(page) && new URL(page).host === host ? page : null
}

/** Names of files a server refuses, as it lists them. */
function largeFiles(output: string): string {
  const names = [...output.matchAll(/remote: error: File (.+?) is [\d.]+ [KMG]?B; this exceeds/g)].map(
    (match) => match[1],
  )
  return names.length === 0 ? 'the large files' : names.slice(0, 5).join(', ')
}

/**
 * What servers and the way to them say, the more exact first: a server that refuses a push says why in lines of
 * its own before git sums up ("pre-receive hook declined", "error: 403").
 */
export const SERVER_RULES: readonly ErrorRule[] = [
  {
    pattern: /SAML SSO|single sign-on/i,
    kind: 'forbidden',
    because: 'the organization wants a single sign-on for this account',
    next: (match) => {
      const page = pageAt(match.input)
      return page === null
        ? 'Authorize the account for the organization in its settings on GitHub, then try again.'
        : `Open ${page} to authorize the account, then try again.`
    },
  },
  {
    pattern: /was archived so it is read-only|repository is archived/i,
    kind: 'conflict',
    because: 'the repository is archived, and so it can only be read',
    next: () => 'Un-archive it on GitHub, or push to a fork of it.',
  },
  {
    pattern: /without `?workflows?`? (?:scope|permission)/,
    kind: 'forbidden',
    because: 'the token may not change workflow files',
    next: () =>
      'Sign in again with the scope "workflow" (or give the token the permission "Workflows"), or leave the files below .github/workflows as they are.',
  },
  {
    pattern: /GH001|exceeds GitHub's file size limit/,
    kind: 'forbidden',
    because: 'a commit holds files that are too large for GitHub',
    next: (match) =>
      `Take ${largeFiles(match.input)} out of the commits (removing the file in a further commit is not enough), or keep such files with Git LFS.`,
  },
  {
    pattern: /GH013[\s\S]*(?:push protection|secret)|push cannot contain secrets/i,
    kind: 'forbidden',
    because: 'a commit holds a secret, and GitHub keeps secrets out',
    next: () =>
      'Take the secret out of the commits that git names below, and replace it where it is used: it was written down.',
  },
  {
    pattern: /GH013|repository rule violations/i,
    kind: 'forbidden',
    because: 'a rule of the repository does not allow it',
    next: () => 'Read which rule it is below; another branch with a pull request may be what it wants.',
  },
  {
    pattern: /GH006|protected branch/i,
    kind: 'forbidden',
    because: 'the branch is protected',
    next: () => 'Push to another branch and open a pull request from there.',
  },
  {
    pattern: /pre-receive hook declined|update hook declined|\(hook declined\)/,
    kind: 'forbidden',
    because: 'a check on the server refused it',
    next: () => 'Read what the check says below, change the commits, and push again.',
  },
  {
    pattern: /\((?:fetch first|non-fast-forward|needs force|stale info)\)/,
    kind: 'conflict',
    because: 'the branch there has commits of its own',
    next: () => 'Fetch and merge them first, then push again.',
  },
  {
    pattern: /Repository not found|repository '[^'\n]*' not found|requested URL returned error: 404/,
    kind: 'not_found',
    because: 'the server has no such repository, or does not show it to this account',
    next: () => 'Check that the repository still exists and that the account is allowed to see it.',
  },
  {
    pattern: /couldn't find remote ref (\S+)/,
    kind: 'not_found',
    because: 'it does not exist at the server any more',
    next: (match) => `The server has no ${match[1] ?? 'such branch'}. Choose another one.`,
  },
  {
    pattern:
      /Permission to \S+ denied|\(permission denied\)|Write access to repository not granted|requested URL returned error: 403/,
    kind: 'forbidden',
    because: 'the account may not do this',
    next: () =>
      'Ask for write access to the repository, sign in with an account or token that has it, or push to a fork.',
  },
  {
    pattern: /could not read Username|could not read Password|terminal prompts disabled/,
    kind: 'credentials',
    because: 'the server wants a sign-in',
    next: () =>
      'Sign in to the server in the settings of Foundry, or make sure that "git fetch" works in a terminal without a question, then try again.',
  },
  {
    pattern: /Authentication failed|Invalid username or (?:password|token)|requested URL returned error: 401/,
    kind: 'credentials',
    because: 'the server does not accept the sign-in',
    next: () => 'Sign in again in the settings of Foundry, then try again.',
  },
  {
    pattern: /Permission denied \([\w-]*publickey|Host key verification failed/,
    kind: 'credentials',
    because: 'the server wants a key, or is not known yet',
    next: () => 'Make sure that "git fetch" works in a terminal without a question, then try again.',
  },
  {
    pattern:
      /SSL certificate problem|certificate verif(?:y|ication) failed|self[- ]signed certificate|unable to get local issuer certificate|certificate has expired|SSL: no alternative certificate|server certificate|schannel:.*(?:certificate|SEC_E_UNTRUSTED)|gnutls_handshake|SSL_ERROR_SYSCALL|SSL routines/i,
    kind: 'tls',
    because: 'the server shows a certificate that git does not trust',
    next: () =>
      'If your company has a certificate of its own, tell git about it: git config --global http.sslCAInfo <file>. Check the clock of this computer too.',
  },
  {
    pattern: /requested URL returned error: 429/,
    kind: 'rate_limited',
    because: 'the server has had too many requests',
    next: () => 'Wait a few minutes, then try again.',
  },
  {
    pattern: /requested URL returned error: 5\d\d/,
    kind: 'offline',
    because: 'the server has trouble of its own',
    next: () => 'Try again in a few minutes.',
  },
  {
    pattern:
      /Could not resolve (?:host|proxy)|Network is unreachable|Connection timed out|Operation timed out|Failed to connect to|Couldn't connect to|Connection refused|No route to host|Temporary failure in name resolution|Timeout was reached/i,
    kind: 'offline',
    because: 'the server cannot be reached',
    next: () => RETRY,
  },
]

/** After what may be the reason that the other side hung up. */
export const BROKEN_CONNECTION: ErrorRule = {
  pattern:
    /early EOF|RPC failed|unexpected disconnect|Connection reset by peer|hung up unexpectedly|Empty reply from server|Operation too slow|transfer closed|expected flush after|stream .* was not closed cleanly|Recv failure|recv error/i,
  kind: 'offline',
  because: 'the connection broke',
  next: () => RETRY,
}
