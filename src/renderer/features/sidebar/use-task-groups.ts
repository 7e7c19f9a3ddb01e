import { useEntities } from '../../client/topics'
import { groupTasks, noGroups, type TaskGroups } from './task-groups'

/** Of the organization on screen; the others begin anew. */
let known = noGroups

/** The tasks of an organization by repository, kept in step with what changes: grouped once for all who show them. */
export function useTaskGroups(organizationId: string): TaskGroups {
  const tasks = useEntities('tasks', organizationId, 'task')
  const repositories = useEntities('organization', organizationId, 'repository')
  return follow(repositories, tasks)
}

/** Grouping goes on from the groups before; where nothing changed it returns the same ones. */
function follow(repositories: TaskGroups['repositories'], tasks: TaskGroups['tasks']): TaskGroups {
  known = groupTasks(known, repositories, tasks)
  return known
}
