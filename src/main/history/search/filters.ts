import type Sqlite from 'better-sqlite3'
import type { SearchValue } from '@shared/search'
import {
  dayRange,
  type FilterKey,
  isHas,
  kindOf,
  type SearchFilter,
  type SearchKind,
} from '@shared/search-query'
import { hasWord, kindWord, scopeWord } from './documents'
import { scopeTypes } from './schema'

/** So few scopes are looked for in the index itself. */
const FEW_SCOPES = 256
const MOST_VALUES = 20

/** What filters come to. */
export interface Narrowed {
  /** Groups of words of ours, each of which has to be met. */
  about: string[][]
  without: string[]
  paths: { value: string; excluded: boolean }[]
  /** Where it may be; null for anywhere. Few of them are in `about` already. */
  scopes: ReadonlySet<number> | null
  /** Nothing can be found. */
  nothing: boolean
  /** Times in between which it is from, or is not from. */
  times: { from: number; to: number; excluded: boolean }[]
  /** Who did it, for activity. */
  actors: { value: string; excluded: boolean }[]
}

const PLACES = `WITH place (scope, type, task, session, repository, organization, author) AS (
    SELECT x.id, x.type, s.task_id, s.id, NULL, NULL, NULL FROM search_scopes x JOIN sessions s ON s.id = x.ref
      WHERE x.type = ${scopeTypes.session}
    UNION ALL SELECT x.id, x.type, x.ref, NULL, NULL, NULL, NULL FROM search_scopes x
      WHERE x.type = ${scopeTypes.task}
    UNION ALL SELECT x.id, x.type, c.task_id, c.session_id, NULL, NULL, NULL FROM search_scopes x
      JOIN checkpoints c ON c.id = x.ref WHERE x.type = ${scopeTypes.checkpoint}
    UNION ALL SELECT x.id, x.type, c.task_id, NULL, NULL, NULL, NULL FROM search_scopes x
      JOIN review_comments c ON c.id = x.ref WHERE x.type = ${scopeTypes.comment}
    UNION ALL SELECT x.id, x.type, t.id, NULL, p.repository_id, NULL, p.author FROM search_scopes x
      JOIN pull_requests p ON p.repository_id = substr(x.ref, 1, instr(x.ref, '#') - 1)
        AND p.number = CAST(substr(x.ref, instr(x.ref, '#') + 1) AS INTEGER)
      LEFT JOIN tasks t ON t.repository_id = p.repository_id AND t.pull_request_number = p.number
        AND t.deleted_at IS NULL
      WHERE x.type = ${scopeTypes.pullRequest}
    UNION ALL SELECT x.id, x.type, t.id, NULL, r.id, o.id, NULL FROM search_scopes x
      LEFT JOIN tasks t ON t.id = x.ref LEFT JOIN repositories r ON r.id = x.ref
      LEFT JOIN organizations o ON o.id = x.ref WHERE x.type = ${scopeTypes.activity})
  SELECT place.scope FROM place
    LEFT JOIN tasks t ON t.id = place.task
    LEFT JOIN repositories r ON r.id = coalesce(t.repository_id, place.repository)
    LEFT JOIN organizations o ON o.id = coalesce(r.organization_id, place.organization)
    LEFT JOIN sessions s ON s.id = place.session
    LEFT JOIN pull_requests p ON p.repository_id = r.id AND p.number = t.pull_request_number
  WHERE `

/** What a filter asks of a place, with how often its value stands in it. */
const CONDITIONS: Partial<Record<FilterKey, string>> = {
  org: 'o.id = ? OR o.name LIKE ? OR o.login LIKE ?',
  repo: 'r.id = ? OR r.name LIKE ? OR r.full_name LIKE ?',
  task: 't.id = ? OR t.title LIKE ? OR t.branch LIKE ?',
  agent: 's.agent_id = ? OR s.agent_id LIKE ?',
  model: 's.model_id = ? OR s.model_id LIKE ?',
  author: `place.author LIKE ? OR (place.author IS NULL AND place.type = ${scopeTypes.activity})`,
}
const STATES: Readonly<Record<string, string>> = {
  archived: 't.archived_at IS NOT NULL',
  active: 't.id IS NOT NULL AND t.archived_at IS NULL',
  open: `p.state = 'open' AND p.is_draft = 0`,
  draft: `p.state = 'open' AND p.is_draft = 1`,
  merged: `p.state = 'merged'`,
  closed: `p.state = 'closed'`,
}

/** @param connection has both what is stored and the index */
export function narrow(connection: Sqlite.Database, filters: readonly SearchFilter[], now: number): Narrowed {
  const result: Narrowed = {
    about: [],
    without: [],
    paths: [],
    scopes: null,
    nothing: false,
    times: [],
    actors: [],
  }
  const conditions: string[] = []
  const values: string[] = []
  const kinds = new Set<SearchKind>()
  for (const { key, value, excluded } of filters) {
    const not = excluded ? 'NOT ' : ''
    const condition = CONDITIONS[key]
    if (condition !== undefined) {
      conditions.push(`coalesce(${not}(${condition}), ${excluded ? 1 : 0})`)
      values.push(...valuesOf(key, value, condition))
      if (key === 'author') result.actors.push({ value: value.toLowerCase(), excluded })
    } else if (key === 'is') {
      conditions.push(`coalesce(${not}(${STATES[value.toLowerCase()] ?? '0'}), ${excluded ? 1 : 0})`)
    } else if (key === 'kind') {
      const kind = kindOf(value)
      if (kind === null) continue
      if (excluded) result.without.push(kindWord(kind))
      else kinds.add(kind)
    } else if (key === 'has') {
      const has = value.toLowerCase()
      if (!isHas(has)) continue
      if (excluded) result.without.push(hasWord[has])
      else result.about.push([hasWord[has]])
    } else if (key === 'path') result.paths.push({ value, excluded })
    else {
      const range = dayRange(value, now)
      if (range === null) continue
      if (key === 'after') result.times.push({ from: range.from, to: Number.MAX_SAFE_INTEGER, excluded })
      else if (key === 'before') result.times.push({ from: 0, to: range.from, excluded })
      else result.times.push({ ...range, excluded })
    }
  }
  // Several kinds are one or the other; nothing is of two.
  if (kinds.size > 0) result.about.push([...kinds].map(kindWord))
  if (conditions.length === 0) return result
  const scopes = connection
    .prepare<string[], number>(PLACES + conditions.map((one) => `(${one})`).join(' AND '))
    .pluck()
    .all(...values)
  if (scopes.length === 0) result.nothing = true
  else if (scopes.length <= FEW_SCOPES) result.about.push(scopes.map(scopeWord))
  else result.scopes = new Set(scopes)
  return result
}

/** Ids and logins are meant as they are, names by what stands in them. */
function valuesOf(key: FilterKey, value: string, condition: string): string[] {
  const plain = value.replaceAll(/[%_]/g, '_')
  if (key === 'author') return [plain]
  const exact = key === 'org' || key === 'repo' ? plain : `%${plain}%`
  const full = key === 'repo' && !value.includes('/') ? `%/${plain}` : exact
  return [value, exact, full].slice(0, condition.split('?').length - 1)
}

const VALUES: Partial<Record<FilterKey, string>> = {
  org: `SELECT DISTINCT coalesce(login, name) AS value, name AS label FROM organizations
    WHERE name LIKE ? OR login LIKE ? ORDER BY name LIMIT ${MOST_VALUES}`,
  repo: `SELECT DISTINCT coalesce(full_name, name) AS value, coalesce(full_name, local_path, name) AS label
    FROM repositories WHERE (name LIKE ? OR full_name LIKE ?) AND removed_at IS NULL
    ORDER BY last_used_at DESC, pushed_at DESC LIMIT ${MOST_VALUES}`,
  task: `SELECT title AS value, branch AS label FROM tasks WHERE (title LIKE ? OR branch LIKE ?)
    AND deleted_at IS NULL ORDER BY updated_at DESC LIMIT ${MOST_VALUES}`,
  agent: `SELECT DISTINCT agent_id AS value, '' AS label FROM sessions WHERE agent_id LIKE ? OR agent_id LIKE ?
    ORDER BY 1 LIMIT ${MOST_VALUES}`,
  model: `SELECT DISTINCT model_id AS value, agent_id AS label FROM sessions WHERE model_id LIKE ? OR model_id LIKE ?
    ORDER BY 1 LIMIT ${MOST_VALUES}`,
  author: `SELECT DISTINCT author AS value, '' AS label FROM pull_requests WHERE author LIKE ? OR author LIKE ?
    ORDER BY 1 LIMIT ${MOST_VALUES}`,
}

/** Values there are for a filter, that hold what was typed. */
export function filterValues(connection: Sqlite.Database, key: FilterKey, typed: string): SearchValue[] {
  const sql = VALUES[key]
  if (sql === undefined) return []
  const like = `%${typed.replaceAll(/[%_]/g, '_')}%`
  return connection.prepare<[string, string], SearchValue>(sql).all(like, like)
}
