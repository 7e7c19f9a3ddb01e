import { bridge } from '../client/bridge'
import { toggleSideBySide } from '../features/side-by-side/toggle'
import { showPanel, showSidebar, togglePanel, toggleTerminal } from './panels'
import {
  askFileSearch,
  openActivity,
  openBoard,
  openInsights,
  openNewTask,
  openPullRequests,
  openRepositories,
  setPanelWide,
  openSearch,
  setLinkDialogOpen,
  setQuickOpen,
  setSettingsOpen,
  useWorkspace,
} from './workspace'

interface Shortcut {
  /** `KeyboardEvent.key`, in lower case. */
  key: string
  shift?: boolean
  run: () => void
}

/** Asked for by "Search tasks"; the sidebar listens. */
export const focusFilterEvent = 'foundry:focus-filter'

/** Asked for by "Switch organization"; the sidebar listens, once it is there. */
export const switchOrganizationEvent = 'foundry:switch-organization'

/** Asked for by "Next task that waits for you"; the status row listens. */
export const nextWaitingEvent = 'foundry:next-waiting'

/** Opens the list of organizations, wherever the sidebar is. */
export function switchOrganization(): void {
  showSidebar()
  // The sidebar may only now be coming.
  requestAnimationFrame(() => window.dispatchEvent(new Event(switchOrganizationEvent)))
}

/** Asked for by "Search everything" while the search is on screen; its field listens. */
export const focusSearchEvent = 'foundry:focus-search'

function searchEverything(): void {
  openSearch()
  window.dispatchEvent(new Event(focusSearchEvent))
}

const shortcuts: readonly Shortcut[] = [
  { key: 'n', run: () => openNewTask() },
  { key: 'l', run: () => setLinkDialogOpen(true) },
  { key: ',', run: () => setSettingsOpen(true) },
  { key: 'b', run: () => togglePanel('sidebar') },
  { key: 'b', shift: true, run: () => togglePanel('panel') },
  { key: 'f', shift: true, run: () => window.dispatchEvent(new Event(focusFilterEvent)) },
  { key: 'g', shift: true, run: openPullRequests },
  { key: 'o', shift: true, run: openRepositories },
  { key: 'd', shift: true, run: openBoard },
  { key: 'a', shift: true, run: toggleSideBySide },
  { key: 'y', shift: true, run: openActivity },
  { key: 'm', shift: true, run: openInsights },
  { key: 'e', shift: true, run: () => setPanelWide(!useWorkspace.getState().panelWide) },
  { key: 'p', run: openByName },
  { key: 'h', shift: true, run: searchFiles },
  { key: 's', shift: true, run: searchEverything },
  { key: 'j', shift: true, run: () => window.dispatchEvent(new Event(nextWaitingEvent)) },
  { key: 'k', shift: true, run: switchOrganization },
]

function hasFiles(): boolean {
  const { view } = useWorkspace.getState()
  return view.type === 'task'
}

function openByName(): void {
  if (hasFiles()) setQuickOpen(true)
}

function searchFiles(): void {
  if (!hasFiles()) return
  askFileSearch()
  if (!useWorkspace.getState().panelWide) showPanel()
}

/** How a shortcut is written on this machine. */
export function shortcutText(keys: string): string {
  return bridge().platform === 'darwin' ? `⌘${keys}` : `Ctrl+${keys}`
}

/**
 * Something nearer to the focus used the key. A disabled button that keeps the focus refuses every key but Tab, and
 * has no use for it.
 */
export function isTaken(event: KeyboardEvent): boolean {
  const refused =
    event.target instanceof Element && event.target.closest('button[aria-disabled=true]') !== null
  return event.defaultPrevented && !refused
}

/** Of several things side by side that listen in the whole window, the keys mean the one that has the focus. */
export function isMeant(event: KeyboardEvent, element: Element | null): boolean {
  const part = element?.closest('[data-own-keys]')
  return part == null || (event.target instanceof Node && part.contains(event.target))
}

/** As browsers have it. On a Mac Option and an arrow go from word to word. */
function isBack({ key, altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent, mac: boolean): boolean {
  if (ctrlKey || shiftKey) return false
  return mac ? metaKey && !altKey && key === '[' : altKey && !metaKey && key === 'ArrowLeft'
}

/** How that is written on this machine. */
export const backText = (): string => (bridge().platform === 'darwin' ? '⌘[' : 'Alt+Left')

/** Handles keys that mean the same everywhere in the window. */
export function startKeymap(): () => void {
  const mac = bridge().platform === 'darwin'
  const handle = (event: KeyboardEvent) => {
    // The same on every system, by the place of the key: it writes something else on many keyboards.
    if (event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey && event.code === 'Backquote') {
      event.preventDefault()
      toggleTerminal()
      return
    }
    if (isBack(event, mac) && useWorkspace.getState().backToSearch && !isTaken(event)) {
      event.preventDefault()
      openSearch()
      return
    }
    const modifier = mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey
    if (!modifier || event.altKey || isTaken(event)) return
    const key = event.key.toLowerCase()
    const shortcut = shortcuts.find((one) => one.key === key && (one.shift ?? false) === event.shiftKey)
    if (shortcut === undefined) return
    event.preventDefault()
    shortcut.run()
  }
  window.addEventListener('keydown', handle)
  return () => window.removeEventListener('keydown', handle)
}
