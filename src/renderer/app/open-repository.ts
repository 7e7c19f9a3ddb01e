import type { Repository } from '@shared/domain'
import { call } from '../client/call'
import { peekTopic } from '../client/topics'
import { setHidden, useSidebar } from '../features/sidebar/sidebar-state'
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
  // Whoever opens it wants to see it.
  if (useSidebar.getState().hidden.has(opened.value.id)) setHidden(opened.value.id, false)
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
