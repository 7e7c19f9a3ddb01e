import type { AuditActor, AuditEvent, AuditKind } from '@shared/audit'
import type { Result } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { call } from '../../client/call'
import { type Page, PagedList, type PagedState } from '../pull-requests/paged-list'

export type TimelineQuery = { kinds?: AuditKind[] | undefined } & (
  | { taskId: TaskId }
  | {
      organizationId: OrganizationId
      actor?: AuditActor | undefined
      repositoryId?: RepositoryId | undefined
    }
)

/** While things happen, they are read again at most this often. */
const refreshMs = 1000

export interface Timeline extends PagedState<AuditEvent, TimelineQuery> {
  more(): void
  restart(): void
}

/**
 * What was done, newest first.
 *
 * @param query a new object asks anew
 * @param mark changes when something may have been done since
 */
export function useTimeline(query: TimelineQuery, mark: unknown): Timeline {
  const [list] = useState(() => new PagedList<AuditEvent, TimelineQuery>(read, ({ id }) => String(id)))
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => void list.ask(query), [list, query])
  const seen = useRef(mark)
  useEffect(() => {
    if (seen.current === mark) return
    seen.current = mark
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined
      void list.refresh()
    }, refreshMs)
  }, [list, mark])
  useEffect(
    () => () => {
      clearTimeout(waiting.current)
      waiting.current = undefined
    },
    [],
  )
  return { ...useStore(list.store), more: () => void list.more(), restart: () => void list.restart() }
}

/** Main looks at so many at a time; where none of them match, the next ones are looked at. */
async function read(query: TimelineQuery, cursor: string | null): Promise<Result<Page<AuditEvent>>> {
  let from = cursor === null ? null : Number(cursor)
  for (;;) {
    const result =
      'taskId' in query
        ? await call('audit.ofTask', { ...query, cursor: from })
        : await call('audit.ofOrganization', { ...query, cursor: from })
    if (!result.ok) return result
    const { events, cursor: next } = result.value
    if (events.length > 0 || next === null)
      return { ok: true, value: { rows: events, cursor: next === null ? null : String(next) } }
    from = next
  }
}
