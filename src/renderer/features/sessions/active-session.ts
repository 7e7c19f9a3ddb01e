import type { SessionSummary } from '@shared/domain'

/** The sessions of a task as they stand in its strip. */
export function inOrder(sessions: ReadonlyMap<string, SessionSummary>): SessionSummary[] {
  return [...sessions.values()].toSorted((a, b) => a.position - b.position || a.createdAt - b.createdAt)
}

/** The session that is shown of them: the one chosen here, else as it is stored, else the last open one. */
export function activeSession(
  ordered: readonly SessionSummary[],
  chosen: string | undefined,
  stored: string | null,
): SessionSummary | undefined {
  return (
    ordered.find((session) => session.id === chosen) ??
    ordered.find((session) => session.id === stored) ??
    ordered.findLast((session) => session.status !== 'closed')
  )
}
