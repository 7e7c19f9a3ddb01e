import { type AuditActor, auditKinds } from '@shared/audit'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventText, kindChoices, kindsOf } from '../../../src/renderer/features/history/event-text'

const text = (kind: string, payload: Record<string, unknown> = {}, actor: AuditActor = 'reader') =>
  eventText({ actor, kind, payload }).replaceAll(/[\u2068\u2069]/g, '')

describe('what was done, in words', () => {
  it.each([
    ['task.created', { branch: 'fix-parser' }, 'You created it on branch fix-parser'],
    ['task.title.changed', { title: 'Fix it' }, 'You renamed it to “Fix it”'],
    ['task.push', { commits: 1, branch: 'fix' }, 'You pushed 1 commit to fix'],
    ['task.push', { commits: 3, branch: 'fix' }, 'You pushed 3 commits to fix'],
    ['task.committed', { commit: '0123456789abcdef' }, 'You committed 01234567'],
    ['task.committed', { files: 2 }, 'You committed 2 files'],
    [
      'task.pr.published',
      { number: 7, base: 'main', draft: true },
      'You opened draft pull request #7 into main',
    ],
    [
      'task.permission.answered',
      { request: 'Run ls', answer: 'Allow' },
      'You answered “Run ls” with “Allow”',
    ],
    ['task.permission.answered', { permissionId: 'x' }, 'You answered a permission request'],
    ['task.owner.changed', { ownerLogin: null }, 'You took its owner away'],
    ['task.deleted', { title: 'Old' }, 'You deleted the task “Old”'],
  ])('%s', (kind, payload, sentence) => expect(text(kind, payload)).toBe(sentence))

  it('says why GitHub archived it', () => {
    expect(text('task.archived', { pullRequest: 12, reason: 'merged' }, 'github')).toBe(
      'GitHub archived it: pull request #12 was merged',
    )
    expect(text('task.archived', { archiveReason: 'person' })).toBe('You archived it')
  })

  it('every kind is a sentence, whatever was recorded with it', () => {
    const facts = fc.dictionary(
      fc.constantFrom('title', 'branch', 'commits', 'number', 'message', 'login', 'ownerLogin', 'reason'),
      fc.oneof(fc.string({ maxLength: 400 }), fc.integer(), fc.constant(null), fc.boolean()),
    )
    fc.assert(
      fc.property(fc.constantFrom(...auditKinds), facts, (kind, payload) => {
        const sentence = eventText({ actor: 'reader', kind, payload })
        expect(sentence).toMatch(/^You \S/)
        expect(sentence).not.toMatch(/undefined|null {2}/)
        expect(sentence.length).toBeLessThan(500)
      }),
    )
  })

  it('names a kind it does not know', () => expect(text('task.sung')).toBe('You did task.sung'))
})

it('each kind belongs to one group', () => {
  const grouped = kindChoices.flatMap(({ value }) => (value === 'all' ? [] : kindsOf(value)))
  expect(grouped.toSorted()).toEqual(auditKinds.toSorted())
})
