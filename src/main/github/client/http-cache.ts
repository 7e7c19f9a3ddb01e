import { databaseFailure } from '../../database/failure'
import type { Database } from '../../database/connection'
import type { AccountId } from '@shared/ids'

export interface CachedAnswer {
  etag: string
  /** What was made of the answer when GitHub last sent it. */
  value: unknown
}

/** What conditional requests need. Losing all of it costs requests and nothing else. */
export interface HttpCache {
  get(accountId: AccountId, url: string): CachedAnswer | null
  /** Does nothing for an account that is not stored (yet, or any more). */
  put(accountId: AccountId, url: string, answer: CachedAnswer, at: number): void
  /** GitHub confirmed it. */
  confirm(accountId: AccountId, url: string, at: number): void
  /** The account's token or the account itself is gone. */
  forget(accountId: AccountId): void
  /** Drops a few of what was not confirmed since a time; true when there may be more. */
  prune(before: number): boolean
}

const PRUNED_AT_ONCE = 200

/** It is nobody's work, so it lives on the connection for which a power cut may cost something. */
export function createHttpCache(database: Database): HttpCache {
  const client = database.events.$client
  const select = client.prepare<[string, string], { etag: string; value: string | null }>(
    'SELECT etag, value FROM http_cache WHERE account_id = ? AND url = ?',
  )
  // The account may have been removed while the answer was on its way.
  const upsert = client.prepare<[string, string, string, number, string]>(`
    INSERT INTO http_cache (account_id, url, etag, value, fetched_at)
    SELECT id, ?, ?, ?, ? FROM accounts WHERE id = ?
    ON CONFLICT (account_id, url) DO UPDATE SET
      etag = excluded.etag, value = excluded.value, fetched_at = excluded.fetched_at`)
  const touch = client.prepare<[number, string, string]>(
    'UPDATE http_cache SET fetched_at = ? WHERE account_id = ? AND url = ?',
  )
  const removeAll = client.prepare<[string]>('DELETE FROM http_cache WHERE account_id = ?')
  const removeOld = client.prepare<[number, number]>(
    'DELETE FROM http_cache WHERE rowid IN (SELECT rowid FROM http_cache WHERE fetched_at < ? LIMIT ?)',
  )

  function write<Value>(run: () => Value): Value {
    try {
      return run()
    } catch (error) {
      throw databaseFailure(error)
    }
  }

  return {
    get(accountId, url) {
      const row = select.get(accountId, url)
      if (row === undefined) return null
      const value = parse(row.value)
      return value === undefined ? null : { etag: row.etag, value }
    },
    put(accountId, url, { etag, value }, at) {
      write(() => upsert.run(url, etag, JSON.stringify(value), at, accountId))
    },
    confirm(accountId, url, at) {
      write(() => touch.run(at, accountId, url))
    },
    forget(accountId) {
      write(() => removeAll.run(accountId))
    },
    prune(before) {
      return write(() => removeOld.run(before, PRUNED_AT_ONCE)).changes === PRUNED_AT_ONCE
    },
  }
}

/** A value that cannot be read any more is as good as none. */
function parse(value: string | null): unknown {
  try {
    return JSON.parse(value ?? '') as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
