import type { NavigationTarget } from '@shared/bridge'
import { assertNever } from '@shared/errors'
import { bridge } from '../client/bridge'
import { showError } from '../ui/toast'
import { switchOrganization } from './keymap'
import { openRepository } from './open-repository'
import { togglePanel } from './panels'
import { openNewTask, openPullRequests, openRepositories, openTask, setSettingsOpen } from './workspace'

/** Follows menus, notifications and deep links. They only ever show something. */
export function startNavigation(): () => void {
  return bridge().onNavigate(follow)
}

function follow(target: NavigationTarget): void {
  switch (target.type) {
    case 'task':
      return openTask(target.taskId, target.sessionId)
    case 'new_task':
      return openNewTask()
    case 'settings':
      return setSettingsOpen(true)
    case 'open_repository':
      void openRepository()
      return
    case 'pull_requests':
      return openPullRequests()
    case 'repositories':
      return openRepositories()
    case 'switch_organization':
      return switchOrganization()
    case 'toggle_sidebar':
      return togglePanel('sidebar')
    case 'toggle_panel':
      return togglePanel('panel')
    case 'unknown_link':
      return showError({
        kind: 'invalid_input',
        message: 'The link could not be followed: Foundry does not know what it points to.',
        next: 'Check that it was copied whole.',
        detail: target.link,
      })
    default:
      return assertNever(target, 'navigation target')
  }
}
