import { describe, expect, it } from 'vitest'
import type { PublishDraft, PublishPlan } from '@shared/publish'
import {
  conflictPrompt,
  draftOf,
  latestJob,
  publishReason,
  pushLabel,
} from '../../../src/renderer/features/publish/publish-text'

type Git = NonNullable<PublishPlan['git']>

const list = (total: number) => ({ total, first: [] })

function planWith(git: Partial<Git> | null = {}, more: Partial<PublishPlan> = {}): PublishPlan {
  return {
    branch: 'work',
    base: 'main',
    git:
      git === null
        ? null
        : {
            head: 'a',
            uncommitted: list(0),
            unpushed: list(0),
            own: list(0),
            upstream: null,
            base: null,
            update: null,
            branches: ['main'],
            rebased: false,
            ...git,
          },
    problem: null,
    title: 'Faster',
    body: '',
    templates: [],
    commitMessage: 'Faster',
    issue: null,
    pullRequest: null,
    publisher: { login: 'ada', host: 'github.com' },
    obstacle: null,
    people: [],
    draft: null,
    ...more,
  }
}

describe('why it cannot be published', () => {
  const changed = planWith({ uncommitted: list(1) })
  const reason = (plan: PublishPlan, draft: Partial<PublishDraft> = {}) =>
    publishReason(plan, { ...draftOf(plan), ...draft })
  it.each<[PublishPlan, Partial<PublishDraft>, string | null]>([
    [changed, {}, null],
    [planWith({ own: list(2) }), {}, null],
    [planWith(), {}, 'Nothing has changed yet'],
    [planWith(null), {}, 'The task has no checkout yet'],
    [planWith({ update: { method: 'merge', paths: [] } }), {}, 'A merge or rebase is not finished'],
    [changed, { title: ' ' }, 'It needs a title'],
    [changed, { base: '' }, 'It needs a base branch'],
    [changed, { base: 'work' }, 'A branch cannot be merged into itself'],
    [changed, { commitMessage: '\n' }, 'The commit needs a message'],
    [
      planWith({}, { obstacle: { kind: 'credentials', message: 'Nobody is signed in.' } }),
      {},
      'Nobody is signed in.',
    ],
  ])('%#', (plan, draft, expected) => {
    expect(reason(plan, draft)).toBe(expected)
  })
})

describe('what a push brings', () => {
  it.each<[Partial<Git> | null, string | null]>([
    [null, null],
    [{ upstream: { ahead: 0, behind: 3 } }, null],
    [{ upstream: { ahead: 1, behind: 0 } }, 'Push 1 commit'],
    [{ upstream: { ahead: 2, behind: 0 } }, 'Push 2 commits'],
    [{ own: list(3) }, 'Push 3 commits'],
    [{ upstream: { ahead: 0, behind: 0 }, uncommitted: list(2) }, 'Commit and push 2 files'],
    [{ upstream: { ahead: 1, behind: 0 }, uncommitted: list(2) }, 'Commit and push 2 commits'],
  ])('%j', (git, label) => {
    expect(pushLabel(planWith(git))).toBe(label)
  })
})

it('an agent is told what is under way, where, and how to end it', () => {
  const merge = conflictPrompt({ method: 'merge', paths: ['a.ts', 'b.ts'] }, 'main')
  expect(merge).toContain('A merge of main is under way')
  expect(merge).toContain('- a.ts\n- b.ts')
  expect(merge).toContain('git commit --no-edit')
  expect(conflictPrompt({ method: 'rebase', paths: ['a.ts'] }, 'main')).toContain('git rebase --continue')
})

it('the newest job of some kinds is the one that is shown', () => {
  const job = (id: string, kind: string, createdAt: number) => [id, { id, kind, createdAt }] as const
  const jobs = new Map([
    job('a', 'task.publish', 1),
    job('b', 'task.update', 3),
    job('c', 'task.provision', 9),
  ]) as unknown as Parameters<typeof latestJob>[0]
  expect(latestJob(jobs, ['task.publish', 'task.update'])?.id).toBe('b')
  expect(latestJob(new Map(), ['task.publish'])).toBeUndefined()
})
