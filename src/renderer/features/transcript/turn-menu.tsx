import type { SessionDetail } from '@shared/domain'
import type { TurnId } from '@shared/ids'
import { Copy, Ellipsis, GitFork, ListChecks, RotateCcw, Shuffle } from 'lucide-react'
import { create } from 'zustand'
import { call } from '../../client/call'
import { peekTopic, useEntity } from '../../client/topics'
import { copyText } from '../../ui/copy-button'
import { LightButton } from '../../ui/light-button'
import { AnchoredMenu, type MenuGroups } from '../../ui/menu'
import { showError, showToast } from '../../ui/toast'
import { askForTurnLines } from '../changes/turn-lines'
import { readOnlyReason } from '../lifecycle/lifecycle-actions'
import { askToFork } from '../sessions/fork-session'
import type { SessionTranscript } from './session-transcript'

interface Open {
  anchor: HTMLElement
  sessionId: string
  turnId: TurnId
}

/** One menu for all turns of the window: a transcript may have hundreds on screen. */
const useOpen = create<{ open: Open | null }>(() => ({ open: null }))

/** Opens what can be done with a turn. */
export function TurnMenuButton({
  sessionId,
  turnId,
  label,
}: {
  sessionId: string
  turnId: string
  label: string
}) {
  return (
    <LightButton
      label={label}
      menu
      onClick={(anchor) => useOpen.setState({ open: { anchor, sessionId, turnId: turnId as TurnId } })}
    >
      <Ellipsis className="size-12" />
    </LightButton>
  )
}

/** What can be done with the turn whose button was pressed. */
export function TurnMenu({ transcript }: { transcript: SessionTranscript }) {
  const { sessionId } = transcript
  const open = useOpen((state) => (state.open?.sessionId === sessionId ? state.open : null))
  const session = useEntity('session', sessionId, 'session', sessionId)
  const close = () => useOpen.setState({ open: null })
  return (
    <AnchoredMenu
      anchor={open?.anchor ?? null}
      groups={open === null ? [] : groupsOf(transcript, open.turnId, session)}
      onClose={close}
    />
  )
}

const icon = 'size-12'

function groupsOf(
  transcript: SessionTranscript,
  turnId: TurnId,
  session: SessionDetail | undefined,
): MenuGroups {
  const isClosed = session?.status === 'closed'
  const taskId = session?.taskId
  const { sessionId, model } = transcript
  // The view around the transcript reads it.
  const task = taskId === undefined ? undefined : peekTopic('task', taskId).task.get(taskId)
  const rests =
    task?.readOnly === true ? readOnlyReason : task?.status === 'archived' ? 'The task is archived' : null
  const hasEnded = model.items.some((item) => item.type === 'turn_ended' && item.turnId === turnId)
  return [
    [
      {
        label: 'Retry',
        hint: 'Sends the same prompt again, in this session',
        icon: <RotateCcw className={icon} />,
        reason: rests ?? (isClosed ? 'This session is closed' : null),
        onSelect: () => void retry(turnId),
      },
      {
        label: 'Retry with another model…',
        hint: 'In a new session that knows what was before',
        icon: <Shuffle className={icon} />,
        reason: rests,
        onSelect: () => askToFork({ sessionId, turnId, again: true }),
      },
      {
        label: 'Fork session from here…',
        hint: 'A new session that knows all up to the end of this turn',
        icon: <GitFork className={icon} />,
        reason: rests ?? (hasEnded ? null : 'The turn has not ended yet'),
        onSelect: () => askToFork({ sessionId, turnId, again: false }),
      },
    ],
    [
      {
        label: 'What is left of this turn…',
        hint: 'Its lines that are still in the branch',
        icon: <ListChecks className={icon} />,
        reason: taskId === undefined ? 'The session is still being read' : null,
        onSelect() {
          if (taskId !== undefined) askForTurnLines({ taskId, turnId })
        },
      },
      {
        label: 'Copy turn as markdown',
        icon: <Copy className={icon} />,
        onSelect: () => copyText(transcript.markdownOf(turnId)),
      },
    ],
  ]
}

async function retry(turnId: TurnId): Promise<void> {
  const result = await call('session.askTurnAgain', { turnId })
  if (!result.ok) return showError(result.error)
  showToast('The prompt was sent again')
}
