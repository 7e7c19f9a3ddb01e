/** What can happen on GitHub and on the way to it, as random steps of a test. */
import fc from 'fast-check'
import type { Effect } from '../../support/github/faults'
import type { GitHubModel } from '../../support/github/model'
import type { Organization, PullRequest, Repository, User } from '../../support/github/types'
import type { Clock } from './sync-world'

export interface Happening {
  kind: (typeof kinds)[number]
  /** Which repository, pull request or person, counted around those there are. */
  a: number
  b: number
}

const kinds = [
  'open',
  'open',
  'open_many',
  'merge',
  'close',
  'close',
  'reopen',
  'comment',
  'title',
  'body',
  'retarget',
  'draft',
  'labels',
  'ask',
  'approve',
  'refuse',
  'push',
  'checks',
  'mergeable',
  'delete_pull',
  'add_repository',
  'delete_repository',
  'rename_repository',
  'transfer',
  'transfer_back',
  'hide',
  'archive',
  'delete_fork',
  'push_to',
  'member',
  'remove_member',
  'rename_owner',
] as const

const at = fc.nat({ max: 1000 })
export const happening: fc.Arbitrary<Happening> = fc.record({ kind: fc.constantFrom(...kinds), a: at, b: at })

export interface Place {
  model: GitHubModel
  clock: Clock
  organization: Organization
  elsewhere: Organization
  people: User[]
}

const pick = <One>(all: readonly One[], index: number): One | undefined =>
  all[index % Math.max(1, all.length)]

/** Does it, where there is something to do it to. GitHub's clock moves on by some seconds. */
export function happen(
  { model, clock, organization, elsewhere, people }: Place,
  { kind, a, b }: Happening,
): void {
  clock.time += 1000 + (a % 7) * 1000
  const repositories = [...organization.repositories]
  const repository: Repository | undefined = pick(repositories, a)
  const pulls = repository === undefined ? [] : [...repository.pulls.values()]
  const open = pulls.filter(({ state }) => state === 'OPEN')
  const pull: PullRequest | undefined = pick(open, b)
  const person = pick(people, b)
  switch (kind) {
    case 'open':
    case 'open_many':
      if (repository === undefined || repository.archived) return
      for (let n = 0; n < (kind === 'open' ? 1 : 3 + (b % 5)); n++) {
        clock.time += 1000
        const fork = [...(people[0]?.repositories ?? [])].find((one) => one.parent === repository)
        model.openPullRequest(repository, {
          comments: b % 3,
          isDraft: b % 4 === 0,
          checks: b % 2 === 0 ? null : 'PENDING',
          ...(b % 5 === 0 && fork !== undefined ? { headRepository: fork } : {}),
        })
      }
      return
    case 'add_repository': {
      const added = model.addRepository(
        organization,
        `project-${organization.repositories.size}-${model.nextId()}`,
        {
          private: b % 2 === 0,
        },
      )
      for (let n = 0; n < b % 4; n++)
        model.openPullRequest(added, { createdAt: clock.time - n * 100_000_000 })
      return
    }
    case 'transfer_back': {
      const moved = pick([...elsewhere.repositories], a)
      if (moved !== undefined) model.transfer(moved, organization)
      return
    }
    case 'delete_fork': {
      const fork = pick([...(people[0]?.repositories ?? [])], a)
      if (fork !== undefined) model.deleteRepository(fork)
      return
    }
    case 'member':
      if (person !== undefined) model.addMember(organization, person, a % 2 === 0 ? 'admin' : 'member')
      return
    case 'remove_member':
      if (person !== undefined && b % people.length !== 0) model.removeMember(organization, person)
      return
    case 'rename_owner':
      model.renameOwner(organization, `acme-${model.nextId()}`)
      return
    case 'reopen': {
      const closed = pick(
        pulls.filter(({ state }) => state === 'CLOSED'),
        b,
      )
      if (closed !== undefined) model.reopen(closed)
      return
    }
    default:
  }
  if (repository === undefined) return
  switch (kind) {
    case 'delete_repository':
      if (repositories.length > 2) model.deleteRepository(repository)
      return
    case 'rename_repository':
      return model.renameRepository(repository, `renamed-${model.nextId()}`)
    case 'transfer':
      return model.transfer(repository, elsewhere)
    case 'hide':
      return model.setPrivate(repository, b % 2 === 0)
    case 'archive':
      return model.archive(repository, b % 2 === 0)
    case 'push_to':
      return model.pushTo(repository)
    default:
  }
  if (pull !== undefined) work(model, pull, kind, a, person)
}

function work(
  model: GitHubModel,
  pull: PullRequest,
  kind: Happening['kind'],
  a: number,
  person: User | undefined,
): void {
  switch (kind) {
    case 'merge':
      return model.merge(pull)
    case 'close':
      return model.close(pull)
    case 'comment':
      return model.comment(pull)
    case 'title':
      return model.edit(pull, { title: `Title ${a} of ${model.nextId()}` })
    case 'body':
      return model.edit(pull, { body: 'x'.repeat(a) })
    case 'retarget':
      return model.retarget(pull, `base-${a % 3}`)
    case 'draft':
      return model.setDraft(pull, !pull.isDraft)
    case 'labels':
      return model.setLabels(pull, [`label-${a % 3}`, `label-${a % 5}`])
    case 'ask':
      return person === undefined ? undefined : model.requestReview(pull, person)
    case 'approve':
      return person === undefined ? undefined : model.approve(pull, person)
    case 'refuse':
      return person === undefined ? undefined : model.requestChanges(pull, person)
    case 'push':
      return model.push(pull)
    case 'checks':
      return model.setChecks(pull, (['SUCCESS', 'FAILURE', 'PENDING', 'ERROR', null] as const)[a % 5] ?? null)
    case 'mergeable':
      return model.setMergeable(pull, (['MERGEABLE', 'CONFLICTING', 'UNKNOWN'] as const)[a % 3] ?? 'UNKNOWN')
    case 'delete_pull':
      return model.deletePullRequest(pull)
    default:
  }
}

/** Each way a request can go wrong. */
export const effect: fc.Arbitrary<Effect> = fc.constantFrom<Effect>(
  { kind: 'unauthorized' },
  { kind: 'scope', accepted: ['read:org'] },
  { kind: 'saml', organization: 'acme' },
  { kind: 'suspended' },
  { kind: 'rate', resetAt: 0 },
  { kind: 'secondary', retryAfter: 30 },
  { kind: 'secondary', retryAfter: null },
  { kind: 'abuse', retryAfter: 10 },
  { kind: 'forbidden' },
  { kind: 'not_found' },
  { kind: 'gone' },
  { kind: 'legal' },
  { kind: 'server' },
  { kind: 'server', html: true },
  { kind: 'truncated' },
  { kind: 'malformed' },
  { kind: 'wrong_type' },
  { kind: 'reset' },
)
