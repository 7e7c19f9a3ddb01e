import { useSyncExternalStore } from 'react'
import { useWorkspace } from './workspace'

/** What the middle needs to stay readable. */
const middleMin = 420

function subscribe(listener: () => void): () => void {
  window.addEventListener('resize', listener)
  return () => window.removeEventListener('resize', listener)
}

function useWindowWidth(): number {
  return useSyncExternalStore(subscribe, () => window.innerWidth)
}

export type Place = 'beside' | 'over' | 'away'

/** Where the two side panels stand at this width: the right one folds away first, then the sidebar. */
export function useFrameLayout(
  hasPanel: boolean,
  /** The panel is there because something is chosen, whatever was folded elsewhere. */
  panelWanted = false,
): { sidebar: Place; panel: Place } {
  const width = useWindowWidth()
  const { sidebarOpen, panelOpen, sidebarWidth, panelWidth, overlay } = useWorkspace()
  const sidebarFits = width - sidebarWidth >= middleMin
  const beside = sidebarOpen && sidebarFits ? sidebarWidth : 0
  const panelFits = width - beside - panelWidth >= middleMin
  return {
    sidebar: sidebarFits ? (sidebarOpen ? 'beside' : 'away') : overlay === 'sidebar' ? 'over' : 'away',
    panel: !hasPanel
      ? 'away'
      : panelFits
        ? panelOpen || panelWanted
          ? 'beside'
          : 'away'
        : overlay === 'panel'
          ? 'over'
          : 'away',
  }
}

/** Whether there is room for a panel beside the middle; where there is not, its button shows it over the rest. */
export function panelFits(which: 'sidebar' | 'panel'): boolean {
  const { sidebarOpen, sidebarWidth, panelWidth } = useWorkspace.getState()
  const width = window.innerWidth
  const sidebarFits = width - sidebarWidth >= middleMin
  if (which === 'sidebar') return sidebarFits
  return width - (sidebarOpen && sidebarFits ? sidebarWidth : 0) - panelWidth >= middleMin
}
