import { describe, expect, it } from 'vitest'
import type { DeletionPlan, UnsavedWork } from '@shared/lifecycle'
import {
  allWork,
  deleteLabel,
  historyText,
  workText,
} from '../../../src/renderer/features/lifecycle/lifecycle-text'

const work = (commits: number, files = 0, stashes = 0): UnsavedWork => ({
  commits: { total: commits, first: [] },
  files: { total: files, first: [] },
  stashes: { total: stashes, first: [] },
})
const plan = (more: Partial<DeletionPlan> = {}): DeletionPlan => ({
  work: work(0),
  problem: null,
  packBytes: null,
  runningTurns: 0,
  sessions: 1,
  turns: 2,
  queuedPrompts: 0,
  diskBytes: null,
  openPullRequest: null,
  losesWork: false,
  ...more,
})

describe('what deleting says', () => {
  it('names the work that is nowhere else', () => {
    expect(workText(work(0))).toBeNull()
    expect(workText(work(1))).toBe('1 unpushed commit')
    expect(workText(work(3, 1))).toBe('3 unpushed commits and 1 uncommitted file')
    expect(workText(work(3, 2, 1))).toBe('3 unpushed commits, 2 uncommitted files and 1 stash')
  })

  it('says on the button what is lost, and only then', () => {
    expect(deleteLabel([plan()])).toBe('Delete')
    expect(deleteLabel([plan({ losesWork: true, work: work(3) })])).toBe('Delete and lose 3 unpushed commits')
    expect(deleteLabel([plan({ losesWork: true, work: work(3, 1, 2) })])).toBe(
      'Delete and lose 3 commits, 1 file and 2 stashes',
    )
    expect(deleteLabel([plan({ losesWork: true, runningTurns: 1 })])).toBe('Delete and end what runs')
    expect(deleteLabel([plan({ losesWork: true, problem: { kind: 'git', message: 'x' } })])).toBe(
      'Delete whatever is in it',
    )
  })

  it('adds up several tasks', () => {
    const plans = [plan({ losesWork: true, work: work(1) }), plan({ losesWork: true, work: work(2, 1) })]
    expect(allWork(plans)).toEqual(work(3, 1))
    expect(historyText(plans)).toBe('2 sessions with 4 turns')
  })
})
