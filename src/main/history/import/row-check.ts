import type { ArchiveTable } from '@shared/export-format'
import {
  checkStates,
  mergeableStates,
  organizationStates,
  pullRequestStates,
  reviewDecisions,
} from '@shared/github'
import { packKinds, packReasons } from '@shared/packs'
import { archiveReasons } from '@shared/tasks'
import type { Row } from '../export/archive-rows'
import { jsonIn } from '../search/documents'

/** Columns of a table by name. */
export type ColumnKinds = ReadonlyMap<string, { type: string; optional: boolean }>

/** Columns that hold JSON: what is none would fail whoever reads the row. */
export const jsonColumns: Partial<Record<ArchiveTable, readonly string[]>> = {
  organizations: ['problem'],
  repositories: ['scripts', 'permission_policy'],
  repository_overviews: ['json'],
  pull_requests: ['requested_reviewers', 'labels'],
  pull_request_reviews: ['json'],
  pull_request_changes: ['payload'],
  sessions: ['options', 'forked_from', 'error'],
  turns: ['usage'],
  permission_requests: ['tool_call', 'options', 'policy'],
  checkpoints: ['unsure'],
  user_task_state: ['publish_draft'],
  audit_events: ['payload'],
}

/** Columns that hold one of a few words. */
export const wordColumns: Partial<Record<ArchiveTable, Readonly<Record<string, readonly string[]>>>> = {
  organizations: { kind: ['local', 'personal', 'organization'], state: organizationStates },
  members: { role: ['admin', 'member'] },
  pull_requests: {
    state: pullRequestStates,
    review_decision: reviewDecisions,
    checks: checkStates,
    mergeable: mergeableStates,
  },
  tasks: { starts_from: ['base', 'branch'], archive_reason: archiveReasons },
  permission_requests: { state: ['pending', 'answered', 'cancelled', 'expired'] },
  checkpoints: { diff_encoding: ['deflate'] },
  review_comments: { from_side: ['old', 'new'], to_side: ['old', 'new'] },
  pack_entries: { kind: packKinds, reason: packReasons },
}

/** Whether a row is one that this app could have written: an archive is a file that anybody can have made. */
export function isRowOf(table: string, row: Row, columns: ColumnKinds, required: readonly string[]): boolean {
  if (required.some((name) => (row[name] ?? null) === null)) return false
  const json = jsonColumns[table as ArchiveTable] ?? []
  const words = wordColumns[table as ArchiveTable] ?? {}
  return Object.entries(row).every(([name, value]) => {
    const column = columns.get(name)
    // What this version does not know stays in the archive.
    if (column === undefined) return true
    if (value === null) return column.optional || !required.includes(name)
    if (!isOfType(column.type, value)) return false
    if (json.includes(name)) return typeof value === 'string' && (value === 'null' || jsonIn(value) !== null)
    const allowed = words[name]
    return allowed === undefined || allowed.includes(String(value))
  })
}

function isOfType(type: string, value: Exclude<Row[string], null>): boolean {
  switch (type.toLowerCase()) {
    case 'integer':
      return Number.isSafeInteger(value)
    case 'real':
      return typeof value === 'number'
    case 'blob':
      return Buffer.isBuffer(value)
    default:
      return typeof value === 'string'
  }
}
