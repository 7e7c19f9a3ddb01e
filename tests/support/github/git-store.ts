import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { branchesOf, changeText } from './derived'
import {
  aheadBehind,
  commitTree,
  compare,
  fastImport,
  git,
  gitHubItself,
  mergeTrees,
  refsOf,
  updateRefs,
  type Comparison,
} from './git-operations'
import type { GitHubModel } from './model'
import type { Branch, PullRequest, Repository, User } from './types'

/** Files of a repository nobody said anything about. */
const usualFiles = (repository: Repository): Record<string, string> => ({
  'README.md': `# ${repository.name}\n\n${repository.description ?? 'A small project.'}\n`,
  'src/greeting.ts': "export function greeting(): string {\n  return 'Hello'\n}\n",
  'src/index.ts': "import { greeting } from './greeting'\n\nconsole.log(greeting())\n",
})

/** What GitHub allows: partial clones, and commits asked for by name. Its own refs are not to be pushed to. */
const configuration = `[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	hideRefs = refs/pull
[gc]
	auto = 0
`

/** A repository on disk, and how model and git last agreed on it. */
interface Hosted {
  folder: string
  head: string | null
  branches: Map<string, string>
  /** Where `refs/pull/N/head` is. */
  pulls: Map<number, string>
  open: Set<PullRequest>
}

/**
 * The repositories on disk, made when somebody first asks. What git did since is told to the model, and what happened
 * in the model alone is done in git; both before anybody looks.
 */
export class GitStore {
  readonly #made = new Map<Repository, Promise<Hosted>>()
  readonly #files = new Map<Repository, Record<string, string>>()
  /** Pull requests whose commits are this store's invention: their figures are as they were seeded. */
  readonly #invented = new Set<PullRequest>()
  readonly #measured = new Set<PullRequest>()
  readonly #counts = new Map<string, Promise<{ ahead: number; behind: number }>>()
  readonly #syncing = new Set<Repository>()
  #folder: Promise<string> | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(readonly model: GitHubModel) {}

  seed(repository: Repository, files: Record<string, string>): void {
    this.#files.set(repository, files)
  }

  /** The bare repository, with what became of it at GitHub since. */
  folder(repository: Repository): Promise<string> {
    return this.exclusive(async () => (await this.#sync(repository)).folder)
  }

  /** Runs what changes refs; the model knows of it when this resolves. Nothing else looks meanwhile. */
  change<Result>(
    repository: Repository,
    by: User | null,
    run: (folder: string) => Promise<Result>,
  ): Promise<Result> {
    return this.exclusive(async () => {
      const { folder } = await this.#sync(repository)
      try {
        return await run(folder)
      } finally {
        await this.#sync(repository, by)
      }
    })
  }

  async remove(): Promise<void> {
    await this.#queue
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true })
  }

  /** One after the other: two requests must not make the same commits. */
  exclusive<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(run)
    this.#queue = result.catch(() => undefined)
    return result
  }

  /** How a head compares with a base, which may be in another repository of the network; null without both. */
  inspect(
    base: { repository: Repository; ref: string },
    head: { repository: Repository; ref: string },
  ): Promise<{ head: string; comparison: Comparison | null } | null> {
    return this.exclusive(async () => {
      const into = await this.#sync(base.repository)
      const from = head.repository === base.repository ? into : await this.#sync(head.repository)
      const [ours, theirs] = [into.branches.get(base.ref), from.branches.get(head.ref)]
      if (ours === undefined || theirs === undefined) return null
      if (from !== into) await git(into.folder, ['fetch', '--quiet', '--no-tags', from.folder, theirs])
      return { head: theirs, comparison: await compare(into.folder, ours, theirs) }
    })
  }

  /** Figures and mergeability of what was opened or retargeted. */
  measure(pull: PullRequest): Promise<void> {
    return this.exclusive(async () => {
      await this.#sync(pull.repository)
      await this.#measure(pull)
    })
  }

  /** Both ends of a pull request as commits of the base's repository. */
  async ends(pull: PullRequest): Promise<{ folder: string; base: string; head: string } | null> {
    return this.exclusive(async () => {
      const { folder, branches, pulls } = await this.#sync(pull.repository)
      const head = pulls.get(pull.number)
      // What was merged is compared with what the base was before.
      const base = pull.mergeCommit === null ? branches.get(pull.baseRef) : `${pull.mergeCommit}^`
      return head === undefined || base === undefined ? null : { folder, base, head }
    })
  }

  /** What a branch, a pull request's ref or a commit is; null if there is none. */
  async resolve(repository: Repository, ref: string): Promise<{ folder: string; commit: string } | null> {
    return this.exclusive(async () => {
      const { folder, branches } = await this.#sync(repository)
      const name = ref.replace(/^(?:refs\/)?heads\//, '')
      const commit = branches.get(name)
      if (commit !== undefined) return { folder, commit }
      if (!/^[0-9a-f]{7,40}$/.test(ref)) return null
      return git(folder, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]).then(
        (stdout) => ({ folder, commit: stdout.trim() }),
        () => null,
      )
    })
  }

  /** How two branches compare; counted once for the same two commits. */
  async aheadBehind(
    repository: Repository,
    base: string,
    head: string,
  ): Promise<{ ahead: number; behind: number }> {
    const { folder, branches } = await this.exclusive(() => this.#sync(repository))
    const [from, to] = [branches.get(base), branches.get(head)]
    if (from === undefined || to === undefined) throw new Error(`There is no ${base} or no ${head}.`)
    const key = `${repository.id} ${from} ${to}`
    const known = this.#counts.get(key) ?? aheadBehind(folder, from, to)
    this.#counts.set(key, known)
    return known
  }

  // ---- making ---------------------------------------------------------------------------------------

  #make(repository: Repository): Promise<Hosted> {
    const made = this.#made.get(repository) ?? this.#create(repository)
    this.#made.set(repository, made)
    return made
  }

  async #create(repository: Repository): Promise<Hosted> {
    const { parent, defaultBranch } = repository
    this.#folder ??= mkdtemp(join(tmpdir(), 'foundry-github-'))
    const folder = join(await this.#folder, `${repository.id}.git`)
    await mkdir(folder)
    const branch = defaultBranch ?? 'main'
    await git(folder, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch}`])
    await appendFile(join(folder, 'config'), configuration)
    const files = this.#files.get(repository)
    if (defaultBranch !== null && parent !== null && files === undefined) {
      const origin = await this.#make(parent)
      const from = origin.branches.get(branch) ?? [...origin.branches.values()][0]
      if (from !== undefined)
        await git(folder, ['fetch', '--quiet', '--no-tags', origin.folder, `${from}:refs/heads/${branch}`])
    } else if (defaultBranch !== null) {
      const content = Object.entries(files ?? usualFiles(repository))
      const stream = `commit refs/heads/${branch}\n${committer(repository.createdAt)}\n${data('First commit')}`
      await fastImport(folder, stream + content.map(([path, text]) => file(path, text)).join(''))
    }
    const hosted: Hosted = {
      folder,
      head: defaultBranch,
      branches: new Map(),
      pulls: new Map(),
      open: new Set(),
    }
    const synthetic = branchesOf(this.model, repository).find(({ name }) => name === branch)
    for (const [name, { commit, headline }] of await refsOf(folder)) {
      hosted.branches.set(name, commit)
      if (synthetic !== undefined) repository.branches.set(name, { ...synthetic, commit, headline })
    }
    repository.hosted = true
    return hosted
  }

  // ---- what git did, and what the model did ------------------------------------------------------------

  async #sync(repository: Repository, by: User | null = null): Promise<Hosted> {
    const hosted = await this.#make(repository)
    if (this.#syncing.has(repository)) return hosted
    this.#syncing.add(repository)
    try {
      await this.#learn(repository, hosted, by)
      await this.#follow(repository, hosted)
    } finally {
      this.#syncing.delete(repository)
    }
    return hosted
  }

  async #learn(repository: Repository, hosted: Hosted, by: User | null): Promise<void> {
    const { model } = this
    const refs = await refsOf(hosted.folder)
    const moved = new Set<string>()
    const pulls = new Set<PullRequest>()
    for (const name of hosted.branches.keys())
      if (!refs.has(name)) {
        hosted.branches.delete(name)
        model.removeBranch(repository, name)
      }
    for (const [name, { commit, headline, committedAt }] of refs) {
      if (isPull(name) || hosted.branches.get(name) === commit) continue
      moved.add(name)
      hosted.branches.set(name, commit)
      const branch: Branch = { name, commit, headline, committedAt, author: by, ...unknownFigures }
      for (const pull of model.branchMoved(repository, branch)) pulls.add(pull)
    }
    if (moved.size === 0) return
    const into = [...repository.pulls.values()].filter(
      (pull) => pull.state === 'OPEN' && moved.has(pull.baseRef),
    )
    for (const pull of into) if (this.#measured.has(pull)) pulls.add(pull)
    for (const pull of pulls) await this.#measure(pull)
    for (const base of moved) {
      const open = into.filter((pull) => pull.baseRef === base && pull.state === 'OPEN')
      if (open.length === 0) continue
      const merged = await git(hosted.folder, [
        'for-each-ref',
        '--format=%(refname:lstrip=2)',
        `--merged=refs/heads/${base}`,
        'refs/pull',
      ])
      const numbers = new Set(merged.split('\n'))
      for (const pull of open)
        if (numbers.has(`${pull.number}/head`))
          model.merge(pull, { by, commit: hosted.branches.get(base) ?? '' })
    }
  }

  /** Figures and mergeability from git. */
  async #measure(pull: PullRequest): Promise<void> {
    const hosted = await this.#make(pull.repository)
    await this.#bring(hosted, [pull])
    const base = hosted.branches.get(pull.baseRef)
    if (base === undefined) return
    const found = await compare(hosted.folder, base, pull.headCommit)
    this.#measured.add(pull)
    this.#invented.delete(pull)
    this.model.setMergeable(pull, found?.mergeable === true ? 'MERGEABLE' : 'CONFLICTING')
    if (found === null) return
    const { ahead, behind, additions, deletions, changedFiles } = found
    Object.assign(pull, { commits: ahead, behindBy: behind, additions, deletions, changedFiles })
  }

  /** The heads under the base's `refs/pull`, as GitHub has them for every pull request. */
  async #bring(hosted: Hosted, pulls: Iterable<PullRequest>): Promise<void> {
    const own: string[] = []
    const specs = new Map<Repository, string[]>()
    for (const { headCommit, headRepository, number, repository } of pulls) {
      if (hosted.pulls.get(number) === headCommit || headRepository === null) continue
      hosted.pulls.set(number, headCommit)
      const ref = `refs/pull/${number}/head`
      if (headRepository === repository) own.push(`update ${ref} ${headCommit}`)
      else specs.set(headRepository, [...(specs.get(headRepository) ?? []), `+${headCommit}:${ref}`])
    }
    await updateRefs(hosted.folder, own)
    for (const [fork, all] of specs) {
      const { folder } = await this.#make(fork)
      await git(hosted.folder, ['fetch', '--quiet', '--no-tags', folder, ...all])
    }
  }

  async #follow(repository: Repository, hosted: Hosted): Promise<void> {
    const { defaultBranch } = repository
    if (defaultBranch === null) return
    if (hosted.head !== defaultBranch) {
      await git(hosted.folder, ['symbolic-ref', 'HEAD', `refs/heads/${defaultBranch}`])
      hosted.head = defaultBranch
    }
    await this.#followBranches(repository, hosted, defaultBranch)
    const forks = new Set<Repository>()
    for (const { state, headRepository } of repository.pulls.values())
      if (state === 'OPEN' && headRepository !== null && headRepository !== repository)
        forks.add(headRepository)
    for (const fork of forks) await this.#sync(fork)
    await this.#followPulls(repository, hosted, defaultBranch)
    for (const pull of hosted.open)
      if (pull.state === 'MERGED' && pull.mergeCommit === null) await this.#mergeAsTold(pull, hosted)
    hosted.open = new Set([...repository.pulls.values()].filter((pull) => pull.state === 'OPEN'))
  }

  async #followBranches(repository: Repository, hosted: Hosted, defaultBranch: string): Promise<void> {
    const { folder, branches } = hosted
    const wanted = new Map(branchesOf(this.model, repository).map((one) => [one.name, one]))
    const known = new Set(branches.values())
    const updates: string[] = []
    let stream = ''
    for (const [name, branch] of wanted) {
      if (branches.get(name) === branch.commit) continue
      if (known.has(branch.commit)) updates.push(`update refs/heads/${name} ${branch.commit}`)
      else stream += this.#invent(repository, branch, branches.has(name) ? name : defaultBranch)
    }
    for (const name of branches.keys()) if (!wanted.has(name)) updates.push(`delete refs/heads/${name}`)
    if (stream === '' && updates.length === 0) return
    if (stream !== '') await fastImport(folder, stream)
    await updateRefs(folder, updates)
    branches.clear()
    for (const [name, { commit }] of await refsOf(folder)) {
      if (isPull(name)) continue
      branches.set(name, commit)
      const branch = wanted.get(name)
      if (branch !== undefined) repository.branches.set(name, { ...branch, commit })
      for (const pull of this.model.openFrom(repository, name)) pull.headCommit = commit
    }
  }

  /** The commits of a branch that something was only said about. */
  #invent(repository: Repository, branch: Branch, from: string): string {
    const ref = `refs/heads/${branch.name}`
    const start = `from refs/heads/${from}^0\n`
    const pulls = this.model.openFrom(repository, branch.name)
    const [pull] = pulls
    for (const one of pulls) this.#invented.add(one)
    if (pull !== undefined)
      return (
        `commit ${ref}\n${committer(branch.committedAt)}\n${data(pull.title)}${start}` +
        file(`changes/${pull.number}-${pull.commits}.md`, changeText(pull.title, pull.body))
      )
    if (branch.aheadBy === 0) return `reset ${ref}\n${start}\n`
    return Array.from({ length: branch.aheadBy }, (_, index) => {
      const path = `branches/${branch.name}-${index + 1}.md`
      const place = index === 0 ? start : ''
      return `commit ${ref}\n${committer(branch.committedAt)}\n${data(branch.headline)}${place}${file(path, `${branch.headline}\n`)}`
    }).join('')
  }

  async #followPulls(repository: Repository, hosted: Hosted, defaultBranch: string): Promise<void> {
    const pulls = [...repository.pulls.values()]
    const open = pulls.filter((pull) => pull.state === 'OPEN')
    await this.#bring(hosted, open)
    for (const pull of open)
      if (!this.#invented.has(pull) && !this.#measured.has(pull)) await this.#measure(pull)
    const gone = pulls.filter((pull) => pull.state !== 'OPEN' && !hosted.pulls.has(pull.number))
    if (gone.length === 0) return
    const stream = gone.map(
      (pull) =>
        `commit refs/pull/${pull.number}/head\n${committer(pull.updatedAt)}\n${data(pull.title)}from refs/heads/${defaultBranch}^0\n` +
        file(`changes/${pull.number}-${pull.commits}.md`, changeText(pull.title, pull.body)),
    )
    await fastImport(hosted.folder, stream.join(''))
    const refs = await refsOf(hosted.folder)
    for (const pull of gone) {
      pull.headCommit = refs.get(`pull/${pull.number}/head`)?.commit ?? pull.headCommit
      hosted.pulls.set(pull.number, pull.headCommit)
    }
  }

  /** A merge that happened in the model: the base gets it as well. */
  async #mergeAsTold(pull: PullRequest, hosted: Hosted): Promise<void> {
    const base = hosted.branches.get(pull.baseRef)
    const head = hosted.pulls.get(pull.number)
    if (base === undefined || head === undefined) return
    const commit = await commitTree(hosted.folder, {
      tree: (await mergeTrees(hosted.folder, base, head)) ?? `${head}^{tree}`,
      parents: [base, head],
      message: mergeMessage(pull),
      author: gitHubItself,
      committer: gitHubItself,
      at: pull.mergedAt ?? this.model.now(),
    })
    pull.mergeCommit = commit
    await git(hosted.folder, ['update-ref', `refs/heads/${pull.baseRef}`, commit])
    await this.#learn(pull.repository, hosted, pull.mergedBy)
  }
}

export const mergeMessage = (pull: PullRequest): string =>
  `Merge pull request #${pull.number} from ${pull.headRepository?.owner.login ?? 'unknown'}/${pull.headRef}\n\n${pull.title}`

const unknownFigures = { checks: null, aheadBy: 0, behindBy: 0 } as const

const isPull = (ref: string): boolean => /^pull\/\d+\/head$/.test(ref)
const data = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}\n`
const file = (path: string, content: string): string => `M 100644 inline ${path}\n${data(content)}`
const committer = (at: number): string =>
  `committer Ada Person <ada@example.com> ${Math.floor(at / 1000)} +0000`
