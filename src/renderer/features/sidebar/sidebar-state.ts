import { create } from 'zustand'
import { readStored, writeStored } from '../../client/storage'
import { placed } from './placed'

interface SidebarState {
  filter: string
  showArchived: boolean
  view: 'repositories' | 'recent'
  /** Repositories a person folded (true) or unfolded, kept between runs. */
  folded: ReadonlyMap<string, boolean>
  /** Repositories of which all pull requests are shown, in this run. */
  unfolded: ReadonlySet<string>
  /** Tasks that stand above the others, kept between runs. */
  pinned: ReadonlySet<string>
  /** Filters a person keeps, the last one first. */
  saved: readonly string[]
  /** Repositories that a person put in a place, kept between runs. */
  order: readonly string[]
  /** Repositories that a person does not want in the list, kept between runs. */
  hidden: ReadonlySet<string>
  /** They are in it all the same, in this run. */
  showHidden: boolean
  /** The task whose title is being edited in the list. */
  renaming: string | null
}

const foldedKey = 'folded'
const viewKey = 'sidebar-view'
const pinnedKey = 'pinned'
const orderKey = 'repository-order'
const savedKey = 'saved-filters'
const hiddenKey = 'hidden-repositories'
const mostSaved = 20
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

function storedTexts(key: string): string[] {
  const accept = (value: unknown) =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : null
  return readStored(key, accept) ?? []
}

export const useSidebar = create<SidebarState>(() => ({
  filter: '',
  showArchived: false,
  view: readStored(viewKey, (value) => (value === 'recent' ? value : null)) ?? 'repositories',
  folded: storedFolded(),
  unfolded: new Set(),
  pinned: new Set(storedTexts(pinnedKey)),
  order: storedTexts(orderKey),
  hidden: new Set(storedTexts(hiddenKey)),
  showHidden: false,
  saved: storedTexts(savedKey),
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

export function setSaved(filter: string, isSaved: boolean): void {
  const others = useSidebar.getState().saved.filter((one) => one !== filter)
  const saved = isSaved ? [filter, ...others].slice(0, mostSaved) : others
  useSidebar.setState({ saved })
  writeStored(savedKey, saved)
}

export function setPinned(taskId: string, isPinned: boolean): void {
  const pinned = new Set(useSidebar.getState().pinned)
  if (isPinned) pinned.add(taskId)
  else pinned.delete(taskId)
  useSidebar.setState({ pinned })
  writeStored(pinnedKey, [...pinned].slice(-mostFolded))
}

export function setHidden(repositoryId: string, isHidden: boolean): void {
  const hidden = new Set(useSidebar.getState().hidden)
  if (isHidden) hidden.add(repositoryId)
  else hidden.delete(repositoryId)
  useSidebar.setState({ hidden })
  writeStored(hiddenKey, [...hidden])
}

export function setShowHidden(showHidden: boolean): void {
  useSidebar.setState({ showHidden })
}

/** Puts a repository where another one stands. `shown` are those of the list as it stands now. */
export function placeRepository(shown: readonly string[], id: string, at: string): void {
  const order = placed(useSidebar.getState().order, shown, id, at)
  useSidebar.setState({ order })
  writeStored(orderKey, order.slice(0, mostFolded))
}

export function showAll(repositoryId: string): void {
  useSidebar.setState({ unfolded: new Set(useSidebar.getState().unfolded).add(repositoryId) })
}

export function setSidebarView(view: SidebarState['view']): void {
  useSidebar.setState({ view })
  writeStored(viewKey, view)
}
