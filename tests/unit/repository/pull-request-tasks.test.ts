import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  headRepositoryOf,
  stepsFor,
  type Around,
  type Key,
  type ProjectedPull,
  type ProjectedTask,
} from '../../../src/main/repository/pull-request-tasks'

const REPOSITORY = { id: 'repo_1', githubId: '100' }

/** Pull requests and tasks of one repository, as two tables that are written one row after the other. */
class World {
  readonly pulls = new Map<number, ProjectedPull>()
  readonly tasks = new Map<string, ProjectedTask>()
  archives = true
  time = 1000
  /** GitHub's id of the fork there is now; another one after it was deleted. */
  fork = 200
  #ids = 0

  at({ headRepository, branch }: Key): ProjectedTask | null {
    return (
      [...this.tasks.values()].find(
        (task) => task.headRepository === headRepository && task.branch === branch,
      ) ?? null
    )
  }

  ofPull(number: number): ProjectedTask | null {
    return [...this.tasks.values()].find((task) => task.pullRequestNumber === number) ?? null
  }

  keyOf({ headRepositoryId, headRef }: ProjectedPull): Key | null {
    const headRepository = headRepositoryOf(headRepositoryId, REPOSITORY)
    return headRepository === null ? null : { headRepository, branch: headRef }
  }

  openFrom(key: Key, besides: number): ProjectedPull | null {
    const from = [...this.pulls.values()].filter((pull) => {
      const at = this.keyOf(pull)
      const same = at?.headRepository === key.headRepository && at.branch === key.branch
      return same && pull.state === 'open' && pull.number !== besides
    })
    return from.toSorted((one, other) => other.number - one.number)[0] ?? null
  }

  #around(pull: ProjectedPull): Around {
    return {
      linked: this.ofPull(pull.number),
      onBranch: (key) => this.at(key),
      otherOpen: (key) => this.openFrom(key, pull.number),
      isOpen: (number) => this.pulls.get(number)?.state === 'open',
      repository: REPOSITORY,
      archives: this.archives,
      now: this.time,
    }
  }

  write(after: ProjectedPull): void {
    this.time += 10
    const before = this.pulls.get(after.number) ?? null
    this.pulls.set(after.number, after)
    for (const step of stepsFor(before, after, this.#around(after))) {
      if (step.type === 'insert') this.add(step.task)
      else if (step.type === 'remove') this.tasks.delete(step.task.id)
      else this.tasks.set(step.task.id, { ...step.task, ...step.set })
    }
    // What the unique index of the table refuses.
    const keys = [...this.tasks.values()].map(({ headRepository, branch }) => `${headRepository} ${branch}`)
    if (new Set(keys).size < keys.length) throw new Error(`Two tasks on one branch: ${keys.join(', ')}`)
  }

  change(number: number, set: Partial<ProjectedPull>): void {
    const pull = this.pulls.get(number)
    if (pull !== undefined) this.write({ ...pull, ...set, updatedAt: this.time })
  }

  add(task: Omit<ProjectedTask, 'id'>): ProjectedTask {
    const id = `task_${++this.#ids}`
    const added = { id, ...task }
    this.tasks.set(id, added)
    return added
  }

  set(task: ProjectedTask | null, set: Partial<ProjectedTask>): void {
    if (task !== null) this.tasks.set(task.id, { ...task, ...set })
  }
}

const pull = (number: number, more: Partial<ProjectedPull> = {}): ProjectedPull => ({
  number,
  title: `Pull ${number}`,
  state: 'open',
  headRef: `branch-${number}`,
  headRepositoryId: REPOSITORY.githubId,
  createdAt: 1000 + number,
  updatedAt: 1000 + number,
  ...more,
})
const work = (branch: string, more: Partial<ProjectedTask> = {}): Omit<ProjectedTask, 'id'> => ({
  headRepository: REPOSITORY.id,
  branch,
  pullRequestNumber: null,
  title: `Work on ${branch}`,
  materializedAt: 1,
  archivedAt: null,
  archiveReason: null,
  createdAt: 1,
  updatedAt: 1,
  ...more,
})

describe('the task of a pull request', () => {
  it('is a row and follows its title while nobody works on it', () => {
    const world = new World()
    world.write(pull(1))
    expect(world.ofPull(1)).toMatchObject({ branch: 'branch-1', title: 'Pull 1', materializedAt: null })
    world.change(1, { title: 'Better' })
    expect(world.ofPull(1)).toMatchObject({ title: 'Better' })
    world.set(world.ofPull(1), { materializedAt: 5 })
    world.change(1, { title: 'Still followed' })
    expect(world.ofPull(1)).toMatchObject({ title: 'Still followed' })
    world.set(world.ofPull(1), { title: 'Mine' })
    world.change(1, { title: 'Not mine' })
    expect(world.ofPull(1)).toMatchObject({ title: 'Mine' })
  })

  it('is the one on its branch where there is one, and a fork with a branch of that name is another', () => {
    const world = new World()
    const mine = world.add(work('branch-1'))
    world.write(pull(1))
    world.write(pull(2, { headRef: 'branch-1', headRepositoryId: '200' }))
    expect(world.ofPull(1)).toMatchObject({ id: mine.id, title: 'Work on branch-1' })
    expect(world.ofPull(2)).toMatchObject({ headRepository: 'github:200' })
    expect(world.tasks.size).toBe(2)
  })

  it('is archived with the reason, and comes back unless a person archived it', () => {
    const world = new World()
    world.write(pull(1))
    world.change(1, { state: 'closed' })
    expect(world.ofPull(1)).toMatchObject({ archiveReason: 'closed', archivedAt: world.time })
    world.change(1, { state: 'open' })
    expect(world.ofPull(1)).toMatchObject({ archiveReason: null, archivedAt: null })
    world.set(world.ofPull(1), { archivedAt: 3, archiveReason: 'person' })
    world.change(1, { state: 'merged' })
    world.change(1, { state: 'open' })
    expect(world.ofPull(1)).toMatchObject({ archiveReason: 'person', archivedAt: 3 })
  })

  it('stays as a person wants it while nothing but words change, and where they want none of it', () => {
    const world = new World()
    world.write(pull(1))
    world.change(1, { state: 'merged' })
    world.set(world.ofPull(1), { archivedAt: null, archiveReason: null })
    world.change(1, { title: 'Edited afterwards' })
    expect(world.ofPull(1)).toMatchObject({ archivedAt: null, title: 'Edited afterwards' })
    world.archives = false
    world.write(pull(2))
    world.change(2, { state: 'merged' })
    expect(world.ofPull(2)).toMatchObject({ archivedAt: null })
  })

  it('goes with its branch when that is renamed, with what was done in it', () => {
    const world = new World()
    world.write(pull(1))
    world.set(world.ofPull(1), { materializedAt: 7 })
    const { id } = world.ofPull(1) ?? { id: '' }
    world.change(1, { headRef: 'renamed' })
    expect(world.ofPull(1)).toMatchObject({ id, branch: 'renamed', materializedAt: 7 })
  })

  it.each(['first', 'second'])(
    'goes with its branch when the %s of two pull requests tells of it',
    (order) => {
      const world = new World()
      world.write(pull(1, { headRef: 'shared' }))
      world.write(pull(2, { headRef: 'shared' }))
      world.set(world.ofPull(2), { materializedAt: 7 })
      const { id } = world.ofPull(2) ?? { id: '' }
      for (const number of order === 'first' ? [1, 2] : [2, 1]) world.change(number, { headRef: 'renamed' })
      expect([...world.tasks.values()]).toMatchObject([{ id, branch: 'renamed', pullRequestNumber: 2 }])
    },
  )

  it('makes way for work on the new name of a branch, and never the other way round', () => {
    const world = new World()
    world.write(pull(1))
    world.write(pull(2))
    world.set(world.ofPull(1), { materializedAt: 7 })
    const { id } = world.ofPull(1) ?? { id: '' }
    world.change(1, { headRef: 'branch-2' })
    expect([...world.tasks.values()]).toMatchObject([{ id, branch: 'branch-2', pullRequestNumber: 2 }])

    const other = world.add(work('elsewhere'))
    world.write(pull(3))
    world.change(3, { headRef: 'elsewhere' })
    expect(world.ofPull(3)).toMatchObject({ id: other.id })
    expect(world.at({ headRepository: REPOSITORY.id, branch: 'branch-3' })).toBeNull()
  })

  it('keeps both tasks where somebody worked on both', () => {
    const world = new World()
    world.write(pull(1))
    world.set(world.ofPull(1), { materializedAt: 7 })
    const other = world.add(work('taken'))
    world.change(1, { headRef: 'taken' })
    expect(world.ofPull(1)).toMatchObject({ id: other.id })
    expect(world.at({ headRepository: REPOSITORY.id, branch: 'branch-1' })).toMatchObject({
      materializedAt: 7,
      pullRequestNumber: null,
    })
  })

  it('has the newest open one of several from its branch', () => {
    const world = new World()
    world.write(pull(1, { headRef: 'shared' }))
    world.write(pull(2, { headRef: 'shared' }))
    expect([...world.tasks.values()]).toMatchObject([{ pullRequestNumber: 2 }])
    world.change(1, { title: 'The older one' })
    expect([...world.tasks.values()]).toMatchObject([{ pullRequestNumber: 2 }])
    world.change(2, { state: 'merged' })
    expect([...world.tasks.values()]).toMatchObject([
      { pullRequestNumber: 1, archivedAt: null, title: 'The older one' },
    ])
  })

  it('comes back for another pull request that takes the name of its branch', () => {
    const world = new World()
    world.write(pull(1))
    world.change(1, { state: 'closed' })
    world.write(pull(2))
    world.change(2, { headRef: 'branch-1' })
    expect([...world.tasks.values()]).toMatchObject([
      { branch: 'branch-1', pullRequestNumber: 2, archivedAt: null },
    ])
  })

  it('stays where it was once its fork was deleted', () => {
    const world = new World()
    world.write(pull(1, { headRepositoryId: '200' }))
    world.change(1, { headRepositoryId: null })
    expect(world.ofPull(1)).toMatchObject({ headRepository: 'github:200' })
    world.write(pull(2, { headRepositoryId: null }))
    expect(world.ofPull(2)).toMatchObject({ headRepository: 'deleted:2' })
  })

  it('is work whose pull request came and went between two looks, but not work of a later branch of that name', () => {
    const world = new World()
    const mine = world.add(work('mine', { createdAt: 500 }))
    world.write(pull(1, { headRef: 'mine', state: 'merged' }))
    expect(world.ofPull(1)).toMatchObject({ id: mine.id, archiveReason: 'merged' })
    const later = world.add(work('later', { createdAt: 5000 }))
    world.write(pull(2, { headRef: 'later', state: 'closed' }))
    expect(world.tasks.get(later.id)).toMatchObject({ pullRequestNumber: null, archivedAt: null })
    world.write(pull(3, { headRef: 'nobody', state: 'closed' }))
    expect(world.ofPull(3)).toBeNull()
  })
})

type Act =
  | { act: 'open'; branch: number; fork: boolean }
  | {
      act: 'close' | 'merge' | 'reopen' | 'title' | 'deleteFork' | 'work' | 'archive' | 'unarchive'
      of: number
    }
  | { act: 'rename'; of: number; branch: number }
  | { act: 'create'; branch: number }

const branch = fc.nat({ max: 4 })
const of = fc.nat({ max: 20 })
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant('open' as const), branch, fork: fc.boolean() }),
  fc.record({
    act: fc.constantFrom('close', 'merge', 'reopen', 'title', 'deleteFork', 'work', 'archive', 'unarchive'),
    of,
  }),
  fc.record({ act: fc.constant('rename' as const), of, branch }),
  fc.record({ act: fc.constant('create' as const), branch }),
)

function perform(world: World, step: Act): void {
  const numbers = [...world.pulls.keys()]
  const tasks = [...world.tasks.values()]
  const nameOf = (n: number): string => `b${n}`
  const number = 'of' in step ? (numbers[step.of % Math.max(1, numbers.length)] ?? 0) : 0
  const task = 'of' in step ? (tasks[step.of % Math.max(1, tasks.length)] ?? null) : null
  const state = world.pulls.get(number)?.state
  switch (step.act) {
    case 'open':
      return world.write(
        pull(numbers.length + 1, {
          headRef: nameOf(step.branch),
          headRepositoryId: step.fork ? String(world.fork) : REPOSITORY.githubId,
          createdAt: world.time,
          updatedAt: world.time,
        }),
      )
    case 'close':
      return state === 'open' ? world.change(number, { state: 'closed' }) : undefined
    case 'merge':
      return state === 'open' ? world.change(number, { state: 'merged' }) : undefined
    case 'reopen':
      return state === 'closed' ? world.change(number, { state: 'open' }) : undefined
    case 'title':
      return world.change(number, { title: `Title ${world.time}` })
    case 'deleteFork':
      for (const one of world.pulls.values())
        if (one.headRepositoryId === String(world.fork)) world.change(one.number, { headRepositoryId: null })
      world.fork += 1
      return
    case 'rename': {
      // A branch is renamed for all of its pull requests, which a sync sees one after the other.
      const { headRef, headRepositoryId } = world.pulls.get(number) ?? pull(0)
      const taken = [...world.pulls.values()].some(
        (one) => one.headRef === nameOf(step.branch) && one.headRepositoryId === headRepositoryId,
      )
      if (taken || headRepositoryId === null) return
      for (const one of world.pulls.values())
        if (one.headRef === headRef && one.headRepositoryId === headRepositoryId)
          world.change(one.number, { headRef: nameOf(step.branch) })
      return
    }
    case 'create': {
      const key = { headRepository: REPOSITORY.id, branch: nameOf(step.branch) }
      if (world.at(key) === null) world.add(work(key.branch, { createdAt: world.time }))
      return
    }
    case 'work':
      return world.set(task, { materializedAt: world.time })
    case 'archive':
      return world.set(task, { archivedAt: world.time, archiveReason: 'person' })
    case 'unarchive':
      return world.set(task, { archivedAt: null, archiveReason: null })
  }
}

function problemsOf(world: World): string[] {
  const problems: string[] = []
  for (const one of world.pulls.values()) {
    const key = world.keyOf(one)
    const task = world.ofPull(one.number) ?? (key === null ? null : world.at(key))
    if (one.state !== 'open') continue
    if (task === null) problems.push(`#${one.number} is open and has no task`)
    // While anybody can tell where the branch is, it is where the task is.
    else if (key !== null && (task.branch !== key.branch || task.headRepository !== key.headRepository))
      problems.push(`#${one.number} has its task on another branch`)
  }
  for (const task of world.tasks.values()) {
    const own = task.pullRequestNumber === null ? null : world.pulls.get(task.pullRequestNumber)
    if (task.materializedAt === null && own == null) problems.push(`${task.id} is nobody's`)
    if ((task.archivedAt === null) !== (task.archiveReason === null))
      problems.push(`${task.id} is archived for ${String(task.archiveReason)}`)
    if (own?.state === 'open' && task.archiveReason !== null && task.archiveReason !== 'person')
      problems.push(`${task.id} is archived while #${own.number} is open`)
  }
  return problems
}

describe('whatever happens on GitHub and here', () => {
  it('each open pull request has one task on its branch, and no work is lost', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const world = new World()
        const worked = new Set<string>()
        for (const step of acts) {
          perform(world, step)
          expect(problemsOf(world)).toEqual([])
          for (const task of world.tasks.values()) if (task.materializedAt !== null) worked.add(task.id)
          expect([...worked].filter((id) => !world.tasks.has(id))).toEqual([])
        }
      }),
      { numRuns: 2000 },
    )
  })
})
