import { seededRandom } from '../seeded-random'
import type { GitHubModel } from './model'
import { nodeId } from './node-ids'
import type { CheckState, Mergeable, Organization, PullRequest, Repository, Team, Token, User } from './types'

export interface OrganizationSeed {
  login?: string
  repositories: number
  pullRequests: number
  members: number
  /** The same seed makes the same organization. */
  seed: number
  /** The share of pull requests that are open; a quarter if not said. */
  open?: number
}

export interface SeededOrganization {
  organization: Organization
  /** An admin of it, whose token this is. */
  viewer: User
  token: Token
  members: User[]
  teams: Team[]
  repositories: Repository[]
  pullRequests: PullRequest[]
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

const names = ['ada', 'ben', 'chloe', 'dev', 'elif', 'femi', 'gita', 'hugo', 'ines', 'jun', 'kofi', 'lena']
const things = ['api', 'billing', 'cli', 'docs', 'engine', 'gateway', 'infra', 'mobile', 'search', 'web']
const kinds = ['service', 'client', 'tools', 'config', 'library', 'site']
const verbs = ['Fix', 'Add', 'Remove', 'Speed up', 'Rework', 'Document', 'Test', 'Bump', 'Guard', 'Split']
const objects = [
  'the login form',
  'retries of webhooks',
  'the cache of sessions',
  'empty pages',
  'time zones',
]
const labels = [
  { name: 'bug', color: 'd73a4a' },
  { name: 'enhancement', color: 'a2eeef' },
  { name: 'documentation', color: '0075ca' },
  { name: 'dependencies', color: '0366d6' },
  { name: 'needs design', color: 'f9d0c4' },
]
const checks: (CheckState | null)[] = ['SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE', 'PENDING', null]
const mergeable: Mergeable[] = ['MERGEABLE', 'MERGEABLE', 'MERGEABLE', 'CONFLICTING', 'UNKNOWN']

/** What is drawn is drawn in a fixed order, so that the same seed makes the same. */
class Dice {
  readonly #next: () => number
  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }
  chance(share: number): boolean {
    return this.#next() < share
  }
  of<One>(list: readonly One[]): One {
    const one = list[this.below(list.length)]
    if (one === undefined) throw new Error('There is nothing to choose from.')
    return one
  }
  /** Small numbers far more often than large ones. */
  skewed(limit: number): number {
    return Math.floor(this.#next() ** 3 * limit)
  }
}

/** Fills the model with an organization of that size: all states, forks, drafts, teams, and a few busy repositories. */
export function seedOrganization(model: GitHubModel, options: OrganizationSeed): SeededOrganization {
  const dice = new Dice(options.seed)
  const organization = model.addOrganization(options.login ?? 'acme', { name: 'Acme' })
  const members = Array.from({ length: Math.max(1, options.members) }, (_, index) => {
    const name = names[index % names.length] ?? 'ada'
    const login = index < names.length ? name : `${name}-${Math.floor(index / names.length)}`
    const user = model.addUser(login, { name: login.replace(/^./, (first) => first.toUpperCase()) })
    model.addMember(organization, user, index === 0 || dice.chance(0.05) ? 'admin' : 'member')
    return user
  })
  const [viewer] = members
  if (viewer === undefined) throw new Error('An organization has a member.')
  const teams = ['Core', 'Platform', 'Design'].map((name) => model.addTeam(organization, name))
  const outsider = model.addUser('outside-contributor', { name: null })
  const repositories = Array.from({ length: options.repositories }, (_, index) =>
    addRepository(model, dice, organization, index),
  )
  const forks = new Map(
    repositories
      .slice(0, 3)
      .filter((one) => !one.private)
      .map((one) => [one, model.fork(one, outsider)]),
  )
  const pullRequests = Array.from({ length: repositories.length === 0 ? 0 : options.pullRequests }, () => {
    const repository = repositories[dice.skewed(repositories.length)] ?? dice.of(repositories)
    const fork = dice.chance(0.08) ? forks.get(repository) : undefined
    return addPullRequest(model, dice, {
      repository,
      fork,
      outsider,
      members,
      teams,
      open: options.open ?? 0.25,
    })
  })
  return { organization, viewer, token: model.addToken(viewer), members, teams, repositories, pullRequests }
}

function addRepository(
  model: GitHubModel,
  dice: Dice,
  organization: Organization,
  index: number,
): Repository {
  const base = `${things[index % things.length] ?? 'thing'}-${kinds[Math.floor(index / things.length) % kinds.length] ?? 'code'}`
  const round = Math.floor(index / (things.length * kinds.length))
  const createdAt = model.now() - DAY * (400 + dice.below(1500))
  const empty = index > 5 && dice.chance(0.02)
  const repository = model.addRepository(organization, round === 0 ? base : `${base}-${round}`, {
    private: index > 2 && dice.chance(0.5),
    archived: index > 5 && dice.chance(0.08),
    description: dice.chance(0.8) ? `Everything about ${base.replace('-', ' ')}` : null,
    defaultBranch: empty ? null : dice.chance(0.1) ? 'master' : 'main',
    createdAt,
    pushedAt: empty ? null : model.now() - dice.skewed(400 * DAY),
  })
  return repository
}

interface Cast {
  repository: Repository
  fork: Repository | undefined
  outsider: User
  members: readonly User[]
  teams: readonly Team[]
  open: number
}

function addPullRequest(model: GitHubModel, dice: Dice, cast: Cast): PullRequest {
  const { repository, fork, members } = cast
  const title = `${dice.of(verbs)} ${dice.of(objects)}`
  const slug = title.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  const updatedAt = model.now() - HOUR - dice.skewed(365 * DAY)
  const author = fork === undefined ? dice.of(members) : cast.outsider
  const pull = model.openPullRequest(repository, {
    title,
    body: `${title}.\n\nThis makes things **better** in ${1 + dice.below(9)} places.\n`,
    author,
    headRef: `${author.login}/${slug}-${repository.nextNumber}`,
    headRepository: fork ?? repository,
    isDraft: dice.chance(0.12),
    labels: dice.chance(0.5) ? [dice.of(labels)] : [],
    requestedReviewers: dice.chance(0.4) ? [dice.chance(0.3) ? dice.of(cast.teams) : dice.of(members)] : [],
    reviewsRequired: dice.chance(0.5),
    checks: dice.of(checks),
    mergeable: dice.of(mergeable),
    comments: dice.skewed(20),
    // Of all sizes, by its number: what is drawn from the dice stays as it was.
    additions: (repository.nextNumber * 37) % 420,
    deletions: (repository.nextNumber * 23) % 180,
    changedFiles: 1 + (repository.nextNumber % 14),
    createdAt: updatedAt - dice.skewed(30 * DAY),
    updatedAt,
  })
  if (dice.chance(0.4)) {
    const id = model.nextId()
    pull.reviews.push({
      kind: 'review',
      id,
      nodeId: nodeId('review', repository.id, id),
      author: dice.of(members),
      state: dice.chance(0.7) ? 'APPROVED' : 'CHANGES_REQUESTED',
      body: '',
      commit: pull.headCommit,
      comments: [],
      submittedAt: updatedAt,
    })
  }
  if (dice.chance(1 - cast.open)) {
    pull.state = dice.chance(0.85) ? 'MERGED' : 'CLOSED'
    pull.closedAt = updatedAt
    pull.mergedAt = pull.state === 'MERGED' ? updatedAt : null
  }
  if (repository.pushedAt !== null) repository.pushedAt = Math.max(repository.pushedAt, updatedAt)
  return pull
}

/** Lets `count` things happen to open pull requests of the organization, the same ones for the same seed. */
export function churn(
  model: GitHubModel,
  organization: Organization,
  count: number,
  seed: number,
): PullRequest[] {
  const dice = new Dice(seed)
  const open = [...organization.repositories].flatMap((one) =>
    [...one.pulls.values()].filter((pull) => pull.state === 'OPEN'),
  )
  const members = [...organization.members.keys()]
  const happenings: ((pull: PullRequest) => void)[] = [
    (pull) => model.push(pull),
    (pull) => model.comment(pull),
    (pull) => model.approve(pull, dice.of(members)),
    (pull) => model.edit(pull, { title: `${pull.title} again` }),
    (pull) => model.merge(pull),
    (pull) => model.close(pull),
  ]
  return Array.from({ length: Math.min(count, open.length) }, () => {
    const [pull] = open.splice(dice.below(open.length), 1)
    if (pull === undefined) throw new Error('There is nothing left to change.')
    dice.of(happenings)(pull)
    return pull
  })
}
