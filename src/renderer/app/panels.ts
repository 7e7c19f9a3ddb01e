import { panelFits } from './frame-layout'
import { setLayout, setOverlay, useWorkspace } from './workspace'

/** Shows or hides a side panel, in the way the width of the window allows. */
export function togglePanel(which: 'sidebar' | 'panel'): void {
  const state = useWorkspace.getState()
  if (!panelFits(which)) setOverlay(state.overlay === which ? null : which)
  else if (which === 'sidebar') setLayout({ sidebarOpen: !state.sidebarOpen })
  else setLayout({ panelOpen: !state.panelOpen })
}

/** Brings the right panel where it can be seen, if it is away. */
export function showPanel(): void {
  const { panelOpen, overlay } = useWorkspace.getState()
  if (!panelFits('panel') ? overlay !== 'panel' : !panelOpen) togglePanel('panel')
}

/** Brings the sidebar where it can be seen, if it is away. */
export function showSidebar(): void {
  const { sidebarOpen, overlay } = useWorkspace.getState()
  if (!panelFits('sidebar') ? overlay !== 'sidebar' : !sidebarOpen) togglePanel('sidebar')
}

/** Asked for when the terminal goes away under the focus; the composer listens. */
export const focusComposerEvent = 'foundry:focus-composer'

/** Shows the terminal of the task and goes there; from inside of it, hides it and goes back. */
export function toggleTerminal(): void {
  const { view, terminalOpen, terminalAsked } = useWorkspace.getState()
  if (view.type !== 'task') return
  const inside = document.activeElement?.closest('[data-terminal-pane]') != null
  if (terminalOpen && inside) closeTerminalPane()
  else useWorkspace.setState({ terminalOpen: true, terminalAsked: terminalAsked + 1 })
}

export function closeTerminalPane(): void {
  useWorkspace.setState({ terminalOpen: false })
  window.dispatchEvent(new Event(focusComposerEvent))
}
