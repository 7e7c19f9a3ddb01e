import type { SessionSummary } from '@shared/domain'
import { create } from 'zustand'
import { chooseSession } from '../../app/workspace'
import { call } from '../../client/call'
import { showError, showToast } from '../../ui/toast'
import { askTransfer } from '../transfer/transfer-state'

export function selectSession(taskId: string, sessionId: SessionSummary['id']): void {
  chooseSession(taskId, sessionId)
  void call('session.select', { sessionId }).then((result) => {
    if (!result.ok) showError(result.error)
  })
}

/** A session as a file for others. */
export function askToExport({ id, name }: Pick<SessionSummary, 'id' | 'name'>): void {
  askTransfer({ kind: 'export', what: { sessionId: id }, title: `Export “${name}”` })
}

/** A session to be closed, and the one that is shown instead; null when what is shown stays. */
interface Closing {
  session: SessionSummary
  next: SessionSummary | null
}

/** What is only closed once a person has said so. */
export const useClosing = create<{ closing: Closing | null }>(() => ({ closing: null }))

/** Closes a session, with a way back; one that is at work only after a question. */
export function closeSession(closing: Closing): void {
  const { status } = closing.session
  if (status === 'running' || status === 'needs_input') useClosing.setState({ closing })
  else void close(closing)
}

/** Closes it without a question. */
export async function close({ session, next }: Closing): Promise<void> {
  useClosing.setState({ closing: null })
  if (next !== null) selectSession(next.taskId, next.id)
  const result = await call('session.close', { sessionId: session.id })
  if (!result.ok) return showError(result.error)
  showToast(`“${session.name}” is closed`, 'It stays readable in the list of all sessions.', {
    label: 'Undo',
    run: () => void reopenSession(session),
  })
}

export async function reopenSession({ id, taskId }: SessionSummary): Promise<void> {
  const result = await call('session.reopen', { sessionId: id })
  if (!result.ok) return showError(result.error)
  selectSession(taskId, id)
}

/** In front of another session; behind all of them when null. */
export async function moveSession(
  session: SessionSummary,
  before: SessionSummary['id'] | null,
): Promise<void> {
  const result = await call('session.move', { sessionId: session.id, before })
  if (!result.ok) showError(result.error)
}
