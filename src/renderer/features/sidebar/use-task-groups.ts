import { useState } from 'react'
import { useEntities } from '../../client/topics'
import { groupTasks, noGroups, type TaskGroups } from './task-groups'

/** The tasks of an organization by repository, kept in step with what changes. */
export function useTaskGroups(organizationId: string): TaskGroups {
  const tasks = useEntities('tasks', organizationId, 'task')
  const repositories = useEntities('organization', organizationId, 'repository')
  const [known, setKnown] = useState(noGroups)
  // Grouping goes on from the groups before; where nothing changed it returns the same ones.
  const groups = groupTasks(known, repositories, tasks)
  if (groups !== known) setKnown(groups)
  return groups
}
