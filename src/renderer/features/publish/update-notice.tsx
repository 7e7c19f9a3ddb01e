import type { QueuedPrompt, SessionSummary, TaskDetail } from '@shared/domain'
import type { Result } from '@shared/errors'
import type { PublishPlan } from '@shared/publish'
import { chooseSession } from '../../app/workspace'
import { call } from '../../client/call'
import { useEntities, useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { conflictPrompt, countOf } from './publish-text'

/** A merge or rebase that waits in the checkout: somebody resolves it, or it is taken back. */
export function UpdateNotice({
  task,
  base,
  update,
}: {
  task: TaskDetail
  base: string
  update: NonNullable<NonNullable<PublishPlan['git']>['update']>
}) {
  const handing = useCall<QueuedPrompt>()
  const acting = useCall<unknown>()
  const sessions = useEntities('task', task.id, 'session')
  const app = useEntity('app', null, 'state', 'app')
  const open = [...sessions.values()].filter(({ status }) => status !== 'closed')
  const session = open.find(({ id }) => id === task.activeSessionId) ?? open.at(-1)
  const agentId = app?.models.usual?.agentId ?? [...sessions.values()].at(-1)?.agentId ?? null
  const resolved = update.paths.length === 0
  const hand = () =>
    void handing.run(async () => {
      const chosen = await sessionFor(task, session, agentId)
      if (!chosen.ok) return chosen
      chooseSession(task.id, chosen.value.id)
      return call('session.send', { sessionId: chosen.value.id, text: conflictPrompt(update, base) })
    })
  return (
    <section aria-label="Update under way" className="flex min-w-0 flex-col gap-8">
      <Notice tone="warning">
        <p>
          {update.method === 'rebase' ? `The rebase onto ${base}` : `The merge of ${base}`}{' '}
          {resolved ? 'is not finished.' : `met conflicts in ${countOf(update.paths.length, 'file')}.`}
        </p>
        {!resolved && (
          <ul className="max-h-commit-max overflow-y-auto text-12 text-text-muted">
            {update.paths.map((path) => (
              <li key={path} className="break-all">
                <bdi>{path}</bdi>
              </li>
            ))}
          </ul>
        )}
      </Notice>
      <div className="flex flex-wrap gap-6">
        {!resolved && (
          <Button
            size="small"
            tone="accent"
            busy={handing.busy}
            reason={session === undefined && agentId === null ? 'No agent was chosen yet' : null}
            onClick={hand}
          >
            Hand the conflicts to the agent
          </Button>
        )}
        <Button
          size="small"
          tone={resolved ? 'accent' : 'plain'}
          busy={acting.busy}
          onClick={() => void acting.run(() => call('task.finishUpdate', { taskId: task.id }))}
        >
          Finish update
        </Button>
        <Button
          size="small"
          busy={acting.busy}
          onClick={() => void acting.run(() => call('task.abortUpdate', { taskId: task.id }))}
        >
          Take it back
        </Button>
      </div>
      {handing.error !== null && <ErrorNotice error={handing.error} />}
      {acting.error !== null && <ErrorNotice error={acting.error} />}
    </section>
  )
}

async function sessionFor(
  task: TaskDetail,
  session: SessionSummary | undefined,
  agentId: string | null,
): Promise<Result<SessionSummary>> {
  if (session !== undefined) return { ok: true, value: session }
  return call('session.create', { taskId: task.id, agentId: agentId ?? '', modelId: null })
}
