import type { HistoryPlace } from '@shared/history'
import type { SessionId, TaskId } from '@shared/ids'
import { setOverlay, setPanelWide, showRow, showTurn } from '../../app/workspace'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'
import { chooseComparison } from '../changes/comparison-choice'
import { selectSession } from '../sessions/session-actions'

/** What a button that leads there is called. */
export function placeLabel(place: HistoryPlace): string {
  switch (place.type) {
    case 'turn':
    case 'row':
      return 'Show in the transcript'
    case 'session':
      return 'Show the session'
    case 'checkpoint':
      return 'Show the changes'
    case 'url':
      return 'Open on GitHub'
  }
}

/** Shows where something stands. */
export function openPlace(taskId: TaskId, place: HistoryPlace): void {
  switch (place.type) {
    case 'turn':
      return showTurn(taskId, place)
    case 'row':
      return showRow(taskId, place.sessionId, place.row)
    case 'session':
      return showSession(taskId, place.sessionId)
    case 'checkpoint':
      return chooseComparison(taskId, { from: 'before', to: place.checkpointId })
    case 'url':
      void call('app.openExternal', { url: place.url }).then((result) => {
        if (!result.ok) showError(result.error)
      })
  }
}

function showSession(taskId: TaskId, sessionId: SessionId): void {
  setPanelWide(false)
  setOverlay(null)
  selectSession(taskId, sessionId)
}
