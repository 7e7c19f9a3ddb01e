import { and, asc, eq } from 'drizzle-orm'
import { FoundryError } from '@shared/errors'
import type { SavedSearch } from '@shared/search'
import type { Database } from '../database'
import { savedSearches } from './tables'

/** Searches the person keeps, by name. */
export interface SavedSearches {
  list(): SavedSearch[]
  /** Takes the place of one with this name. */
  save(name: string, text: string): void
  /** @throws FoundryError `not_found`, `conflict` when another one is called so */
  rename(name: string, to: string): void
  /** One that is already gone is fine. */
  forget(name: string): void
}

export function createSavedSearches(database: Database, userId: string, now: () => number): SavedSearches {
  const db = database.commands
  const named = (name: string) => and(eq(savedSearches.userId, userId), eq(savedSearches.name, name))
  const has = (name: string): boolean =>
    db.select({ name: savedSearches.name }).from(savedSearches).where(named(name)).get() !== undefined
  return {
    list: () =>
      db
        .select({ id: savedSearches.name, text: savedSearches.text })
        .from(savedSearches)
        .where(eq(savedSearches.userId, userId))
        .orderBy(asc(savedSearches.name))
        .all(),
    save(name, text) {
      const set = { text, savedAt: now() }
      db.insert(savedSearches)
        .values({ userId, name, ...set })
        .onConflictDoUpdate({ target: [savedSearches.userId, savedSearches.name], set })
        .run()
    },
    rename(name, to) {
      database.transaction(() => {
        if (!has(name))
          throw new FoundryError('not_found', `There is no saved search “${name}” any more.`, {
            next: 'Save it again.',
          })
        if (name === to) return
        if (has(to))
          throw new FoundryError('conflict', `Another saved search is called “${to}”.`, {
            next: 'Choose another name.',
          })
        db.update(savedSearches).set({ name: to }).where(named(name)).run()
      })
    },
    forget(name) {
      db.delete(savedSearches).where(named(name)).run()
    },
  }
}
