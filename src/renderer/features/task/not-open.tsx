import type { ReactNode } from 'react'
import { openStart } from '../../app/workspace'
import { retryTopic, useTopicError, useTopicPhase } from '../../client/topics'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'

/** What stands where a task would: it is on its way, it cannot be read, or there is none any more. */
export function NotOpen({
  taskId,
  heading,
  waiting,
  gone,
  children,
}: {
  taskId: string
  heading?: 'h1' | 'h2'
  waiting: string
  gone: string
  /** Why it may be gone. */
  children: ReactNode
}) {
  const phase = useTopicPhase('task', taskId)
  const error = useTopicError('task', taskId)
  if (phase === 'loading') return <Waiting>{waiting}</Waiting>
  if (error !== null && error.kind !== 'not_found')
    return (
      <div className="p-24">
        <ErrorNotice
          error={error}
          actions={
            <Button size="small" onClick={() => retryTopic('task', taskId)}>
              Try again
            </Button>
          }
        />
      </div>
    )
  return (
    <EmptyState
      {...(heading === undefined ? {} : { heading })}
      title={gone}
      action={
        <Button tone="accent" onClick={openStart}>
          Back to the list
        </Button>
      }
    >
      {children}
    </EmptyState>
  )
}
