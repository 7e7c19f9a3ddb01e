import type { SessionDetail, TaskDetail } from '@shared/domain'
import { type ReactNode, useEffect, useMemo } from 'react'
import { call } from '../../client/call'
import { retryTopic, useEntity, useTopicError } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { Composer } from '../composer/composer'
import { readOnlyText, unarchiveTasks } from '../lifecycle/lifecycle-actions'
import { Checkout } from '../transcript/checkout-path'
import { TranscriptView } from '../transcript/transcript-view'

/** One session: its transcript and, while it is open, the composer. */
export function SessionView({
  task,
  organizationId,
  sessionId,
  quiet,
}: {
  task: TaskDetail
  organizationId: string
  sessionId: string
  /** The task is still being prepared and says so itself. */
  quiet: boolean
}) {
  const session = useEntity('session', sessionId, 'session', sessionId)
  const error = useTopicError('session', sessionId)
  useReadWhileLooking(session)
  const directory = task.sandbox?.cwd ?? ''
  const checkout = useMemo(() => ({ taskId: task.id, directory }), [task.id, directory])
  const running = session?.status === 'running' || session?.status === 'needs_input'
  return (
    <div id="session-panel" role="tabpanel" aria-label="Session" className="flex min-h-0 flex-1 flex-col">
      {quiet && session?.status === 'starting' ? (
        <div className="flex-1" />
      ) : (
        <Checkout value={checkout}>
          <TranscriptView sessionId={sessionId} running={running} quiet={quiet} />
        </Checkout>
      )}
      {error !== null && session === undefined && (
        <div className="mx-auto w-full max-w-column p-16">
          <ErrorNotice
            error={error}
            actions={
              <Button size="small" onClick={() => retryTopic('session', sessionId)}>
                Try again
              </Button>
            }
          />
        </div>
      )}
      {session !== undefined ? (
        <Foot task={task} organizationId={organizationId} session={session} />
      ) : (
        error === null && <Waiting>Opening the session</Waiting>
      )}
    </div>
  )
}

function Foot({
  task,
  organizationId,
  session,
}: {
  task: TaskDetail
  organizationId: string
  session: SessionDetail
}) {
  const repository = useEntity('organization', organizationId, 'repository', task.repositoryId)
  const acting = useCall<unknown>()
  if (task.readOnly) return <FootNote text={`This task is archived. ${readOnlyText}`} />
  if (task.status === 'archived') {
    return (
      <FootNote text="This task is archived. It can be read, and brought back.">
        <Button size="small" onClick={() => void unarchiveTasks([task])}>
          Unarchive
        </Button>
      </FootNote>
    )
  }
  if (session.status === 'closed') {
    return (
      <>
        {acting.error !== null && (
          <div className="mx-auto w-full max-w-column px-16">
            <ErrorNotice error={acting.error} />
          </div>
        )}
        <FootNote text="This session is closed.">
          <Button
            size="small"
            busy={acting.busy}
            onClick={() => void acting.run(() => call('session.reopen', { sessionId: session.id }))}
          >
            Reopen
          </Button>
        </FootNote>
      </>
    )
  }
  return (
    <>
      {session.error !== null && (
        <div className="mx-auto max-h-list w-full max-w-column shrink-0 overflow-y-auto px-16 pb-8">
          <ErrorNotice
            error={session.error}
            actions={
              <Button
                size="small"
                tone="accent"
                busy={acting.busy}
                onClick={() => void acting.run(() => call('session.retry', { sessionId: session.id }))}
              >
                Start the agent again
              </Button>
            }
          />
          {acting.error !== null && <ErrorNotice error={acting.error} />}
        </div>
      )}
      <Composer
        task={task}
        repository={repository}
        session={session}
        blocked={session.status === 'error' ? 'The agent is not running' : null}
      />
    </>
  )
}

function FootNote({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex w-full max-w-column shrink-0 items-center gap-12 px-16 pb-12 text-text-muted">
      <span className="min-w-0 flex-1">{text}</span>
      {children}
    </div>
  )
}

/** A session on screen in a window that has the focus is being read. */
export function useReadWhileLooking(session: SessionDetail | undefined): void {
  const id = session?.id
  const unread = session?.unread ?? false
  useEffect(() => {
    if (id === undefined || !unread) return
    const read = () => {
      if (document.hasFocus()) void call('session.select', { sessionId: id })
    }
    read()
    window.addEventListener('focus', read)
    return () => window.removeEventListener('focus', read)
  }, [id, unread])
}
