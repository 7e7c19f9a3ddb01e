import { create } from 'zustand'
import { readStored, writeStored } from '../../client/storage'

interface SidebarState {
  filter: string
  showArchived: boolean
  view: 'repositories' | 'recent'
  /** Repositories a person folded (true) or unfolded, kept between runs. */
  folded: ReadonlyMap<string, boolean>
  /** Repositories of which all pull requests are shown, in this run. */
  unfolded: ReadonlySet<string>
  /** The task whose title is being edited in the list. */
  renaming: string | null
}

const foldedKey = 'folded'
const viewKey = 'sidebar-view'
/** Of the least recent ones the choice is forgotten. */
const mostFolded = 500

function storedFolded(): ReadonlyMap<string, boolean> {
  const entries = readStored(foldedKey, (value) =>
    Array.isArray(value)
      ? value.filter(
          (entry): entry is [string, boolean] =>
            Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'boolean',
        )
      : null,
  )
  return new Map(entries)
}

export const useSidebar = create<SidebarState>(() => ({
  filter: '',
  showArchived: false,
  view: readStored(viewKey, (value) => (value === 'recent' ? value : null)) ?? 'repositories',
  folded: storedFolded(),
  unfolded: new Set(),
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

export function setFolded(repositoryId: string, isFolded: boolean): void {
  const folded = new Map(useSidebar.getState().folded)
  folded.delete(repositoryId)
  folded.set(repositoryId, isFolded)
  useSidebar.setState({ folded })
  writeStored(foldedKey, [...folded].slice(-mostFolded))
}

export function showAll(repositoryId: string): void {
  useSidebar.setState({ unfolded: new Set(useSidebar.getState().unfolded).add(repositoryId) })
}

export function setSidebarView(view: SidebarState['view']): void {
  useSidebar.setState({ view })
  writeStored(viewKey, view)
}
