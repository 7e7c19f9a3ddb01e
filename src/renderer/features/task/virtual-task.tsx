import type { ModelChoice, Repository, TaskDetail, TaskSummary } from '@shared/domain'
import { ArrowUp } from 'lucide-react'
import { type KeyboardEvent, lazy, Suspense, useState } from 'react'
import { useAgentChoice, useAppState, useSettings } from '../../app/app-state'
import { useSpellCheck } from '../../app/spelling'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { useStoredText } from '../../client/use-stored-text'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { useInsertions } from '../composer/insertion'
import { usualChoice } from '../model-picker/model-choices'
import { AgentChoice, knownMode } from '../new-task/agent-choice'

const PublishedView = lazy(async () => ({
  default: (await import('../publish/published-view')).PublishedView,
}))

/** A task nobody has worked on here: the pull request it is, and the prompt that would begin the work. */
export function VirtualTask({ task, organizationId }: { task: TaskDetail; organizationId: string }) {
  const repository = useEntity('organization', organizationId, 'repository', task.repositoryId)
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-column">
          {task.pullRequest !== null && (
            <Suspense fallback={<Waiting>Opening the pull request</Waiting>}>
              <PublishedView
                key={task.id}
                task={task}
                plan={null}
                job={undefined}
                repository={{ name: repository?.name ?? '', fullName: repository?.github?.fullName }}
                titled={false}
              />
            </Suspense>
          )}
        </div>
      </div>
      <FirstPrompt key={task.id} task={task} repository={repository} />
    </>
  )
}

function FirstPrompt({ task, repository }: { task: TaskDetail; repository: Repository | undefined }) {
  const spellCheck = useSpellCheck()
  const { agents, looking } = useAgentChoice()
  const app = useAppState()
  const sendWith = useSettings()?.sendWith ?? 'enter'
  const starting = useCall<TaskSummary>()
  const [text, setText] = useStoredText(`first-prompt.${task.id}`)
  useInsertions(task.id, (added) => setText(text === '' ? added : `${text}\n\n${added}`))
  const [picked, setPicked] = useState<ModelChoice | null>(null)
  const [modeId, setModeId] = useState<string | null>(null)
  const choice = picked ?? usualChoice(agents, app?.models, task.repositoryId)
  const reason =
    task.status === 'archived'
      ? 'Unarchive the task to work on its branch'
      : choice === null
        ? looking
          ? 'Looking for agents'
          : 'Choose an agent: none is installed yet'
        : text.trim() === ''
          ? 'Write what the agent should do'
          : null
  const start = async () => {
    if (reason !== null || choice === null) return
    const started = await starting.run(() =>
      call('task.start', {
        taskId: task.id,
        prompt: text,
        agentId: choice.agentId,
        modelId: choice.modelId,
        modeId: knownMode(agents, choice, modeId),
      }),
    )
    if (started !== null) setText('')
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || event.key !== 'Enter' || event.shiftKey || event.altKey) return
    if (sendWith === 'mod_enter' && !event.metaKey && !event.ctrlKey) return
    event.preventDefault()
    void start()
  }
  return (
    <section aria-label="Composer" className="mx-auto w-full max-w-column shrink-0 px-16 pt-8 pb-12">
      {starting.error !== null && (
        <div className="mb-8">
          <ErrorNotice error={starting.error} />
        </div>
      )}
      <div className="rounded-10 border border-line-strong bg-surface-1 focus-within:border-focus">
        <textarea
          aria-label="Prompt"
          value={text}
          disabled={task.status === 'archived'}
          placeholder="Ask an agent to work on this branch"
          dir="auto"
          spellCheck={spellCheck}
          className="grows block max-h-composer-max min-h-composer-min w-full overflow-y-auto rounded-10 bg-transparent px-12 py-8 text-14 outline-none disabled:opacity-60"
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div className="flex min-w-0 flex-wrap items-end gap-8 px-6 pb-6">
          <div className="min-w-field flex-1">
            <AgentChoice
              agents={agents}
              repository={repository}
              choice={choice}
              modeId={modeId}
              look="quiet"
              onChoose={(next) => {
                setPicked(next)
                setModeId(null)
              }}
              onMode={setModeId}
            />
          </div>
          <Button
            size="small"
            tone="accent"
            icon={<ArrowUp className="size-12" />}
            busy={starting.busy}
            reason={reason}
            onClick={() => void start()}
          >
            {starting.busy ? 'Starting' : 'Start work'}
          </Button>
        </div>
      </div>
    </section>
  )
}
