import type { Repository } from '@shared/domain'
import { bridge } from '../client/bridge'
import { call } from '../client/call'
import { peekTopic } from '../client/topics'
import { showError } from '../ui/toast'
import { openNewTask } from './workspace'

/** Opens a folder as a repository and goes on to the first task in it. */
export async function openRepositoryAt(path: string): Promise<Repository | null> {
  const opened = await call('repository.openLocal', { path })
  if (!opened.ok) {
    showError(opened.error)
    return null
  }
  // Its origin may say that it belongs to another organization than the one on screen.
  const { organizationId } = opened.value
  if (peekTopic('app', null).state.get('app')?.organizationId !== organizationId) {
    const activated = await call('organization.activate', { organizationId })
    if (!activated.ok) {
      showError(activated.error)
      return null
    }
  }
  openNewTask(opened.value.id)
  return opened.value
}

/** Asks for a folder in the system's dialog. */
export async function openRepository(): Promise<Repository | null> {
  const chosen = await call('app.chooseFolder', { title: 'Open repository' })
  if (!chosen.ok) {
    showError(chosen.error)
    return null
  }
  return chosen.value === null ? null : openRepositoryAt(chosen.value)
}

/** A folder dropped anywhere on the window is opened. */
export function startFolderDrop(onHover: (hovering: boolean) => void): () => void {
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const over = (event: DragEvent) => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    onHover(true)
  }
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) onHover(false)
  }
  const drop = (event: DragEvent) => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    onHover(false)
    const file = event.dataTransfer?.files[0]
    const path = file === undefined ? '' : bridge().pathForFile(file)
    if (path !== '') void openRepositoryAt(path)
  }
  window.addEventListener('dragover', over)
  window.addEventListener('dragleave', leave)
  window.addEventListener('drop', drop)
  return () => {
    window.removeEventListener('dragover', over)
    window.removeEventListener('dragleave', leave)
    window.removeEventListener('drop', drop)
  }
}
