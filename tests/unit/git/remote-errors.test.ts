import { describe, expect, it } from 'vitest'
import { gitError } from '../../../src/main/sandbox/git/errors'

/** What git and GitHub print, by what it is about. */
const CASES: [name: string, kind: string, says: RegExp, stderr: string][] = [
  [
    'a token that is refused',
    'credentials',
    /Sign in again/,
    `remote: Invalid username or token. Password authentication is not supported for Git operations.
fatal: Authentication failed for 'https://github.com/acme/engine.git/'`,
  ],
  [
    'no sign-in',
    'credentials',
    /Sign in to the server/,
    "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
  ],
  [
    'no write access',
    'forbidden',
    /write access/,
    `remote: Permission to acme/engine.git denied to octavia.
fatal: unable to access 'https://github.com/acme/engine.git/': The requested URL returned error: 403`,
  ],
  [
    'a fine-grained token without write access',
    'forbidden',
    /write access/,
    `remote: Write access to repository not granted.
fatal: unable to access 'https://github.com/acme/engine.git/': The requested URL returned error: 403`,
  ],
  [
    'a repository that is gone',
    'not_found',
    /still exists/,
    `remote: Repository not found.
fatal: repository 'https://github.com/acme/engine.git/' not found`,
  ],
  [
    'a name that does not resolve',
    'offline',
    /network/,
    "fatal: unable to access 'https://github.com/acme/engine.git/': Could not resolve host: github.com",
  ],
  [
    'a refused connection',
    'offline',
    /network/,
    "fatal: unable to access 'http://127.0.0.1:1/a.git/': Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
  ],
  [
    'a connection that stands still',
    'offline',
    /network/,
    `error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds
fatal: expected flush after ref listing`,
  ],
  [
    'a connection that broke',
    'offline',
    /network/,
    `error: RPC failed; curl 18 transfer closed with outstanding read data remaining
error: 1056 bytes of body are still expected
fetch-pack: unexpected disconnect while reading sideband packet
fatal: early EOF
fatal: fetch-pack: invalid index-pack output`,
  ],
  [
    'a server in trouble',
    'offline',
    /few minutes/,
    "fatal: unable to access 'https://github.com/a/b.git/': The requested URL returned error: 502",
  ],
  [
    'too many requests',
    'rate_limited',
    /Wait/,
    "fatal: unable to access 'https://github.com/a/b.git/': The requested URL returned error: 429",
  ],
  [
    'a certificate, with OpenSSL',
    'tls',
    /sslCAInfo/,
    "fatal: unable to access 'https://ghe.acme.org/a/b.git/': SSL certificate problem: self-signed certificate",
  ],
  [
    'a certificate, with GnuTLS',
    'tls',
    /sslCAInfo/,
    "fatal: unable to access 'https://ghe.acme.org/a/b.git/': server certificate verification failed. CAfile: none CRLfile: none",
  ],
  [
    'single sign-on',
    'forbidden',
    /Open https:\/\/github\.com\/orgs\/acme\/sso\?authorization_request=A1 /,
    `remote: The 'acme' organization has enabled or enforced SAML SSO. To access
remote: this repository, visit https://github.com/orgs/acme/sso?authorization_request=A1
remote: and try your request again.
fatal: unable to access 'https://github.com/acme/engine.git/': The requested URL returned error: 403`,
  ],
  [
    'single sign-on with a page of somebody else',
    'forbidden',
    /settings on GitHub/,
    `remote: organization has enabled or enforced SAML SSO. visit https://evil.example/orgs/acme/sso
fatal: unable to access 'https://github.com/acme/engine.git/': The requested URL returned error: 403`,
  ],
  [
    'a protected branch',
    'forbidden',
    /pull request/,
    `remote: error: GH006: Protected branch update failed for refs/heads/main.
remote: error: Changes must be made through a pull request.
To https://github.com/acme/engine.git
 ! [remote rejected] main -> main (protected branch hook declined)
error: failed to push some refs to 'https://github.com/acme/engine.git'`,
  ],
  [
    'commits that are not there yet',
    'conflict',
    /Fetch and merge/,
    `To https://github.com/acme/engine.git
 ! [rejected]        work -> work (fetch first)
error: failed to push some refs to 'https://github.com/acme/engine.git'`,
  ],
  [
    'a large file',
    'forbidden',
    /assets\/movie one\.bin/,
    `remote: error: Trace: 1234
remote: error: See https://gh.io/lfs for more information.
remote: error: File assets/movie one.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB
remote: error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.
To https://github.com/acme/engine.git
 ! [remote rejected] work -> work (pre-receive hook declined)`,
  ],
  [
    'a secret',
    'forbidden',
    /secret/,
    `remote: error: GH013: Repository rule violations found for refs/heads/work.
remote: - GITHUB PUSH PROTECTION
remote:   - Push cannot contain secrets
 ! [remote rejected] work -> work (push declined due to repository rule violations)`,
  ],
  [
    'a rule',
    'forbidden',
    /which rule/,
    `remote: error: GH013: Repository rule violations found for refs/heads/work.
remote: - Commits must have verified signatures.
 ! [remote rejected] work -> work (push declined due to repository rule violations)`,
  ],
  [
    'workflow files',
    'forbidden',
    /scope "workflow"/,
    ` ! [remote rejected] work -> work (refusing to allow an OAuth App to create or update workflow \`.github/workflows/ci.yml\` without \`workflow\` scope)`,
  ],
  [
    "a server's hook",
    'forbidden',
    /check says/,
    `remote: Commit message needs a ticket
 ! [remote rejected] work -> work (pre-receive hook declined)`,
  ],
  [
    'an archived repository',
    'conflict',
    /Un-archive/,
    `remote: This repository was archived so it is read-only.
fatal: unable to access 'https://github.com/acme/engine.git/': The requested URL returned error: 403`,
  ],
  [
    'a ref that is gone',
    'not_found',
    /refs\/pull\/9\/head/,
    "fatal: couldn't find remote ref refs/pull/9/head",
  ],
  [
    'a key',
    'credentials',
    /terminal/,
    'git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
  ],
  [
    'a full disk that ends the connection',
    'disk_full',
    /Free some space/,
    'fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly',
  ],
  [
    'a damaged folder that ends the connection',
    'git',
    /git fsck/,
    'error: Could not read abc\nfatal: bad object HEAD\nfatal: the remote end hung up unexpectedly',
  ],
]

describe('what servers say', () => {
  it.each(CASES)('%s', (_name, kind, says, stderr) => {
    const error = gitError({ exitCode: 128, stdout: '', stderr, truncated: false }, 'The push failed')
    expect(error.kind).toBe(kind)
    expect(error.next).toMatch(says)
    expect(error.detail).toBe(stderr.trim())
  })
})
