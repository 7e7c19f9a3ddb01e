import type { ModelChoice, SessionSummary, TaskDetail } from '@shared/domain'
import { useEffect, useState } from 'react'
import { create } from 'zustand'
import { useAgentChoice, useAppState, useSettings } from '../../app/app-state'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { CaptionedControl, inputLook } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { usualChoice } from '../model-picker/model-choices'
import { ModelPicker } from '../model-picker/model-picker'
import { selectSession } from './session-actions'

const useHandingOver = create<{ session: SessionSummary | null }>(() => ({ session: null }))

/** Asks which agent goes on with a session, and what it is told. */
export function askToHandOver(session: SessionSummary): void {
  useHandingOver.setState({ session })
}

/** Characters of a token, about: enough to see whether a text is large. */
const charactersOfToken = 4

export function HandOver({ task }: { task: TaskDetail }) {
  const session = useHandingOver((state) => state.session)
  if (session?.taskId !== task.id) return null
  return <Form key={session.id} task={task} session={session} />
}

function Form({ task, session }: { task: TaskDetail; session: SessionSummary }) {
  const { agents } = useAgentChoice()
  const models = useAppState()?.models
  const characters = useSettings()?.briefCharacters
  const [chosen, setChosen] = useState<ModelChoice | null>(null)
  const [brief, setBrief] = useState<string | null>(null)
  const [prompt, setPrompt] = useState('')
  const reading = useCall<string>()
  const handing = useCall<SessionSummary['id']>()
  /** Made by a try that failed later: it is not made twice. */
  const [made, setMade] = useState<SessionSummary['id'] | null>(null)
  const others = agents.filter(({ id, installed }) => installed && id !== session.agentId)
  const choice = chosen ?? usualChoice(others.length > 0 ? others : agents, models, task.repositoryId)
  const close = () => useHandingOver.setState({ session: null })
  const { run: read } = reading
  useEffect(() => {
    if (characters === undefined) return
    void read(() => call('session.brief', { sessionId: session.id, characters })).then((text) => {
      if (text !== null) setBrief((before) => before ?? text)
    })
  }, [read, session.id, characters])

  const handOver = async () => {
    if (choice === null || brief === null) return
    const sessionId = await handing.run(async () => {
      let id = made
      if (id === null) {
        const created = await call('session.create', { taskId: task.id, ...choice })
        if (!created.ok) return created
        id = created.value.id
        setMade(id)
      }
      const text = [brief.trim(), prompt.trim()].filter((part) => part !== '').join('\n\n')
      const sent = await call('session.send', { sessionId: id, text })
      return sent.ok ? { ok: true as const, value: id } : sent
    })
    if (sessionId === null) return
    close()
    selectSession(task.id, sessionId)
  }
  return (
    <Dialog
      open
      size="wide"
      onClose={close}
      title={`Hand “${session.name}” over`}
      description="Another agent goes on in a session of its own, in the same checkout. This one stays as it is."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            tone="accent"
            busy={handing.busy}
            reason={
              choice === null
                ? 'No agent is installed yet'
                : brief === null
                  ? 'What it is told is still being read'
                  : prompt.trim() === ''
                    ? 'Write what it should do'
                    : null
            }
            onClick={() => void handOver()}
          >
            Hand over
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        <CaptionedControl caption="Agent and model">
          <ModelPicker agents={agents} value={choice} look="field" anyModel onChange={setChosen} />
        </CaptionedControl>
        <label className="flex flex-col gap-4">
          <span className="text-12 text-text-muted">What it should do</span>
          <textarea
            value={prompt}
            dir="auto"
            className={`${inputLook} grows max-h-commit-max min-h-commit-min overflow-y-auto py-6`}
            onChange={(event) => setPrompt(event.currentTarget.value)}
          />
        </label>
        {brief === null ? (
          reading.error === null && <Waiting>Reading the session</Waiting>
        ) : (
          <div className="flex flex-col gap-4">
            <span className="flex text-12 text-text-muted">
              <span aria-hidden className="flex-1">
                What it is told of the session before
              </span>
              <output>
                {brief.length.toLocaleString()} characters, about{' '}
                {Math.ceil(brief.length / charactersOfToken).toLocaleString()} tokens
              </output>
            </span>
            <textarea
              aria-label="What it is told of the session before"
              value={brief}
              dir="auto"
              className={`${inputLook} max-h-list min-h-prompt-min overflow-y-auto py-6`}
              onChange={(event) => setBrief(event.currentTarget.value)}
            />
          </div>
        )}
        {reading.error !== null && <ErrorNotice error={reading.error} />}
        {handing.error !== null && <ErrorNotice error={handing.error} />}
      </div>
    </Dialog>
  )
}
