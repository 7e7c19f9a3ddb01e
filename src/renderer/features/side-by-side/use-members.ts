import type { TaskId } from '@shared/ids'
import { useMemo, useState } from 'react'
import { useWorkspace } from '../../app/workspace'
import { useEntities, useEntity, useTopic, useTopicStates } from '../../client/topics'
import { activeSession, inOrder } from '../sessions/active-session'
import { type Member, memberNames } from './members'

const nobody: readonly TaskId[] = []

/** Those of the group of a task that are still here, by when they were made. */
export function useGroup(taskId: string, organizationId: string): readonly TaskId[] {
  const told = useEntity('task', taskId, 'task', taskId)?.group ?? nobody
  const [known, setKnown] = useState(told)
  // The others stay on screen when the one that told of them is deleted.
  if (told.length > 0 && told !== known) setKnown(told)
  const here = useTopic('tasks', organizationId, ({ complete, entities }) =>
    known.filter((id) => !complete || entities.task.has(id)).join(' '),
  )
  return useMemo(() => here.split(' ').filter((id) => id !== '') as TaskId[], [here])
}

/** What is known of them; those that are still being read are missing. */
export function useMembers(group: readonly TaskId[], organizationId: string): readonly Member[] {
  const states = useTopicStates('task', group)
  const chosen = useWorkspace((state) => state.chosenSessions)
  const repositories = useEntities('organization', organizationId, 'repository')
  return useMemo(() => {
    const known = group.flatMap((id, nth) => {
      const entities = states[nth]?.entities
      const task = entities?.task.get(id)
      if (entities === undefined || task === undefined) return []
      const session = activeSession(inOrder(entities.session), chosen[id], task.activeSessionId)
      return [{ task, session }]
    })
    const names = memberNames(
      known.map(({ task }) => ({
        title: task.title,
        repository: repositories.get(task.repositoryId)?.name ?? '',
      })),
    )
    return known.map((one, nth): Member => ({ name: '', place: '', ...names[nth], ...one }))
  }, [group, states, chosen, repositories])
}
