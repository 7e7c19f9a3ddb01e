import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { reportError } from '../../client/report'

const none: ReadonlyMap<string, number> = new Map()

/** How many other pull requests touch the files of tasks that somebody works on here: asked for when the board opens. */
export function useOverlapCounts(organizationId: string): ReadonlyMap<string, number> {
  const [counts, setCounts] = useState(none)
  useEffect(() => {
    let current = true
    void call('task.overlapCounts', { organizationId: organizationId as `org_${string}` }).then((result) => {
      if (!current) return
      // The board is whole without them; the pull request of a task says why they could not be asked for.
      if (!result.ok) return reportError(new Error(result.error.message))
      setCounts(new Map(result.value.map(({ taskId, count }) => [taskId, count])))
    })
    return () => {
      current = false
    }
  }, [organizationId])
  return counts
}
