/** Checks that the feed of changes tells what the rows say, each difference once. */
import type { TestDatabase } from '../../support/database'
import { ORGANIZATION_ID } from './sync-world'

interface State {
  state: string
  title: string
  isDraft: boolean
  baseRef: string
  comments: number
}

export interface Baseline {
  after: number
  rows: Map<string, State>
}

export function statesOf({ database }: TestDatabase): Map<string, State> {
  const rows = database.commands.$client
    .prepare<[], State & { repositoryId: string; number: number }>(
      `SELECT repository_id AS repositoryId, number, state, title, is_draft AS isDraft, base_ref AS baseRef, comments
       FROM pull_requests`,
    )
    .all()
  return new Map(
    rows.map(({ repositoryId, number, ...row }) => [
      `${repositoryId}#${number}`,
      { ...row, isDraft: Boolean(row.isDraft) },
    ]),
  )
}

export function baselineOf(opened: TestDatabase): Baseline {
  const after = opened.database.commands.$client
    .prepare<[], number>('SELECT coalesce(max(id), 0) FROM pull_request_changes')
    .pluck()
    .get()
  return { after: after ?? 0, rows: statesOf(opened) }
}

interface Change {
  repositoryId: string
  number: number
  kind: string
  payload: { from?: unknown; to?: unknown }
}

/** Folds what the feed told since over what was known then; the result has to be what is stored now. */
export function problemsOfFeed(opened: TestDatabase, baseline: Baseline): string[] {
  const changes = opened.database.commands.$client
    .prepare<[string, number], Omit<Change, 'payload'> & { payload: string }>(
      `SELECT repository_id AS repositoryId, number, kind, payload FROM pull_request_changes
       WHERE organization_id = ? AND id > ? ORDER BY id`,
    )
    .all(ORGANIZATION_ID, baseline.after)
    .map((change) => ({ ...change, payload: JSON.parse(change.payload) as Change['payload'] }))
  const problems: string[] = []
  const folded = new Map([...baseline.rows].map(([key, row]) => [key, { ...row }]))
  for (const change of changes) {
    const key = `${change.repositoryId}#${change.number}`
    const known = folded.get(key)
    const after = known ?? {}
    const problem = apply(after, change)
    if (problem !== null) problems.push(`${key}: ${problem}`)
    folded.set(key, after as State)
  }
  for (const [key, row] of statesOf(opened)) {
    const told = folded.get(key)
    for (const [name, value] of Object.entries(told ?? {}))
      if (row[name as keyof State] !== value)
        problems.push(
          `${key}: ${name} is ${String(row[name as keyof State])}, the feed says ${String(value)}`,
        )
  }
  return problems
}

function apply(row: Partial<State>, { kind, payload }: Change): string | null {
  const from = (name: keyof State): string | null => {
    const before = row[name]
    Object.assign(row, { [name]: payload.to })
    return before === undefined || before === payload.from
      ? null
      : `${kind} from ${String(payload.from)}, but it was ${String(before)}`
  }
  const become = (name: keyof State, value: unknown, allowed: readonly unknown[]): string | null => {
    const before = row[name]
    Object.assign(row, { [name]: value })
    return before === undefined || allowed.includes(before) ? null : `${kind}, but it was ${String(before)}`
  }
  switch (kind) {
    case 'opened':
      return become('state', 'open', [])
    case 'reopened':
      return become('state', 'open', ['closed', 'merged'])
    case 'merged':
      return become('state', 'merged', ['open', 'closed'])
    case 'closed':
      return become('state', 'closed', ['open'])
    case 'drafted':
      return become('isDraft', true, [false])
    case 'ready_for_review':
      return become('isDraft', false, [true])
    case 'title_changed':
      return from('title')
    case 'retargeted':
      return from('baseRef')
    case 'commented':
      return from('comments')
    default:
      return null
  }
}
