import * as fc from 'fast-check'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { branchesOf } from '../../support/github/model'
import { startGitHub, type GitHubServer } from '../../support/github/server'
import type { PullRequest, Repository, User } from '../../support/github/types'

const run = promisify(execFile)

let github: GitHubServer
let ben: User

beforeEach(async () => {
  let now = Date.parse('2026-03-01T12:00:00Z')
  github = await startGitHub({ now: () => (now += 1000) })
  ben = github.model.addUser('ben')
})
afterEach(() => github.close())

interface Place {
  engine: Repository
  /** The fork, until it is deleted; then the repository itself. */
  fork: Repository
  pull: PullRequest | undefined
  branch: string
  step: number
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const identity = { name: 'Ada', email: 'ada@example.com' }
  const { stdout } = await run('git', args, {
    cwd: folder,
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: identity.name,
      GIT_AUTHOR_EMAIL: identity.email,
      GIT_COMMITTER_NAME: identity.name,
      GIT_COMMITTER_EMAIL: identity.email,
    },
  })
  return stdout.trim()
}

/** What a push does, without the way to it. */
async function commitTo(repository: Repository, branch: string, step: number): Promise<void> {
  const folder = await github.git.folder(repository)
  const from = repository.branches.get(branch)?.commit ?? repository.branches.get('main')?.commit ?? ''
  const commit = await git(folder, 'commit-tree', `${from}^{tree}`, '-p', from, '-m', `Step ${step}`)
  await git(folder, 'update-ref', `refs/heads/${branch}`, commit)
}

const isOpen = (pull: PullRequest | undefined): pull is PullRequest => pull?.state === 'OPEN'

const actions: Record<string, (place: Place) => Promise<unknown> | void> = {
  open: ({ engine, branch }) => void github.model.openPullRequest(engine, { headRef: branch }),
  openFromFork({ engine, fork, branch }) {
    if (!fork.deleted) github.model.openPullRequest(engine, { headRef: branch, headRepository: fork })
  },
  openInto({ engine, branch }) {
    if (branchesOf(github.model, engine).some(({ name }) => name === 'two') && branch !== 'two')
      github.model.openPullRequest(engine, { headRef: branch, baseRef: 'two' })
  },
  pushInModel: ({ pull }) => void (isOpen(pull) && github.model.push(pull)),
  pushInGit: ({ engine, branch, step }) => commitTo(engine, branch, step),
  pushToBase: ({ engine, step }) => commitTo(engine, 'main', step),
  pushToFork: ({ fork, branch, step }) => (fork.deleted ? undefined : commitTo(fork, branch, step)),
  setBranch: ({ engine, branch }) =>
    void (engine.branches.has(branch) || github.model.setBranch(engine, branch, { aheadBy: 2 })),
  merge: ({ pull }) => void (isOpen(pull) && github.model.merge(pull)),
  close: ({ pull }) => void (isOpen(pull) && github.model.close(pull)),
  removeBranch: ({ engine, branch }) => github.model.removeBranch(engine, branch),
  async removeInGit({ engine, branch }) {
    const folder = await github.git.folder(engine)
    if (engine.branches.has(branch)) await git(folder, 'update-ref', '-d', `refs/heads/${branch}`)
  },
  renameBranch({ engine, branch, step }) {
    if (branchesOf(github.model, engine).some(({ name }) => name === branch))
      github.model.renameBranch(engine, branch, `renamed-${step}`)
  },
  deleteOnMerge: ({ engine }) => void (engine.settings.deleteBranchOnMerge = true),
  deleteFork: ({ fork }) => void (fork.deleted || github.model.deleteRepository(fork)),
  look: ({ engine }) => github.git.folder(engine),
}

async function refs(repository: Repository): Promise<Map<string, string>> {
  const folder = await github.git.folder(repository)
  const stdout = await git(folder, 'for-each-ref', '--format=%(refname) %(objectname)')
  return new Map(stdout.split('\n').map((line) => line.split(' ') as [string, string]))
}

/** Model and git say the same of every branch and every pull request. */
async function expectAgreed(engine: Repository, fork: Repository): Promise<void> {
  const inGit = await refs(engine)
  const inFork = fork.deleted ? new Map<string, string>() : await refs(fork)
  const heads = new Map([...inGit].filter(([ref]) => ref.startsWith('refs/heads/')))
  const known = branchesOf(github.model, engine)
  expect(heads).toEqual(new Map(known.map(({ name, commit }) => [`refs/heads/${name}`, commit])))
  for (const pull of engine.pulls.values()) {
    const label = `#${pull.number} ${pull.state}`
    expect([label, inGit.get(`refs/pull/${pull.number}/head`)]).toEqual([label, pull.headCommit])
    if (pull.state !== 'OPEN') continue
    const from = pull.headRepository === engine ? inGit : inFork
    expect([label, from.get(`refs/heads/${pull.headRef}`)]).toEqual([label, pull.headCommit])
    expect([label, inGit.has(`refs/heads/${pull.baseRef}`)]).toEqual([label, true])
  }
}

it('agrees with git, whatever happens on either side', async () => {
  let organizations = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.constantFrom(...Object.keys(actions)),
          fc.constantFrom('one', 'two', 'three'),
          fc.nat({ max: 5 }),
        ),
        { minLength: 3, maxLength: 14 },
      ),
      async (steps) => {
        const acme = github.model.addOrganization(`acme-${++organizations}`)
        github.model.addMember(acme, ben)
        const engine = github.model.addRepository(acme, 'engine')
        const fork = github.model.fork(engine, ben, `engine-${organizations}`)
        for (const [step, [name, branch, which]] of steps.entries()) {
          const pull = [...engine.pulls.values()][which]
          await actions[name]?.({ engine, fork, pull, branch, step })
        }
        await expectAgreed(engine, fork)
        expect(engine.hosted).toBe(true)
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)
