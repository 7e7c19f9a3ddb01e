import type { ModelChoice, SessionSummary, TaskDetail } from '@shared/domain'
import type { TurnId } from '@shared/ids'
import { useState } from 'react'
import { create } from 'zustand'
import { useAgentChoice } from '../../app/app-state'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { CaptionedControl } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { ModelPicker } from '../model-picker/model-picker'
import { selectSession } from './session-actions'

/** What a person wants of a turn: to go on from its end, or to have it done again by somebody else. */
interface Forking {
  sessionId: string
  turnId: TurnId
  again: boolean
}

const useForking = create<{ forking: Forking | null }>(() => ({ forking: null }))

/** Asks which agent goes on from a turn, or does it again. */
export function askToFork(forking: Forking): void {
  useForking.setState({ forking })
}

export function ForkSession({ task }: { task: TaskDetail }) {
  const forking = useForking((state) => state.forking)
  const session = useEntity('task', task.id, 'session', forking?.sessionId ?? '')
  if (forking === null || session === undefined) return null
  return <Form key={`${forking.turnId} ${forking.again}`} task={task} session={session} forking={forking} />
}

function Form({ task, session, forking }: { task: TaskDetail; session: SessionSummary; forking: Forking }) {
  const { agents } = useAgentChoice()
  const [choice, setChoice] = useState<ModelChoice>({ agentId: session.agentId, modelId: session.modelId })
  const making = useCall<SessionSummary>()
  const { turnId, again } = forking
  const close = () => useForking.setState({ forking: null })
  const fork = async () => {
    const made = await making.run(() => call('session.fork', { turnId, again, ...choice }))
    if (made === null) return
    close()
    selectSession(task.id, made.id)
  }
  const isSame = choice.agentId === session.agentId
  return (
    <Dialog
      open
      onClose={close}
      title={again ? 'Retry the turn in a new session' : 'Fork the session from here'}
      description={
        again
          ? 'The prompt is sent again in a new session that knows what was said before it. Both work in the same checkout, which stays as it is now.'
          : 'A new session goes on from the end of this turn, in the same checkout, which stays as it is now. This session is not changed.'
      }
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button tone="accent" busy={making.busy} onClick={() => void fork()}>
            {again ? 'Retry' : 'Fork'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        <CaptionedControl
          caption="Agent and model"
          hint={
            isSame
              ? 'The agent takes its own memory along where it can; where not, it is told the record.'
              : 'Another agent is told the record of the session up to there.'
          }
        >
          <ModelPicker agents={agents} value={choice} look="field" anyModel onChange={setChoice} />
        </CaptionedControl>
        {making.error !== null && <ErrorNotice error={making.error} />}
      </div>
    </Dialog>
  )
}
