import { panelFits } from './frame-layout'
import { setLayout, setOverlay, useWorkspace } from './workspace'

/** Shows or hides a side panel, in the way the width of the window allows. */
export function togglePanel(which: 'sidebar' | 'panel'): void {
  const state = useWorkspace.getState()
  if (!panelFits(which)) setOverlay(state.overlay === which ? null : which)
  else if (which === 'sidebar') setLayout({ sidebarOpen: !state.sidebarOpen })
  else setLayout({ panelOpen: !state.panelOpen })
}

/** Brings the sidebar where it can be seen, if it is away. */
export function showSidebar(): void {
  const { sidebarOpen, overlay } = useWorkspace.getState()
  if (!panelFits('sidebar') ? overlay !== 'sidebar' : !sidebarOpen) togglePanel('sidebar')
}
