/** What can happen on GitHub and on the way to it, as random steps of a test. */
import * as fc from 'fast-check'
import type { Effect } from '../../support/github/faults'
import type { GitHubModel } from '../../support/github/model'
import type { Organization, PullRequest, Repository, User } from '../../support/github/types'
import type { Clock } from './sync-world'

export interface Place {
  model: GitHubModel
  clock: Clock
  organization: Organization
  elsewhere: Organization
  people: User[]
}

/** What a happening is about, counted around whatever there is. */
interface About extends Place {
  repository: Repository
  repositories: Repository[]
  pulls: PullRequest[]
  person: User
  a: number
  b: number
}

const pick = <One>(all: readonly One[], index: number): One | undefined =>
  all[index % Math.max(1, all.length)]

const forksOf = ({ people }: Place): Repository[] => [...(people[0]?.repositories ?? [])]

function openSome(about: About, count: number): void {
  const { model, clock, repository, b } = about
  if (repository.archived) return
  const fork = forksOf(about).find((one) => one.parent === repository)
  for (let n = 0; n < count; n++) {
    clock.time += 1000
    model.openPullRequest(repository, {
      comments: b % 3,
      isDraft: b % 4 === 0,
      checks: b % 2 === 0 ? null : 'PENDING',
      ...(b % 5 === 0 && fork !== undefined ? { headRepository: fork } : {}),
    })
  }
}

/** Something that is done to an open pull request. */
const toPull =
  (act: (about: About, pull: PullRequest) => void) =>
  (about: About): void => {
    const open = about.pulls.filter(({ state }) => state === 'OPEN')
    const pull = pick(open, about.b)
    if (pull !== undefined) act(about, pull)
  }

const acts = {
  open: (about: About) => openSome(about, 1),
  openAnother: (about: About) => openSome(about, 1),
  openMany: (about: About) => openSome(about, 3 + (about.b % 5)),
  merge: toPull(({ model }, pull) => model.merge(pull)),
  close: toPull(({ model }, pull) => model.close(pull)),
  closeAnother: toPull(({ model }, pull) => model.close(pull)),
  reopen({ model, pulls, b }: About) {
    const closed = pick(
      pulls.filter(({ state }) => state === 'CLOSED'),
      b,
    )
    if (closed !== undefined) model.reopen(closed)
  },
  comment: toPull(({ model }, pull) => model.comment(pull)),
  title: toPull(({ model, a }, pull) => model.edit(pull, { title: `Title ${a} of ${model.nextId()}` })),
  body: toPull(({ model, a }, pull) => model.edit(pull, { body: 'x'.repeat(a) })),
  retarget: toPull(({ model, a }, pull) => model.retarget(pull, `base-${a % 3}`)),
  renameHead: toPull(({ model }, pull) => {
    if (pull.headRepository !== null)
      model.renameBranch(pull.headRepository, pull.headRef, `renamed-${model.nextId()}`)
  }),
  openSecond: toPull(({ model, clock, repository }, pull) => {
    clock.time += 1000
    if (!repository.archived && pull.headRepository !== null)
      model.openPullRequest(repository, {
        headRepository: pull.headRepository,
        headRef: pull.headRef,
        baseRef: `base-${model.nextId()}`,
      })
  }),
  draft: toPull(({ model }, pull) => model.setDraft(pull, !pull.isDraft)),
  labels: toPull(({ model, a }, pull) => model.setLabels(pull, [`label-${a % 3}`, `label-${a % 5}`])),
  ask: toPull(({ model, person }, pull) => model.requestReview(pull, person)),
  approve: toPull(({ model, person }, pull) => model.approve(pull, person)),
  refuse: toPull(({ model, person }, pull) => model.requestChanges(pull, person)),
  push: toPull(({ model }, pull) => model.push(pull)),
  checks: toPull(({ model, a }, pull) =>
    model.setChecks(pull, pick(['SUCCESS', 'FAILURE', 'PENDING', 'ERROR', null] as const, a) ?? null),
  ),
  mergeable: toPull(({ model, a }, pull) =>
    model.setMergeable(pull, pick(['MERGEABLE', 'CONFLICTING', 'UNKNOWN'] as const, a) ?? 'UNKNOWN'),
  ),
  deletePull: toPull(({ model }, pull) => model.deletePullRequest(pull)),
  addRepository({ model, clock, organization, b }: About) {
    const added = model.addRepository(organization, `project-${model.nextId()}`, { private: b % 2 === 0 })
    for (let n = 0; n < b % 4; n++) model.openPullRequest(added, { createdAt: clock.time - n * 100_000_000 })
  },
  deleteRepository({ model, repository, repositories }: About) {
    if (repositories.length > 2) model.deleteRepository(repository)
  },
  renameRepository: ({ model, repository }: About) =>
    model.renameRepository(repository, `renamed-${model.nextId()}`),
  transfer: ({ model, repository, elsewhere }: About) => model.transfer(repository, elsewhere),
  transferBack({ model, organization, elsewhere, a }: About) {
    const moved = pick([...elsewhere.repositories], a)
    if (moved !== undefined) model.transfer(moved, organization)
  },
  hide: ({ model, repository, b }: About) => model.setPrivate(repository, b % 2 === 0),
  archive: ({ model, repository, b }: About) => model.archive(repository, b % 2 === 0),
  deleteFork(about: About) {
    const fork = pick(forksOf(about), about.a)
    if (fork !== undefined) about.model.deleteRepository(fork)
  },
  pushTo: ({ model, repository }: About) => model.pushTo(repository),
  member: ({ model, organization, person, a }: About) =>
    model.addMember(organization, person, a % 2 === 0 ? 'admin' : 'member'),
  removeMember({ model, organization, person, people }: About) {
    if (person !== people[0]) model.removeMember(organization, person)
  },
  renameOwner: ({ model, organization }: About) => model.renameOwner(organization, `acme-${model.nextId()}`),
} as const satisfies Record<string, (about: About) => void>

export interface Happening {
  kind: keyof typeof acts
  a: number
  b: number
}

const at = fc.nat({ max: 1000 })
export const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[])),
  a: at,
  b: at,
})

/** Does it, where there is something to do it to. GitHub's clock moves on by some seconds. */
export function happen(place: Place, { kind, a, b }: Happening): void {
  place.clock.time += 1000 + (a % 7) * 1000
  const repositories = [...place.organization.repositories]
  const repository = pick(repositories, a)
  const person = pick(place.people, b)
  if (repository === undefined || person === undefined) return
  const pulls = [...repository.pulls.values()]
  acts[kind]({ ...place, repository, repositories, pulls, person, a, b })
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
