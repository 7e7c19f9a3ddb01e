import type { FileChange } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import { emptyTree, headCommit, listChanges, withScratch, type Scratch } from '../../sandbox/git/changes'
import { expectGit, gitError, gitOutput } from '../../sandbox/git/errors'
import { toPathspec } from '../../sandbox/git/parse'
import type { CheckoutGit, GitResult } from '../../sandbox/git/types'
import { failedHook } from './hook-trace'
import { readUncommitted } from './state'

export interface CommitOptions {
  message: string
  /** Paths of uncommitted changes, as `readGitState` lists them; everything when absent. */
  paths?: readonly string[] | undefined
  /** Only what is staged. */
  staged?: boolean | undefined
  /** Written to this checkout's own configuration before the commit, and used from then on. */
  identity?: { name: string; email: string } | undefined
}

const WHAT = 'The commit could not be made'
/** Hooks run whole test suites. */
const HOOK_MS = 300_000

/** Commits uncommitted changes on the checkout's branch and returns the commit with the files in it. */
export async function commitChanges(
  git: CheckoutGit,
  options: CommitOptions,
): Promise<{ commit: string; files: FileChange[] }> {
  const uncommitted = await readUncommitted(git)
  const nothing = options.staged === true ? uncommitted.stagedTotal === 0 : uncommitted.total === 0
  if (nothing && !(await mergeInProgress(git))) {
    const what = options.staged === true ? 'nothing is staged' : 'nothing has changed since the last commit'
    throw new FoundryError('conflict', `${WHAT}: ${what}.`)
  }
  if (options.identity !== undefined) await writeIdentity(git, options.identity)
  const pathspecs = options.paths === undefined ? null : pathspecsOf(options.paths, uncommitted)

  return withScratch(git, async (scratch) => {
    const before = (await headCommit(git)) ?? (await emptyTree(git))
    const message = scratch.file('message')
    await git.writeFile(message, options.message)
    const only = pathspecs === null ? [] : await pathspecFile(git, scratch, pathspecs)
    const everything = pathspecs === null ? ['--', ':/'] : []
    const index = options.staged === true ? null : await writeIndex(git)
    if (options.staged !== true) await stage(git, [...only, ...everything])

    const trace = scratch.file('trace')
    const result = await git.run(
      [
        'commit',
        '--quiet',
        `--file=${message}`,
        '--cleanup=whitespace',
        ...(pathspecs === null ? [] : ['--only', ...only]),
      ],
      { env: { GIT_TRACE2_EVENT: trace }, timeoutMs: HOOK_MS },
    )
    if (result.exitCode !== 0) {
      if (index !== null) await readIndex(git, index)
      throw commitError(result, await failedHook(git, trace))
    }
    const commit = await headCommit(git)
    if (commit === null) throw gitError(result, WHAT)
    const { files } = await listChanges(git, scratch, { from: before, to: commit })
    return { commit, files }
  })
}

async function stage(git: CheckoutGit, what: readonly string[]): Promise<void> {
  const quiet = ['-c', 'advice.addEmbeddedRepo=false', '-c', 'advice.addIgnoredFile=false']
  const staged = await git.run([...quiet, 'add', '--all', ...what], { timeoutMs: HOOK_MS })
  if (staged.exitCode !== 0) throw addError(staged)
}

/** What is staged, as a tree. Null amid conflicts, which no tree can hold. */
async function writeIndex(git: CheckoutGit): Promise<string | null> {
  const tree = await git.run(['write-tree'])
  return tree.exitCode === 0 ? tree.stdout.trim() : null
}

/** A commit that was refused leaves what is staged as the person had it. */
async function readIndex(git: CheckoutGit, tree: string): Promise<void> {
  expectGit(await git.run(['read-tree', tree]), 'What was staged could not be put back')
  // Says by its exit code whether files differ from what is staged, which is no failure here.
  await git.run(['update-index', '-q', '--refresh'])
}

async function mergeInProgress(git: CheckoutGit): Promise<boolean> {
  const result = await git.run(['rev-parse', '--verify', '--quiet', 'MERGE_HEAD'])
  return result.exitCode === 0
}

async function writeIdentity(git: CheckoutGit, identity: { name: string; email: string }): Promise<void> {
  for (const [key, value] of [
    ['user.name', identity.name],
    ['user.email', identity.email],
  ] as const) {
    const written = await git.run(['config', '--local', '--replace-all', key, value])
    expectGit(written, 'The identity could not be written to the checkout')
  }
}

/** Both sides of a rename belong to it; a path that is no change (any more) is refused by name. */
function pathspecsOf(
  paths: readonly string[],
  uncommitted: { files: FileChange[]; total: number },
): string[] {
  if (paths.length === 0) throw new FoundryError('invalid_input', `${WHAT}: no files were chosen.`)
  const changes = new Map(uncommitted.files.map((file) => [file.path, file]))
  const complete = uncommitted.total === uncommitted.files.length
  return paths.flatMap((path) => {
    const change = changes.get(path)
    if (change === undefined && complete) {
      throw new FoundryError('conflict', `${WHAT}: ${path} has no uncommitted changes.`, {
        next: 'Look at the changed files again; they are newer than what you chose from.',
      })
    }
    const oldPath = change?.kind === 'renamed' ? change.oldPath : null
    return oldPath === null ? [toPathspec(path)] : [toPathspec(oldPath), toPathspec(path)]
  })
}

async function pathspecFile(git: CheckoutGit, scratch: Scratch, pathspecs: string[]): Promise<string[]> {
  const file = scratch.file('paths')
  await git.writeFile(file, `${pathspecs.join('\0')}\0`)
  return [`--pathspec-from-file=${file}`, '--pathspec-file-nul']
}

function addError(result: GitResult): FoundryError {
  const embedded = /'([^'\n]*?)\/?' does not have a commit checked out/.exec(result.stderr)?.[1]
  if (embedded === undefined) return gitError(result, WHAT)
  return new FoundryError(
    'conflict',
    `${WHAT}: ${embedded} is a git repository of its own, without a commit.`,
    {
      next: `Delete ${embedded}/.git to commit its files here, or add the folder to .gitignore.`,
      detail: gitOutput(result),
    },
  )
}

/** A hook's refusal looks like any failure; git's own trace says whether one refused, and which. */
function commitError(result: GitResult, hook: string | null): FoundryError {
  if (hook === null) return gitError(result, WHAT)
  return new FoundryError('git', `${WHAT}: the repository's "${hook}" hook refused it.`, {
    next: 'Read what the hook says, fix it (or ask the agent to), and commit again.',
    detail: gitOutput(result),
  })
}
