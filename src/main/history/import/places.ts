import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import { validateBranchName } from '@shared/branch-name'
import type { ArchiveManifest } from '@shared/export-format'
import type { Row } from '../export/archive-rows'

const ID = /^[a-z]+_[0-9a-f-]{8,64}$/
/** What cannot be there without its session. */
const OF_A_SESSION = ['turns', 'permission_requests', 'prompt_attachments', 'session_events']
const REMOTE = /^(?:https?|ssh|git):\/\/[^\s]+$|^[\w.][\w.-]*@[\w.-]+:[^\s]+$/

/** An id that follows from another one and from what it is a copy of: the same at every import. */
export function derivedId(id: string, from: string): string {
  const hex = createHash('sha256').update(`${id} ${from}`).digest('hex')
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  return `${id.replace(/_.*$/, '')}_${uuid}`
}

/**
 * Where what is in an archive belongs here: the same organization, repository or branch may have another id on this
 * computer.
 */
export class Places {
  readonly #here: Sqlite.Database
  readonly organizationId: string
  /** Null where it is new here. */
  readonly into: string | null
  readonly #organizations = new Map<string, string>()
  readonly #repositories = new Map<string, string>()
  readonly #tasks = new Map<string, string>()
  readonly #sessions = new Map<string, string>()
  readonly #coming = new Set<string>()
  readonly #userId: string

  constructor(
    here: Sqlite.Database,
    { organization }: Pick<ArchiveManifest, 'organization'>,
    { userId, localOrganizationId }: { userId: string; localOrganizationId: string },
  ) {
    this.#here = here
    this.#userId = userId
    if (!ID.test(organization.id))
      throw new FoundryError('invalid_input', 'This archive is damaged or was cut short.', {
        detail: 'Its organization has an id that is none.',
      })
    const known = this.#findOrganization(organization, localOrganizationId)
    this.organizationId = known?.id ?? organization.id
    this.into = known?.name ?? null
    this.#organizations.set(organization.id, this.organizationId)
  }

  #findOrganization(
    { id, kind, host, githubId }: ArchiveManifest['organization'],
    local: string,
  ): { id: string; name: string } | undefined {
    const find = (where: string, ...values: string[]): { id: string; name: string } | undefined =>
      this.#here
        .prepare<string[], { id: string; name: string }>(`SELECT id, name FROM organizations WHERE ${where}`)
        .get(...values)
    if (kind === 'local') return find('id = ?', local)
    const same = find('id = ?', id)
    return (
      same ??
      (host === null || githubId === null ? undefined : find('host = ? AND github_id = ?', host, githubId))
    )
  }

  /** Null for a row that cannot be one of ours. */
  repository(row: Row): Row | null {
    const id = String(row['id'])
    if (!ID.test(id)) return null
    const githubId = row['github_id'] ?? null
    const known =
      this.#one('SELECT id FROM repositories WHERE id = ?', id) ??
      (githubId === null
        ? undefined
        : this.#one(
            'SELECT id FROM repositories WHERE organization_id = ? AND github_id = ?',
            this.organizationId,
            String(githubId),
          ))
    this.#repositories.set(id, known ?? id)
    const origin = row['origin_url']
    return {
      ...row,
      id: known ?? id,
      organization_id: this.organizationId,
      // What git is told to fetch from decides what it runs.
      origin_url: typeof origin === 'string' && REMOTE.test(origin) ? origin : null,
    }
  }

  /**
   * A task, or the one here that has its branch already: a branch has one task.
   *
   * @returns null for a row that cannot be one of ours
   */
  task(row: Row): { row: Row; here: Row | undefined; isMoved: boolean } | null {
    const id = String(row['id'])
    const branch = String(row['branch'])
    const repositoryId = this.#repositories.get(String(row['repository_id']))
    if (!ID.test(id) || repositoryId === undefined || validateBranchName(branch) !== null) return null
    const head = String(row['head_repository'])
    const placed = {
      ...row,
      organization_id: this.organizationId,
      repository_id: repositoryId,
      head_repository: this.#repositories.get(head) ?? head,
    }
    const find = this.#here.prepare<string[], Row>('SELECT * FROM tasks WHERE id = ?')
    const same = find.get(id)
    const other =
      same ??
      this.#here
        .prepare<string[], Row>(
          'SELECT * FROM tasks WHERE repository_id = ? AND head_repository = ? AND branch = ? AND deleted_at IS NULL',
        )
        .get(repositoryId, placed.head_repository, branch)
    const to = other === undefined ? id : String(other['id'])
    this.#tasks.set(id, to)
    return { row: { ...placed, id: to }, here: other, isMoved: to !== id }
  }

  /** Sessions that went another way here are put beside those: under an id that says from where. */
  copySession(id: string, from: string): void {
    this.#sessions.set(id, derivedId(id, from))
  }

  /** A session that is here, or that was taken over: what belongs to others is not. */
  comes(id: string): void {
    this.#coming.add(id)
  }

  isCopied(sessionId: unknown): boolean {
    return this.#sessions.has(String(sessionId))
  }

  /** Any other row, with the ids that hold here; null for one that belongs to nothing that is here or comes. */
  place(table: string, row: Row): Row | null {
    const placed: Row = { ...row }
    const sessionId = String((table === 'sessions' ? row['id'] : row['session_id']) ?? '')
    const copy = this.#sessions.get(sessionId)
    const map = (name: string, to: (id: string) => string | undefined): boolean => {
      const value = row[name]
      if (typeof value !== 'string') return true
      const mapped = to(value)
      if (mapped === undefined) return false
      placed[name] = mapped
      return true
    }
    if (!map('organization_id', (id) => this.#organizations.get(id))) return null
    const isAudit = table === 'audit_events'
    if (!map('repository_id', (id) => this.#repositories.get(id) ?? (isAudit ? id : undefined))) return null
    if (!map('task_id', (id) => this.#tasks.get(id) ?? (isAudit ? id : undefined))) return null
    map('session_id', (id) => this.#sessions.get(id) ?? id)
    map('active_session_id', (id) => this.#sessions.get(id) ?? id)
    map('user_id', () => this.#userId)
    map('actor', (id) => (id.startsWith('user_') ? this.#userId : id))
    if (copy !== undefined) {
      if (table === 'sessions') {
        placed['id'] = copy
        placed['name'] = `${String(row['name'])} (imported)`
        // The agent's session goes on where the one here does.
        placed['agent_session_id'] = null
      } else if (table !== 'checkpoints') map('id', (id) => derivedId(id, copy))
      map('turn_id', (id) => derivedId(id, copy))
      map('owner_id', (id) => derivedId(id, copy))
    }
    if (OF_A_SESSION.includes(table) && !this.#coming.has(String(placed['session_id']))) return null
    const id = placed['id']
    if (typeof id === 'string' && !ID.test(id)) return null
    return placed
  }

  #one(query: string, ...values: string[]): string | undefined {
    return this.#here
      .prepare<string[], string>(query)
      .pluck()
      .get(...values)
  }
}
