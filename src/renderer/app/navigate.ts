import type { NavigationTarget } from '@shared/bridge'
import { assertNever } from '@shared/errors'
import { bridge } from '../client/bridge'
import { followLink } from '../features/links/follow-link'
import { toggleSideBySide } from '../features/side-by-side/toggle'
import { switchOrganization } from './keymap'
import { openRepository } from './open-repository'
import { togglePanel, toggleTerminal } from './panels'
import {
  openActivity,
  openBoard,
  openInsights,
  openPullRequests,
  openRepositories,
  openSearch,
  setLinkDialogOpen,
  setSettingsOpen,
} from './workspace'

/** Follows menus, notifications and deep links. They only ever show something. */
export function startNavigation(): () => void {
  return bridge().onNavigate(follow)
}

function follow(target: NavigationTarget): void {
  switch (target.type) {
    case 'task':
    case 'file':
    case 'pull_request':
    case 'new_task':
    case 'unknown_link':
      void followLink(target)
      return
    case 'open_link':
      return setLinkDialogOpen(true)
    case 'settings':
      return setSettingsOpen(true)
    case 'open_repository':
      void openRepository()
      return
    case 'pull_requests':
      return openPullRequests()
    case 'repositories':
      return openRepositories()
    case 'board':
      return openBoard()
    case 'side_by_side':
      return toggleSideBySide()
    case 'activity':
      return openActivity()
    case 'insights':
      return openInsights()
    case 'search':
      return openSearch()
    case 'switch_organization':
      return switchOrganization()
    case 'toggle_sidebar':
      return togglePanel('sidebar')
    case 'toggle_panel':
      return togglePanel('panel')
    case 'toggle_terminal':
      return toggleTerminal()
    default:
      return assertNever(target, 'navigation target')
  }
}
