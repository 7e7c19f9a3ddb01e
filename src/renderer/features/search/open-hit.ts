import type { SearchHit } from '@shared/search'
import { showPanel } from '../../app/panels'
import {
  chooseEvent,
  chooseFile,
  choosePanelTab,
  choosePlace,
  openActivity,
  useWorkspace,
} from '../../app/workspace'
import { showError } from '../../ui/toast'
import { followLink, followText } from '../links/follow-link'
import { foundWords } from './hit-text'
import { useSearch } from './search-state'

/** Shows the exact place of a hit. The way back to the results stays open. */
export async function openHit(hit: SearchHit): Promise<void> {
  useSearch.setState({ opened: hit.id })
  if (!(await show(hit))) return
  useWorkspace.setState({ backToSearch: true })
}

async function show(hit: SearchHit): Promise<boolean> {
  const { taskId, sessionId, row, file, url, activity } = hit
  if (hit.kind === 'pull_request' && url !== null) {
    await followText(url)
    return true
  }
  if (taskId === null) {
    if (activity === null) {
      showError({ kind: 'not_found', message: 'This is not here any more.', next: 'Search again.' })
      return false
    }
    openActivity()
    return true
  }
  await followLink({
    type: 'task',
    taskId,
    ...(sessionId === null || row === null ? {} : { sessionId }),
  })
  const { view } = useWorkspace.getState()
  // What could not be shown was said.
  if (view.type !== 'task' || view.taskId !== taskId) return false
  if (sessionId !== null && row !== null) choosePlace({ sessionId, row, words: foundWords(hit) })
  if (file !== null) {
    chooseFile({ taskId, path: file.path, line: file.line, checkpointId: hit.checkpointId })
    showPanel()
  }
  if (activity !== null) {
    choosePanelTab('history')
    chooseEvent({ taskId, eventId: hit.activityId ?? 0 })
    showPanel()
  }
  return true
}
