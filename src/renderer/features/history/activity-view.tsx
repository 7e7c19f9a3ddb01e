import { auditActors, type AuditEvent } from '@shared/audit'
import type { Organization } from '@shared/domain'
import { useCallback, useMemo, useState } from 'react'
import { openTask } from '../../app/workspace'
import { useEntities } from '../../client/topics'
import { SearchSelect, Select } from '../../ui/select'
import { useRepositoryOrder } from '../repositories/use-repositories'
import { ListFrame } from '../task/list-frame'
import { EntryLine } from './entry-line'
import { actorWords, eventDetail, eventText, kindChoices, type KindChoice, kindsOf } from './event-text'
import { TimelineList } from './timeline'
import { type ActivityQuery, useActivity } from './use-activity'

const actorChoices = [
  { value: 'all', label: 'Everybody' },
  ...auditActors.map((actor) => ({ value: actor, label: actorWords[actor] })),
] as const

/** What was done in an organization: by the reader, by Foundry, and by GitHub. */
export function ActivityView({ organization }: { organization: Organization }) {
  const organizationId = organization.id
  const tasks = useEntities('tasks', organizationId, 'task')
  const repositories = useEntities('organization', organizationId, 'repository')
  const ordered = useRepositoryOrder(organizationId)
  const [kind, setKind] = useState<KindChoice>('all')
  const [actor, setActor] = useState<(typeof actorChoices)[number]['value']>('all')
  const [chosen, setChosen] = useState<string>('all')
  const repositoryId = repositories.get(chosen)?.id
  const query = useMemo(
    (): ActivityQuery => ({
      organizationId,
      ...(kind === 'all' ? {} : { kinds: kindsOf(kind) }),
      ...(actor === 'all' ? {} : { actor }),
      ...(repositoryId === undefined ? {} : { repositoryId }),
    }),
    [organizationId, kind, actor, repositoryId],
  )
  const timeline = useActivity(query, tasks)
  const choices = useMemo(
    () => [
      { value: 'all', label: 'All repositories' },
      ...ordered.map((one) => ({ value: one.id, label: one.name })),
    ],
    [ordered],
  )
  const about = useCallback(
    (event: AuditEvent) => {
      const task = event.taskId === null ? undefined : tasks.get(event.taskId)
      const repository = event.repositoryId === null ? undefined : repositories.get(event.repositoryId)
      if (task === undefined && repository === undefined) return undefined
      return (
        <span className="flex min-w-0 items-center gap-8 text-12">
          {task !== undefined && (
            <button
              type="button"
              dir="auto"
              onClick={() => openTask(task.id)}
              className="min-h-24 min-w-0 truncate rounded-4 px-4 text-text-muted hover:text-text hover:underline"
            >
              {task.title}
            </button>
          )}
          {repository !== undefined && <span className="shrink-0 text-text-faint">{repository.name}</span>}
        </span>
      )
    },
    [tasks, repositories],
  )
  return (
    <ListFrame
      title="Activity"
      count={`What was done in ${organization.name}`}
      tools={
        <>
          <div className="max-w-menu min-w-number flex-1">
            <SearchSelect
              label="Repository"
              value={repositoryId ?? 'all'}
              placeholder="All repositories"
              empty="No repository matches."
              choices={choices}
              onChange={setChosen}
            />
          </div>
          <Select label="Kind" look="quiet" value={kind} choices={kindChoices} onChange={setKind} />
          <Select label="Who" look="quiet" value={actor} choices={actorChoices} onChange={setActor} />
        </>
      }
      detail={null}
      detailLabel=""
      onCloseDetail={() => undefined}
    >
      <TimelineList
        timeline={timeline}
        narrowed={kind !== 'all' || actor !== 'all' || repositoryId !== undefined}
        onClear={() => {
          setKind('all')
          setActor('all')
          setChosen('all')
        }}
      >
        {timeline.rows.map((event) => (
          <EntryLine
            key={event.id}
            at={event.at}
            text={eventText(event)}
            tone={event.kind === 'task.error' ? 'danger' : 'plain'}
            below={about(event)}
            detail={() => eventDetail(event)}
          />
        ))}
      </TimelineList>
    </ListFrame>
  )
}
