import { Popover } from '@base-ui/react/popover'
import type { ModelChoice, TaskDetail } from '@shared/domain'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useAgentChoice, useAppState } from '../../app/app-state'
import { chooseSession } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { CaptionedControl } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { Select } from '../../ui/select'
import { usualChoice } from '../model-picker/model-choices'
import { ModelPicker } from '../model-picker/model-picker'

/** Starts another conversation in the same checkout, with an agent and a model of its own. */
export function NewSession({ task, look }: { task: TaskDetail; look: 'icon' | 'button' }) {
  const [open, setOpen] = useState(false)
  const reason =
    task.sandbox === null
      ? 'The task is not ready yet'
      : task.status === 'archived'
        ? 'The task is archived'
        : null
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        render={
          look === 'icon' ? (
            <IconButton label="New session" disabled={reason !== null}>
              <Plus className="size-16" />
            </IconButton>
          ) : (
            <Button tone="accent" reason={reason}>
              New session
            </Button>
          )
        }
      />
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start" className="z-40">
          <Popover.Popup
            aria-label="New session"
            className="flex w-full max-w-picker min-w-field animate-appear flex-col gap-12 rounded-6 border border-line bg-surface-2 p-12 shadow-float"
          >
            <Form task={task} onDone={() => setOpen(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Form({ task, onDone }: { task: TaskDetail; onDone: () => void }) {
  const { agents } = useAgentChoice()
  const app = useAppState()
  const creating = useCall<{ id: string }>()
  const [chosen, setChosen] = useState<ModelChoice | null>(null)
  const [modeId, setModeId] = useState<string | null>(null)
  const choice = chosen ?? usualChoice(agents, app?.models, task.repositoryId)
  const modes = agents
    .find((agent) => agent.id === choice?.agentId)
    ?.options.find((option) => option.category === 'mode')
  const create = async () => {
    if (choice === null) return
    const session = await creating.run(() => call('session.create', { taskId: task.id, ...choice, modeId }))
    if (session === null) return
    chooseSession(task.id, session.id)
    onDone()
  }
  return (
    <>
      <CaptionedControl caption="Agent and model">
        <ModelPicker
          agents={agents}
          value={choice}
          look="field"
          note="A new session knows nothing of the others. @ in its prompt tells it of one."
          anyModel
          onChange={(next) => {
            setChosen(next)
            setModeId(null)
          }}
        />
      </CaptionedControl>
      {modes !== undefined && modes.values.length > 1 && (
        <CaptionedControl caption={modes.name}>
          <Select
            label={modes.name}
            value={modeId ?? modes.currentValue ?? ''}
            choices={modes.values.map((mode) => ({ value: mode.value, label: mode.name }))}
            onChange={setModeId}
          />
        </CaptionedControl>
      )}
      {creating.error !== null && <ErrorNotice error={creating.error} />}
      <div className="flex justify-end">
        <Button
          tone="accent"
          busy={creating.busy}
          reason={choice === null ? 'No agent is installed yet' : null}
          onClick={() => void create()}
        >
          Start session
        </Button>
      </div>
    </>
  )
}
