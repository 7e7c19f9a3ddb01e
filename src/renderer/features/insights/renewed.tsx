import type { OrganizationId } from '@shared/ids'
import { useEffect, useRef, useState } from 'react'
import { useVisible } from '../../app/visible'
import { useEntities } from '../../client/topics'
import { count, useInsights } from './insights-state'
import { dayOf } from './range'
import { Renewal } from './renewal'

/** What failed is looked up a part at a time, and the search index may still be made. */
const NEXT_PART_MS = 1000

/** Keeps the figures new while somebody looks at them. Draws nothing, so that no task that changes has the plots drawn. */
export function Renewed({ organizationId }: { organizationId: OrganizationId }) {
  const visible = useVisible()
  // Turns, permissions and pull requests change the task that they are of.
  const tasks = useEntities('tasks', organizationId, 'task')
  const seen = useRef(tasks)
  // Each answer may be another part.
  const partial = useInsights(({ insights }) => (insights?.failures.index === 'partial' ? insights : null))
  const [renewal] = useState(
    () =>
      new Renewal({
        now: () => performance.now(),
        schedule(milliseconds, run) {
          const timer = setTimeout(run, milliseconds)
          return () => clearTimeout(timer)
        },
        count: () => count(organizationId, { quiet: true }),
      }),
  )
  useEffect(() => {
    if (seen.current === tasks) return
    seen.current = tasks
    renewal.changed()
  }, [renewal, tasks])
  useEffect(() => {
    renewal.look(visible)
    const { countedAt } = useInsights.getState()
    // A range ends today.
    if (visible && countedAt !== null && dayOf(new Date(countedAt)) !== dayOf(new Date())) renewal.changed()
    return () => renewal.look(false)
  }, [renewal, visible])
  useEffect(() => {
    if (!visible || partial === null) return
    const timer = setTimeout(() => void count(organizationId, { quiet: true }), NEXT_PART_MS)
    return () => clearTimeout(timer)
  }, [organizationId, visible, partial])
  return null
}
