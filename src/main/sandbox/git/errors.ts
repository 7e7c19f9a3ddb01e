import { FoundryError, type ErrorKind } from '@shared/errors'
import { MINIMUM_GIT } from './environment'
import { BROKEN_CONNECTION, SERVER_RULES } from './remote-errors'
import type { GitResult } from './types'

export interface ErrorRule {
  pattern: RegExp
  kind: ErrorKind
  /** What git meant, in words; `what` (the thing we tried) stands before it. */
  because: string
  next?: (match: RegExpExecArray) => string
}

/** Single quotes for a POSIX shell: the command is shown to be copied. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Ordered: the first that matches decides, so the disk comes before what a full disk leads to. */
const RULES: readonly ErrorRule[] = [
  {
    pattern: /No space left on device|Out of disk ?space|Disk quota exceeded|ENOSPC|EDQUOT/i,
    kind: 'disk_full',
    because: 'the disk is full',
    next: () => 'Free some space on the disk, then try again.',
  },
  {
    pattern: /Read-only file system|EROFS/,
    kind: 'read_only',
    because: 'the disk is read-only',
    next: () => 'Make the disk writable, then try again.',
  },
  {
    pattern: /detected dubious ownership in repository at '([\s\S]*?)'\n/,
    kind: 'git',
    because: 'the folder belongs to another user, and git does not trust it',
    next: (match) =>
      `If you trust this folder, run: git config --global --add safe.directory ${shellQuote(match[1] ?? '')}`,
  },
  {
    pattern: /Unable to create '([\s\S]*?\.lock)': File exists/,
    kind: 'conflict',
    because: 'another git command holds its lock',
    next: (match) =>
      `Wait until the other git command is done. If none is running, a crash left the lock behind: delete ${match[1] ?? 'the .lock file'} and try again.`,
  },
  {
    pattern:
      /Please tell me who you are|unable to auto-detect email address|empty ident name|no (?:name|email) was given and auto-detection is disabled|user\.useConfigOnly/i,
    kind: 'git_identity',
    because: 'git does not know who commits',
    next: () =>
      'Enter a name and an email for this task, or set user.name and user.email in your git configuration.',
  },
  {
    pattern:
      /gpg failed to sign the data|failed to sign the data|Couldn't load public key|Couldn't sign message|user\.signingkey needs to be set|cannot run (?:gpg|ssh-keygen)|gpg\.ssh\.defaultKeyCommand/i,
    kind: 'git',
    because: 'the commit has to be signed, and signing failed',
    next: () =>
      'Unlock the signing key (for example by signing something in a terminal, so that its passphrase is remembered) and try again, or turn signing off for this checkout: git config commit.gpgsign false',
  },
  {
    pattern: /nothing to commit|nothing added to commit|no changes added to commit/,
    kind: 'conflict',
    because: 'there is nothing to commit',
    next: () => 'Change something first.',
  },
  {
    pattern: /cannot do a partial commit during a (merge|rebase|cherry-pick)/,
    kind: 'conflict',
    because: 'a merge is not finished, so single files cannot be committed',
    next: () => 'Commit everything, or finish or abort the merge first.',
  },
  {
    pattern: /you have unmerged files|unmerged paths|not possible because you have unmerged/i,
    kind: 'conflict',
    because: 'there are merge conflicts',
    next: () => 'Resolve the conflicts, then try again.',
  },
  {
    pattern: /refusing to fetch into (?:current )?branch/,
    kind: 'conflict',
    because: 'that branch is checked out there',
  },
  ...SERVER_RULES,
  {
    pattern: /cannot lock ref|unable to resolve reference|cannot update ref/,
    kind: 'conflict',
    because: 'a ref could not be written; another ref may stand in its way',
  },
  {
    pattern:
      /git-lfs.*(?:not found|No such file)|git: 'lfs' is not a git command|filter-process.*(?:not found|No such file)/i,
    kind: 'git',
    because: 'Git LFS is configured but not installed',
    next: () => 'Install Git LFS (https://git-lfs.com), then try again.',
  },
  {
    pattern: /smudge filter (\S+) failed|clean filter '?(\S+?)'? failed/,
    kind: 'git',
    because: 'a filter the repository uses failed',
    next: (match) => `Check that the filter "${match[1] ?? match[2] ?? ''}" works in your own clone.`,
  },
  {
    pattern: /not a git repository/,
    kind: 'invalid_input',
    because: 'this is not a git repository',
    next: () => 'Choose a folder that is a git repository, or run: git init',
  },
  {
    pattern:
      /bad object|object file .* is empty|loose object .* is corrupt|unable to read (?:tree|sha1 file)|missing (?:blob|tree|commit)|did not send all necessary objects/i,
    kind: 'git',
    because: 'objects of the repository are missing or damaged',
    next: () =>
      'Run "git fsck" in your folder to see what is wrong; a fresh "git fetch" may bring the objects back.',
  },
  BROKEN_CONNECTION,
  {
    pattern: /Permission denied|EACCES|EPERM/,
    kind: 'git',
    because: 'a file may not be read or written',
    next: () => 'Check the permissions of the files that git names below.',
  },
  {
    pattern: /filename too long|File name too long|ENAMETOOLONG/i,
    kind: 'git',
    because: 'a path is too long for this disk',
  },
]

/** All git printed, as the detail of an error. Long output keeps its end, where the reason stands. */
export function gitOutput(result: GitResult): string {
  const text = [result.stderr.trim(), result.stdout.trim()].filter((part) => part !== '').join('\n')
  return text.length > 20_000 ? `…${text.slice(-20_000)}` : text
}

/**
 * The error for a git run that failed. `what` says what we tried, to what, without a full stop
 * ("The commit could not be made"); git's own output is always the detail.
 */
export function gitError(result: GitResult, what: string): FoundryError {
  const detail = gitOutput(result)
  for (const rule of RULES) {
    const match = rule.pattern.exec(`${detail}\n`)
    if (match === null) continue
    const next = rule.next?.(match)
    return new FoundryError(
      rule.kind,
      `${what}: ${rule.because}.`,
      next === undefined ? { detail } : { detail, next },
    )
  }
  return new FoundryError('git', `${what}: git ended with code ${result.exitCode}.`, { detail })
}

/** The run's result when git was content, else throws `gitError`. Output that was cut is a failure: it will be parsed. */
export function expectGit(result: GitResult, what: string): GitResult {
  if (result.exitCode !== 0) throw gitError(result, what)
  if (result.truncated) {
    throw new FoundryError('git', `${what}: git printed more than could be read.`, {
      detail: result.stdout.slice(0, 2000),
    })
  }
  return result
}

/** A failure of the file system met beside git, told in the same words. */
export function fileError(thrown: unknown, what: string): FoundryError {
  if (thrown instanceof FoundryError) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  const error = gitError({ exitCode: 1, stdout: '', stderr: detail, truncated: false }, what)
  return error.kind === 'git' && error.next === undefined
    ? new FoundryError('internal', `${what}.`, { detail, cause: thrown })
    : error
}

export function gitMissing(platform: string, detail: string): FoundryError {
  return new FoundryError('git_missing', 'Git was not found on this machine.', {
    next: howToInstall(platform),
    detail,
  })
}

export function gitTooOld(platform: string, version: string): FoundryError {
  return new FoundryError(
    'git_missing',
    `Git ${version} is too old; Foundry needs ${MINIMUM_GIT.join('.')} or newer.`,
    { next: howToInstall(platform) },
  )
}

function howToInstall(platform: string): string {
  if (platform === 'darwin')
    return 'Install git with "xcode-select --install" or "brew install git", then try again.'
  if (platform === 'win32')
    return 'Install Git for Windows from https://git-scm.com/download/win, then start Foundry again.'
  return 'Install git with your package manager (for example "sudo apt install git" or "sudo dnf install git"), then try again.'
}
