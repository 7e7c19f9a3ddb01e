import { useMemo } from 'react'
import { retryTopic, useTopicError, useTopicPhase } from '../../client/topics'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { useAccountOf } from '../accounts/use-accounts'
import { linkIn } from '../links/follow-link'
import { useOrganization } from '../organizations/use-organizations'
import { FilterField } from './filter-field'
import { FilterLink } from './filter-link'
import { setFilter, useSidebar } from './sidebar-state'
import { parseFilter } from './task-filter'
import { sidebarRows } from './task-groups'
import { TaskTree } from './task-tree'
import { useTaskGroups } from './use-task-groups'

/** The tasks of an organization, its open pull requests among them. */
export function TaskList({ organizationId }: { organizationId: string }) {
  const organization = useOrganization(organizationId)
  const login = useAccountOf(organization)?.login ?? null
  const groups = useTaskGroups(organizationId)
  const tasksPhase = useTopicPhase('tasks', organizationId)
  const repositoriesPhase = useTopicPhase('organization', organizationId)
  const tasksError = useTopicError('tasks', organizationId)
  const repositoriesError = useTopicError('organization', organizationId)
  const { filter, showArchived, view, folded, unfolded, pinned, order, hidden, showHidden } = useSidebar()
  const rowsOf = useMemo(
    () =>
      sidebarRows({
        view,
        folded,
        unfolded,
        pinned,
        order,
        hidden,
        showHidden,
        showArchived,
        filter,
        login,
      }),
    [view, folded, unfolded, pinned, order, hidden, showHidden, showArchived, filter, login],
  )
  const rows = useMemo(() => rowsOf(groups), [rowsOf, groups])
  const words = useMemo(() => parseFilter(filter, login).words, [filter, login])
  const ready = tasksPhase === 'ready' && repositoriesPhase === 'ready'

  const error = tasksError ?? repositoriesError
  if (!ready && error === null) return <Waiting>Reading tasks</Waiting>
  return (
    <>
      <FilterField />
      <FilterLink />
      {error !== null && (
        <div className="p-8">
          <ErrorNotice
            error={error}
            actions={
              <Button
                size="small"
                onClick={() => {
                  retryTopic('tasks', organizationId)
                  retryTopic('organization', organizationId)
                }}
              >
                Read again
              </Button>
            }
          />
        </div>
      )}
      {rows.length > 0 ? (
        <TaskTree rows={rows} login={login} words={words} />
      ) : linkIn(filter) !== null ? null : filter.trim() !== '' ? (
        <EmptyState
          title="No task matches"
          action={
            <Button size="small" onClick={() => setFilter('')}>
              Clear filter
            </Button>
          }
        >
          Titles, branches and repositories were looked through
          {showArchived ? '.' : '. Archived tasks were not.'}
        </EmptyState>
      ) : organization?.github == null ? (
        <EmptyState title="No repositories yet">
          Open a folder with a git repository, or drop it on this window.
        </EmptyState>
      ) : (
        <EmptyState title="No tasks yet">
          Start one with New task. Each open pull request of the organization is one too.
        </EmptyState>
      )}
    </>
  )
}
