import type { Search } from '../history/search/search'
import type { DomainHandlers } from '../ipc/handlers'
import type { SavedSearches } from '../user/saved-searches'

export interface SearchOwners {
  search: Search
  searches: SavedSearches
  changed(name: string): void
}

/** What stands behind the search. */
export function searchHandlers({ search, searches, changed }: SearchOwners): DomainHandlers<'search'> {
  return {
    find: ({ text, cursor }) => search.find(text, cursor),
    values: ({ key, typed }) => search.values(key, typed),
    save: ({ name, text }) => {
      searches.save(name, text)
      changed(name)
    },
    rename: ({ name, to }) => {
      searches.rename(name, to)
      changed(name)
      changed(to)
    },
    forget: ({ name }) => {
      searches.forget(name)
      changed(name)
    },
    adminRebuildIndex: () => search.rebuild(),
  }
}
