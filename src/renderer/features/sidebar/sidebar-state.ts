import { create } from 'zustand'
import { readStored, writeStored } from '../../client/storage'

interface SidebarState {
  filter: string
  showArchived: boolean
  /** Folded repositories, kept between runs. */
  collapsed: ReadonlySet<string>
  /** The task whose title is being edited in the list. */
  renaming: string | null
}

const collapsedKey = 'collapsed'

function storedCollapsed(): ReadonlySet<string> {
  const ids = readStored(collapsedKey, (value) =>
    Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : null,
  )
  return new Set(ids)
}

export const useSidebar = create<SidebarState>(() => ({
  filter: '',
  showArchived: false,
  collapsed: storedCollapsed(),
  renaming: null,
}))

export function setFilter(filter: string): void {
  useSidebar.setState({ filter })
}

export function setShowArchived(showArchived: boolean): void {
  useSidebar.setState({ showArchived })
}

export function setRenaming(renaming: string | null): void {
  useSidebar.setState({ renaming })
}

export function setCollapsed(repositoryId: string, folded: boolean): void {
  const collapsed = new Set(useSidebar.getState().collapsed)
  if (folded) collapsed.add(repositoryId)
  else collapsed.delete(repositoryId)
  useSidebar.setState({ collapsed })
  writeStored(collapsedKey, [...collapsed])
}
