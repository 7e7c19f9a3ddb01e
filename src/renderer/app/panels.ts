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
