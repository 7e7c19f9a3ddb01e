import type { TaskDetail } from '@shared/domain'
import { useMemo, useState } from 'react'
import { useWorkspace } from '../../app/workspace'
import { useEntities } from '../../client/topics'
import { Select } from '../../ui/select'
import { kindChoices, type KindChoice, kindsOf } from './event-text'
import { TimelineList } from './timeline'
import { type TimelineQuery, useTimeline } from './use-timeline'

/** What was done with one task. */
export function TaskHistory({ task }: { task: TaskDetail }) {
  const sessions = useEntities('task', task.id, 'session')
  const [kind, setKind] = useState<KindChoice>('all')
  const { id: taskId } = task
  const query = useMemo(
    (): TimelineQuery => ({ taskId, ...(kind === 'all' ? {} : { kinds: kindsOf(kind) }) }),
    [taskId, kind],
  )
  const mark = useMemo(() => ({ task, sessions }), [task, sessions])
  const timeline = useTimeline(query, mark)
  const chosen = useWorkspace(({ chosenEvent }) =>
    chosenEvent?.taskId === taskId ? chosenEvent.eventId : null,
  )
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex h-strip shrink-0 items-center border-b border-line px-8">
        <Select label="Kind" look="quiet" value={kind} choices={kindChoices} onChange={setKind} />
      </div>
      <TimelineList
        timeline={timeline}
        chosen={chosen}
        narrowed={kind !== 'all'}
        onClear={() => setKind('all')}
      />
    </div>
  )
}
