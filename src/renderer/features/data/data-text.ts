import type { Backup, BackupKind, Contents, Loss, Outcome } from '@shared/backups'
import { bytesText, exactTime } from '../../ui/time'
import { countText, counted } from '../sync/sync-text'

export const kindWords: Record<BackupKind, string> = {
  daily: 'Daily',
  upgrade: 'Before an upgrade',
  manual: 'Made by hand',
  replaced: 'In use before a restore',
  damaged: 'Damaged database',
  salvaged: 'Read from a damaged database',
}

const stateWords: Record<Backup['state'], string> = {
  verified: 'verified',
  unverified: 'not verified yet',
  incomplete: 'incomplete, never used',
}

/** `12 tasks, 40 turns` */
export function contentsText({ tasks, turns }: Contents): string {
  return `${counted(tasks, 'task', 'tasks')}, ${counted(turns, 'turn', 'turns')}`
}

/** What is known of a backup, in one line. */
export function backupText(backup: Backup): string {
  const isCopy = backup.kind !== 'damaged' && backup.kind !== 'salvaged'
  return [
    kindWords[backup.kind],
    ...(isCopy ? [stateWords[backup.state]] : []),
    ...(backup.contents === null ? [] : [contentsText(backup.contents)]),
    ...(backup.appVersion === null || backup.appVersion === '' ? [] : [`version ${backup.appVersion}`]),
  ].join(' · ')
}

/** Rows of a table of the database, as a person calls them. */
const tableWords: Record<string, readonly [string, string]> = {
  tasks: ['task', 'tasks'],
  sessions: ['session', 'sessions'],
  turns: ['turn', 'turns'],
  session_events: ['row of transcripts', 'rows of transcripts'],
  checkpoints: ['checkpoint', 'checkpoints'],
  queued_prompts: ['prompt that waited', 'prompts that waited'],
  prompt_attachments: ['attached file', 'attached files'],
  review_comments: ['review comment', 'review comments'],
  saved_prompts: ['saved prompt', 'saved prompts'],
  permission_requests: ['question of an agent', 'questions of agents'],
  audit_events: ['entry of the activity', 'entries of the activity'],
  repositories: ['repository', 'repositories'],
  pull_requests: ['pull request', 'pull requests'],
  task_packs: ['pack for offline reading', 'packs for offline reading'],
  pack_entries: ['thing in a pack', 'things in packs'],
}

/** `2 tasks, 3 sessions and 40 turns`, with what has no name of its own as other rows; empty where there is nothing. */
export function rowsListText(rows: Readonly<Record<string, number>>): string {
  const parts = Object.entries(tableWords).flatMap(([table, [one, many]]) => {
    const count = rows[table] ?? 0
    return count > 0 ? [counted(count, one, many)] : []
  })
  const others = Object.entries(rows)
    .filter(([table]) => !(table in tableWords))
    .reduce((sum, [, count]) => sum + Math.max(0, count), 0)
  if (others > 0) parts.push(counted(others, 'other row', 'other rows'))
  const last = parts.pop()
  if (last === undefined) return ''
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
}

export interface LossText {
  /** Missing, and saved: can be brought back. */
  readonly saved: string
  /** As they were at the time of the backup, and saved as they were later. */
  readonly changed: string
  /** Could not be read. */
  readonly lost: string
  /** Tables of which more may be missing than is known. */
  readonly unsure: readonly string[]
  /** When what is missing was written. */
  readonly span: string
}

export function lossText(loss: Loss, backedUpAt: number): LossText {
  const of = (what: 'onlySaved' | 'changed' | 'lost'): string =>
    rowsListText(Object.fromEntries(loss.tables.map((table) => [table.table, table[what]])))
  return {
    saved: of('onlySaved'),
    changed: of('changed'),
    lost: of('lost'),
    unsure: loss.tables.filter(({ isExact }) => !isExact).map(({ table }) => tableWords[table]?.[1] ?? table),
    span:
      loss.from !== null && loss.until !== null
        ? `What is missing was written between ${exactTime(loss.from)} and ${exactTime(loss.until)}.`
        : `Anything written after ${exactTime(loss.from ?? backedUpAt)} may be missing.`,
  }
}

export interface OutcomeText {
  readonly title: string
  readonly text: string
  readonly tone: 'info' | 'warning'
}

export function outcomeText(outcome: Outcome): OutcomeText {
  switch (outcome.kind) {
    case 'restored':
      return {
        title: 'A backup is in use.',
        text: `It is of ${exactTime(outcome.createdAt)}.${outcome.undo === null ? '' : ' What was there before is kept, and can be had back.'}`,
        tone: 'info',
      }
    case 'damaged':
      return {
        title: 'The database was damaged.',
        text: `Foundry opened the backup of ${exactTime(outcome.createdAt)}. The damaged files are kept.`,
        tone: 'warning',
      }
    case 'merged': {
      const added = rowsListText(outcome.added)
      const changed = rowsListText(outcome.changed)
      return {
        title: 'What was saved is back.',
        text: [
          added === '' ? 'Nothing was missing any more.' : `Brought back: ${added}.`,
          ...(changed === '' ? [] : [`As they were last: ${changed}.`]),
          ...(outcome.leftOut === 0
            ? []
            : [`${countText(outcome.leftOut)} rows fitted with nothing that is here, and were left out.`]),
        ].join(' '),
        tone: 'info',
      }
    }
    case 'moved':
      return {
        title: 'The data folder has moved.',
        text: `It is ${outcome.to} now. The old folder ${outcome.from} is as it was, and is not used any more.`,
        tone: 'info',
      }
    case 'reset':
      return {
        title: 'Foundry begins anew.',
        text: `What was here is kept in the folder ${outcome.kept} of the data folder, and a backup was made.`,
        tone: 'info',
      }
    case 'reset_undone':
      return {
        title: 'The reset is undone.',
        text: `What was here since is kept in the folder ${outcome.kept} of the data folder.`,
        tone: 'info',
      }
    case 'failed':
      return { title: failedWords[outcome.what], text: 'Everything is as it was.', tone: 'warning' }
  }
}

const failedWords: Record<Extract<Outcome, { kind: 'failed' }>['what'], string> = {
  restore: 'The backup was not restored.',
  merge: 'What was saved was not brought back.',
  move: 'The data folder was not moved.',
  reset: 'Nothing was reset.',
}

/** `3.1 GB in 12,400 files` */
export function amountText(bytes: number, files: number): string {
  return `${bytesText(bytes)} in ${counted(files, 'file', 'files')}`
}
