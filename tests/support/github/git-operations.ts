import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type { User } from './types'

const run = promisify(execFile)

/** Of the settings of whoever runs the tests, git sees none. */
export const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
}

export interface Identity {
  name: string
  email: string
}

/** Who makes the commits of a person who merges on the page. */
export const gitHubItself: Identity = { name: 'GitHub', email: 'noreply@github.com' }

export const identityOf = (user: User): Identity => ({
  name: user.name ?? user.login,
  email: user.email ?? `${user.id}+${user.login}@users.noreply.github.com`,
})

/** What one git command says. */
export async function git(folder: string, args: readonly string[], env: object = {}): Promise<string> {
  const { stdout } = await run('git', args, {
    cwd: folder,
    env: { ...environment, ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

const exitCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

/** The same, or null where git ends with 1, which is its word for no. */
async function ask(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    return await git(folder, args)
  } catch (error) {
    if (exitCode(error) === 1) return null
    throw error
  }
}

/** Runs a command that reads its input. */
export async function feed(
  folder: string,
  args: readonly string[],
  input: string | Buffer,
): Promise<{ code: number | null; output: Buffer }> {
  const child = spawn('git', args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], env: environment })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  // Git may end before it has read everything.
  child.stdin.on('error', () => child.stdin.destroy())
  child.stdin.end(input)
  const code = await ended
  return { code, output: Buffer.concat(chunks) }
}

export async function fastImport(folder: string, stream: string): Promise<void> {
  const { code, output } = await feed(folder, ['fast-import', '--quiet'], stream)
  if (code !== 0) throw new Error(`git fast-import ended with ${code}: ${output.toString()}`)
}

/** `update REF COMMIT` and `delete REF`, all at once. */
export async function updateRefs(folder: string, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return
  const { code, output } = await feed(folder, ['update-ref', '--stdin'], `${commands.join('\n')}\n`)
  if (code !== 0) throw new Error(`git update-ref ended with ${code}: ${output.toString()}`)
}

export interface GitRef {
  commit: string
  headline: string
  committedAt: number
}

/** Branches by their names, and `pull/N/head`. */
export async function refsOf(folder: string): Promise<Map<string, GitRef>> {
  const format = '--format=%(refname) %(objectname) %(committerdate:unix) %(subject)'
  const stdout = await git(folder, ['for-each-ref', format, 'refs/heads', 'refs/pull'])
  return new Map(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, ref = '', commit = '', seconds = '', headline = ''] =
          /^refs\/(?:heads\/)?(\S+) (\S+) (\d+) (.*)$/.exec(line) ?? []
        return [ref, { commit, headline, committedAt: Number(seconds) * 1000 }]
      }),
  )
}

/** The tree of both sides together; null where they conflict, or have no history in common. */
export async function mergeTrees(folder: string, ours: string, theirs: string): Promise<string | null> {
  try {
    return (await git(folder, ['merge-tree', '--write-tree', ours, theirs])).split('\n')[0] ?? null
  } catch (error) {
    if (exitCode(error) === 1) return null
    throw error
  }
}

export interface NewCommit {
  tree: string
  parents: readonly string[]
  message: string
  author: Identity & { date?: string }
  committer: Identity
  /** Epoch milliseconds. */
  at: number
}

export async function commitTree(folder: string, commit: NewCommit): Promise<string> {
  const date = `${Math.floor(commit.at / 1000)} +0000`
  const parents = commit.parents.flatMap((one) => ['-p', one])
  const args = ['commit-tree', commit.tree, ...parents, '-m', commit.message]
  const stdout = await git(folder, args, {
    GIT_AUTHOR_NAME: commit.author.name,
    GIT_AUTHOR_EMAIL: commit.author.email,
    GIT_AUTHOR_DATE: commit.author.date ?? date,
    GIT_COMMITTER_NAME: commit.committer.name,
    GIT_COMMITTER_EMAIL: commit.committer.email,
    GIT_COMMITTER_DATE: date,
  })
  return stdout.trim()
}

export interface Comparison {
  /** Commits of the head that the base has not. */
  ahead: number
  behind: number
  additions: number
  deletions: number
  changedFiles: number
  mergeable: boolean
}

/** Null where the two have no history in common. */
export async function compare(folder: string, base: string, head: string): Promise<Comparison | null> {
  if ((await ask(folder, ['merge-base', base, head])) === null) return null
  const [counts, figures, tree] = await Promise.all([
    aheadBehind(folder, base, head),
    git(folder, ['diff', '--shortstat', '-M', `${base}...${head}`]),
    mergeTrees(folder, base, head),
  ])
  const figure = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(figures)?.[1] ?? 0)
  return {
    ...counts,
    additions: figure('insertion'),
    deletions: figure('deletion'),
    changedFiles: figure('file'),
    mergeable: tree !== null,
  }
}

export async function aheadBehind(
  folder: string,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  const stdout = await git(folder, ['rev-list', '--left-right', '--count', `${base}...${head}`])
  const [behind = 0, ahead = 0] = stdout.trim().split('\t').map(Number)
  return { ahead, behind }
}

export interface GitCommit {
  oid: string
  tree: string
  parents: string[]
  author: Identity & { date: string }
  committer: Identity & { date: string }
  message: string
}

/** Commits of the head that the base has not, oldest first. */
export async function commitsBetween(folder: string, base: string, head: string): Promise<GitCommit[]> {
  const format = '--format=%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B'
  const stdout = await git(folder, ['log', '-z', '--reverse', '--topo-order', format, `${base}..${head}`])
  return stdout
    .split('\0')
    .filter((text) => text !== '')
    .map((text) => {
      const [
        oid = '',
        tree = '',
        parents = '',
        an = '',
        ae = '',
        ai = '',
        cn = '',
        ce = '',
        ci = '',
        body = '',
      ] = text.split('\x1f')
      return {
        oid,
        tree,
        parents: parents.split(' ').filter((one) => one !== ''),
        author: { name: an, email: ae, date: ai },
        committer: { name: cn, email: ce, date: ci },
        message: body.trimEnd(),
      }
    })
}

/** Puts the commits onto the base one by one; null where one conflicts. Merge commits are left out, as git does. */
export async function rebase(
  folder: string,
  base: string,
  head: string,
  { committer, at }: Pick<NewCommit, 'committer' | 'at'>,
): Promise<string | null> {
  let tip = base
  for (const one of await commitsBetween(folder, base, head)) {
    const [parent] = one.parents
    if (one.parents.length !== 1 || parent === undefined) continue
    // Three commits of no history but this: what the change was made to, and both that came of it.
    const side = async (tree: string, ...parents: string[]): Promise<string> =>
      commitTree(folder, { tree, parents, message: 'side', author: committer, committer, at })
    const origin = await side(`${parent}^{tree}`)
    const tree = await mergeTrees(folder, await side(`${tip}^{tree}`, origin), await side(one.tree, origin))
    if (tree === null) return null
    tip = await commitTree(folder, {
      tree,
      parents: [tip],
      message: one.message,
      author: one.author,
      committer,
      at,
    })
  }
  return tip
}

export interface ChangedFile {
  filename: string
  previous: string | null
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed'
  additions: number
  deletions: number
  blob: string
  patch: string | null
}

const statuses: Record<string, ChangedFile['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
}

/** What the head changes since it left the base. */
export async function changedFiles(folder: string, base: string, head: string): Promise<ChangedFile[]> {
  const range = `${base}...${head}`
  const [raw, patches] = await Promise.all([
    git(folder, ['diff', '--raw', '--numstat', '--abbrev=40', '-z', '-M', range]),
    git(folder, ['diff', '-M', range]),
  ])
  const fields = raw.split('\0')
  const files: ChangedFile[] = []
  let next = fields.shift()
  while (next?.startsWith(':') === true) {
    const [, , , blob = '', code = ''] = next.split(' ')
    const status = statuses[code.slice(0, 1)] ?? 'changed'
    const previous = status === 'renamed' ? (fields.shift() ?? null) : null
    const filename = fields.shift() ?? ''
    files.push({ filename, previous, status, additions: 0, deletions: 0, blob, patch: null })
    next = fields.shift()
  }
  // The figures come in the same order, and so do the patches.
  const texts = patches.split(/^diff --git .*$/m).slice(1)
  for (const [index, one] of files.entries()) {
    const [additions = '', deletions = ''] = (next ?? '').split('\t')
    one.additions = Number.parseInt(additions, 10) || 0
    one.deletions = Number.parseInt(deletions, 10) || 0
    const hunks = texts[index]?.indexOf('\n@@') ?? -1
    if (hunks >= 0) one.patch = texts[index]?.slice(hunks + 1).replace(/\n$/, '') ?? null
    if (one.previous !== null) fields.splice(0, 2)
    next = fields.shift()
  }
  return files
}

export interface TreeEntry {
  type: 'blob' | 'tree' | 'commit'
  oid: string
  size: number
  path: string
}

/** What is in a folder of a commit; null if there is no such folder. */
export async function listTree(folder: string, commit: string, path: string): Promise<TreeEntry[] | null> {
  const at = path === '' ? `${commit}^{tree}` : `${commit}:${path}`
  let stdout: string
  try {
    stdout = await git(folder, ['ls-tree', '-z', '--long', at])
  } catch (error) {
    if (exitCode(error) === 128) return null
    throw error
  }
  return stdout
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, type = 'blob', oid = '', size = '0', name = ''] =
        /^\S+ (\S+) (\S+) +(\S+)\t(.+)$/s.exec(line) ?? []
      return {
        type: type === 'tree' ? 'tree' : type === 'commit' ? 'commit' : 'blob',
        oid,
        size: Number.parseInt(size, 10) || 0,
        path: path === '' ? name : `${path}/${name}`,
      }
    })
}

export async function readBlob(folder: string, oid: string): Promise<Buffer> {
  const { stdout } = await run('git', ['cat-file', 'blob', oid], {
    cwd: folder,
    env: environment,
    encoding: 'buffer',
    maxBuffer: 128 * 1024 * 1024,
  })
  return stdout
}
