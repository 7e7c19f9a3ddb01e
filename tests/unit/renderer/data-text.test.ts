import { describe, expect, it } from 'vitest'
import type { Backup, Loss } from '@shared/backups'
import {
  backupText,
  lossText,
  outcomeText,
  rowsListText,
} from '../../../src/renderer/features/data/data-text'
import { exactTime } from '../../../src/renderer/ui/time'

const AT = 1_795_000_000_000

describe('rows', () => {
  it('are told by the names a person knows, the weightiest first', () => {
    expect(rowsListText({ http_cache: 2, jobs: 1, turns: 40, tasks: 1, sessions: 0 })).toBe(
      '1 task, 40 turns and 3 other rows',
    )
    expect(rowsListText({ tasks: 3 })).toBe('3 tasks')
    expect(rowsListText({ tasks: 0 })).toBe('')
  })
})

describe('a backup', () => {
  const backup: Backup = {
    file: 'x',
    kind: 'daily',
    createdAt: AT,
    bytes: 1,
    state: 'verified',
    appVersion: '1.2.3',
    contents: { tasks: 1, sessions: 1, turns: 2, events: 9, newestAt: AT, schema: 3, rows: {} },
  }
  it('says what it is, what it holds and what made it', () => {
    expect(backupText(backup)).toBe('Daily · verified · 1 task, 2 turns · version 1.2.3')
    expect(backupText({ ...backup, state: 'unverified', appVersion: null, contents: null })).toBe(
      'Daily · not verified yet',
    )
    expect(backupText({ ...backup, kind: 'damaged', appVersion: null, contents: null })).toBe(
      'Damaged database',
    )
  })
})

describe('a loss', () => {
  const table = { inBackup: 5, saved: 8, changed: 0, isExact: true }
  const loss: Loss = {
    tables: [
      { ...table, table: 'tasks', onlySaved: 2, lost: 0 },
      { ...table, table: 'session_events', onlySaved: 90, lost: 7, changed: 1, isExact: false },
    ],
    missingTasks: { total: 2, first: ['A', 'B'] },
    from: AT,
    until: AT + 60_000,
  }
  it('is told by what was saved, what was changed, what is lost, and what is not known', () => {
    expect(lossText(loss, AT)).toEqual({
      saved: '2 tasks and 90 rows of transcripts',
      changed: '1 row of transcripts',
      lost: '7 rows of transcripts',
      unsure: ['rows of transcripts'],
      span: `What is missing was written between ${exactTime(AT)} and ${exactTime(AT + 60_000)}.`,
    })
    expect(lossText({ ...loss, from: null, until: null }, AT).span).toContain(exactTime(AT))
  })
})

describe('an outcome', () => {
  it('names what came back, and what did not fit', () => {
    expect(
      outcomeText({ kind: 'merged', at: AT, added: { tasks: 1 }, changed: {}, leftOut: 3, undo: 'x' }).text,
    ).toBe('Brought back: 1 task. 3 rows fitted with nothing that is here, and were left out.')
  })
})
