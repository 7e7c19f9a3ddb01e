import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { deflateSync } from 'node:zlib'
import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import {
  type ArchiveManifest,
  type ArchiveTable,
  archiveTables,
  MOST_CONTENT,
  PACK_CONTENTS,
} from '@shared/export-format'
import type { OrganizationId } from '@shared/ids'
import type { ArchivePreview, TransferReport } from '@shared/transfer'
import { leftOut, type Row } from '../export/archive-rows'
import { unpacked } from '../search/documents'
import { BATCH_BYTES, BATCH_ROWS } from '../transfer/batch'
import type { TransferContext, Write } from '../transfer/messages'
import { readArchive } from './archive-reader'
import { compareSessions, type Known } from './compare-sessions'
import { IncomingPack } from './incoming-pack'
import { isCount, isPackEntry } from './pack-check'
import { derivedId, Places } from './places'
import { countUnknown } from './unknown'
import { type ColumnKinds, isRowOf } from './row-check'

/** Said in full; of more only the number. */
const MOST_SAID = 50
const MOST_TITLES = 20
/** About what an entry of a pack takes. */
const ENTRY_BYTES = 200
/** Told apart by what is in them: their numbers are given out anew. */
const BY_CONTENT = ['audit_events', 'pull_request_changes']

export interface ImportPlace {
  userId: string
  localOrganizationId: string
  now: number
}

/** What is in an archive against what is here. Changes nothing. */
export async function previewArchive(
  here: Sqlite.Database,
  path: string,
  place: ImportPlace,
  context: TransferContext,
): Promise<ArchivePreview> {
  const beside = await compareSessions(here, path, { ...context, step: (done) => context.step(done / 2) })
  const import_ = new ArchiveImport(here, place, beside, null)
  await import_.run(path, { ...context, step: (done) => context.step(0.5 + done / 2) })
  const { manifest } = import_
  const { size } = await stat(path)
  return {
    kind: 'archive',
    file: path,
    bytes: size,
    createdAt: manifest.createdAt,
    appVersion: manifest.appVersion,
    masked: manifest.masked,
    organization: manifest.organization.login ?? manifest.organization.name,
    into: import_.into,
    tasks: manifest.counts['tasks'] ?? 0,
    sessions: manifest.counts['sessions'] ?? 0,
    events: manifest.counts['session_events'] ?? 0,
    newTasks: import_.newTasks,
    ...import_.amounts(),
  }
}

/** Brings in what is not here. What is here stays as it is; doing it again changes nothing. */
export async function importArchive(
  here: Sqlite.Database,
  path: string,
  place: ImportPlace,
  context: TransferContext,
): Promise<TransferReport> {
  const looked = {
    ...context,
    step: (done: number) => context.step(done / 2, 'Comparing the archive with what is here'),
  }
  const beside = await compareSessions(here, path, looked)
  let withoutRoom = 0
  const import_ = new ArchiveImport(here, place, beside, async (writes) => {
    withoutRoom += (await context.write(writes)).withoutRoom
  })
  await import_.run(path, {
    ...context,
    step: (done) => context.step(0.5 + done / 2, 'Importing the archive'),
  })
  return {
    kind: 'imported',
    organizationId: import_.organizationId as OrganizationId,
    ...import_.amounts(),
    leftOut: [
      ...import_.notTaken(),
      ...(withoutRoom === 0
        ? []
        : [`${withoutRoom} contents of packs that have no room (Settings > Storage says how much there is)`]),
    ],
  }
}

interface Columns {
  names: ColumnKinds
  /** Those that every row has to have. */
  required: string[]
  key: string[]
}

/** The task that is being brought in. */
interface OpenTask {
  id: string
  isNew: boolean
  /** Written when all that belongs to it is: a task is there as a whole or not at all. */
  write: Write | null
  /** Written before that and behind all else: a session without them is known to be half. */
  turns: Write[]
  /** Sessions that were not here, or not as a whole. */
  sessions: string[]
  isDeleted: boolean
  pack: IncomingPack | null
  /** Written when all of it is. */
  wholePack: Write | null
}

class ArchiveImport {
  readonly newTasks: string[] = []
  readonly #here: Sqlite.Database
  readonly #place: ImportPlace
  readonly #beside: Known
  readonly #write: ((writes: Write[]) => Promise<void>) | null
  #manifest: ArchiveManifest | null = null
  #places: Places | null = null
  readonly #added: Record<string, number> = {}
  readonly #same: Record<string, number> = {}
  readonly #kept: Record<string, number> = {}
  readonly #unknown: Record<string, number> = {}
  readonly #conflicts: string[] = []
  #conflictCount = 0
  readonly #notTaken = new Map<string, number>()
  readonly #columns = new Map<string, Columns>()
  readonly #finders = new Map<string, Sqlite.Statement<unknown[], Row>>()
  /** Of rows that are told apart by what is in them: how often each is here. */
  readonly #contents = new Map<string, Map<string, number>>()
  #batch: Write[] = []
  #batchBytes = 0
  #task: OpenTask | null = null
  #isEnding: OpenTask | null = null
  #hasOrganization = false
  #lastContent = 0

  constructor(
    here: Sqlite.Database,
    place: ImportPlace,
    beside: Known,
    write: ((writes: Write[]) => Promise<void>) | null,
  ) {
    this.#here = here
    this.#place = place
    this.#beside = beside
    this.#write = write
  }

  get manifest(): ArchiveManifest {
    if (this.#manifest === null) throw new Error('The archive was not read')
    return this.#manifest
  }

  get into(): string | null {
    return this.#places?.into ?? null
  }

  get organizationId(): string {
    return this.#places?.organizationId ?? ''
  }

  amounts(): Pick<ArchivePreview, 'added' | 'same' | 'kept' | 'unknown' | 'conflicts' | 'conflictCount'> {
    return {
      added: this.#added,
      same: this.#same,
      kept: this.#kept,
      unknown: this.#unknown,
      conflicts: this.#conflicts,
      conflictCount: this.#conflictCount,
    }
  }

  notTaken(): string[] {
    return [...this.#notTaken].map(([what, times]) => `${times} ${what}`)
  }

  async run(path: string, context: TransferContext): Promise<void> {
    const lines = readArchive(path, {
      progress: (done) => context.step(done),
      manifest: (manifest) => {
        this.#manifest = manifest
        this.#places = new Places(this.#here, manifest, this.#place)
        for (const [id, from] of this.#beside.copies) this.#places.copySession(id, from)
      },
    })
    try {
      for await (const { table, row } of lines) await this.#line(table, row)
      await this.#endTask()
      await this.#flush()
    } catch (error) {
      await this.#undoTask()
      throw error
    }
  }

  async #line(table: string, row: Row): Promise<void> {
    const places = this.#places
    if (places === null) return
    if (table === PACK_CONTENTS) return this.#content(row)
    if (!archiveTables.includes(table as ArchiveTable) || this.#columnsOf(table).names.size === 0) {
      countUnknown(this.#unknown, table)
      return
    }
    if (table === 'tasks' || table === 'audit_events') await this.#endTask()
    if (table === 'organizations') {
      this.#hasOrganization = true
      return this.#put(table, { ...row, id: places.organizationId })
    }
    if (!this.#hasOrganization) throw notOfOurs('Its organization does not come first.')
    if (table === 'repositories') {
      const repository = this.#isRow(table, row) ? places.repository(row) : null
      return repository === null
        ? this.#refuse('repositories that cannot be read')
        : this.#put(table, repository)
    }
    if (table === 'tasks') return this.#beginTask(row)
    // They would be sent to an agent at once.
    if (table === 'queued_prompts') return this.#refuse('prompts that waited to be sent')
    const placed = places.place(table, row)
    if (placed === null) return this.#refuse(`rows of ${table} that belong to nothing here`)
    if (table === 'task_packs') return this.#beginPack(placed)
    if (table === 'pack_entries') return this.#packEntry(placed)
    return this.#put(table, this.#settled(table, placed, row))
  }

  async #beginTask(row: Row): Promise<void> {
    const placed = this.#isRow('tasks', row) ? (this.#places?.task(row) ?? null) : null
    const title = String(row['title'])
    if (placed === null) return this.#refuse('tasks that cannot be read')
    const { here, isMoved } = placed
    const id = String(placed.row['id'])
    if (here === undefined) {
      if (this.newTasks.length < MOST_TITLES) this.newTasks.push(title)
      this.#count(this.#added, 'tasks')
      this.#task = {
        id,
        isNew: true,
        write: { table: 'tasks', row: this.#known('tasks', placed.row) },
        turns: [],
        sessions: [],
        isDeleted: false,
        pack: null,
        wholePack: null,
      }
      return
    }
    if (isMoved)
      this.#conflict(
        `"${title}": the branch ${String(row['branch'])} has a task here, "${String(here['title'])}". Its sessions are put there.`,
      )
    if (here['deleted_at'] !== null) this.#conflict(`"${title}" is being deleted here.`)
    const isSame = !isMoved && this.#isSame('tasks', placed.row, here)
    this.#count(isSame ? this.#same : this.#kept, 'tasks')
    const starts = here['materialized_at'] === null && row['materialized_at'] !== null
    const { prompt, materialized_at, base_branch, base_commit } = placed.row
    this.#task = {
      id,
      isNew: false,
      turns: [],
      sessions: [],
      isDeleted: here['deleted_at'] !== null,
      pack: null,
      wholePack: null,
      write: starts
        ? {
            started: id,
            row: this.#known('tasks', {
              prompt: prompt ?? '',
              materialized_at: materialized_at ?? null,
              base_branch: base_branch ?? null,
              base_commit: base_commit ?? null,
            }),
          }
        : null,
    }
  }

  async #endTask(): Promise<void> {
    const task = this.#task
    this.#task = null
    if (task === null) return
    this.#isEnding = task
    await task.pack?.end()
    if (task.wholePack !== null && task.pack?.hasNews === true) await this.#queue(task.wholePack)
    for (const turn of task.turns) await this.#queue(turn)
    if (task.write !== null) await this.#queue(task.write)
    await this.#flush()
    this.#isEnding = null
  }

  /** Takes back what was written of a task or of its sessions and did not come to its end. */
  async #undoTask(): Promise<void> {
    const task = this.#task ?? this.#isEnding
    this.#task = null
    this.#batch = []
    if (task === null || this.#write === null) return
    const writes: Write[] = task.isNew
      ? [{ forget: task.id }]
      : [
          ...task.sessions.map((session) => ({ forgetSession: session })),
          ...(task.pack?.hasNews === true ? [{ half: task.id }] : []),
        ]
    if (writes.length > 0) await this.#write(writes)
  }

  #beginPack(placed: Row): void {
    const task = this.#task
    const known = this.#known('task_packs', placed)
    const { run = null, kept_at = null } = known
    if (task === null || task.isDeleted || task.pack !== null || known['task_id'] !== task.id)
      return this.#refuse('rows of task_packs that belong to nothing here')
    if (!this.#isRow('task_packs', known) || !isCount(run) || (kept_at !== null && !isCount(kept_at)))
      return this.#refuse('rows of task_packs that cannot be read')
    const { id, isNew } = task
    const here = this.#find('task_packs', known)
    if (here === undefined) this.#count(this.#added, 'task_packs')
    else this.#count(here['kept_at'] === kept_at ? this.#same : this.#kept, 'task_packs')
    task.pack = new IncomingPack(this.#here, { taskId: id, isNew, hasNews: here === undefined }, (part) =>
      this.#queue(part),
    )
    task.wholePack = { whole: id, isNew, run: Number(run), keptAt: kept_at === null ? null : Number(kept_at) }
  }

  async #content({ n, content }: Row): Promise<void> {
    const isOurs = typeof n === 'number' && isCount(n) && n > this.#lastContent
    if (!isOurs || !Buffer.isBuffer(content) || content.length > MOST_CONTENT)
      return this.#refuse('contents of packs that cannot be read')
    this.#lastContent = n
    await this.#task?.pack?.begin(n, content)
  }

  async #packEntry({ content: number = null, ...placed }: Row): Promise<void> {
    const pack = this.#task?.pack ?? null
    if (pack === null || placed['task_id'] !== this.#task?.id)
      return this.#refuse('rows of pack_entries that belong to nothing here')
    const content = pack.named(number)
    const known = this.#known('pack_entries', placed)
    const row = content == null ? known : { ...known, bytes: content.length }
    if (content === undefined || !this.#isRow('pack_entries', row) || !isPackEntry(row, content))
      return this.#refuse('rows of pack_entries that cannot be read')
    const outcome = await pack.take(row, content !== null)
    const amounts = { added: this.#added, same: this.#same, kept: this.#kept }
    this.#count(amounts[outcome], 'pack_entries')
  }

  /** What nobody waits for any more here. */
  #settled(table: string, placed: Row, row: Row): Row {
    if (table === 'turns' && placed['ended_at'] === null)
      return { ...placed, ended_at: placed['started_at'] ?? 0, stop_reason: 'interrupted' }
    if (table === 'permission_requests' && placed['state'] === 'pending')
      return { ...placed, state: 'expired', resolved_at: placed['created_at'] ?? 0 }
    if (table === 'session_events' && this.#places?.isCopied(row['session_id']) === true)
      return renamed(placed, String(placed['session_id']))
    return placed
  }

  async #put(table: string, row: Row): Promise<void> {
    const known = this.#known(table, row)
    if (!this.#isRow(table, known)) {
      if (table === 'organizations') throw notOfOurs('Its organization cannot be read.')
      return this.#refuse(`rows of ${table} that cannot be read`)
    }
    if (BY_CONTENT.includes(table)) {
      const { id: _id, ...content } = known
      if (this.#isContentHere(table, content)) return this.#count(this.#same, table)
      this.#count(this.#added, table)
      return this.#queue({ table, row: content })
    }
    const here = this.#find(table, known)
    if (table === 'sessions') {
      const id = String(known['id'])
      this.#places?.comes(id)
      if (here === undefined || this.#beside.half.has(id)) this.#task?.sessions.push(id)
    }
    if (here === undefined) {
      this.#count(this.#added, table)
      if (table === 'turns' && this.#task !== null) {
        this.#task.turns.push({ table, row: known })
        return
      }
      return this.#queue({ table, row: known })
    }
    // This computer's own organization is whatever it is on each.
    const isOwn = table === 'organizations' && known['kind'] === 'local'
    this.#count(isOwn || this.#isSame(table, known, here) ? this.#same : this.#kept, table)
  }

  async #queue(write: Write): Promise<void> {
    if (this.#write === null) return
    this.#batch.push(write)
    if ('row' in write) for (const value of Object.values(write.row)) this.#batchBytes += lengthOf(value)
    if ('pack' in write) this.#batchBytes += lengthOf(write.content) + write.entries.length * ENTRY_BYTES
    if (this.#batch.length >= BATCH_ROWS || this.#batchBytes >= BATCH_BYTES) await this.#flush()
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (batch.length > 0 && this.#write !== null) await this.#write(batch)
  }

  /** The row without columns that are not known here, or that stay on a computer. */
  #known(table: string, row: Row): Row {
    const { names } = this.#columnsOf(table)
    const hidden = leftOut[table as ArchiveTable] ?? []
    const known: Row = {}
    for (const [name, value] of Object.entries(row)) {
      if (hidden.includes(name)) continue
      if (names.has(name)) known[name] = value
      else countUnknown(this.#unknown, `${table}.${name}`)
    }
    return known
  }

  #isRow(table: string, row: Row): boolean {
    const { names, required } = this.#columnsOf(table)
    return isRowOf(table, row, names, required)
  }

  #find(table: string, row: Row): Row | undefined {
    const { key } = this.#columnsOf(table)
    let finder = this.#finders.get(table)
    if (finder === undefined) {
      finder = this.#here.prepare(
        `SELECT * FROM ${table} WHERE ${key.map((name) => `"${name}" = ?`).join(' AND ')}`,
      )
      this.#finders.set(table, finder)
    }
    return finder.get(...key.map((name) => row[name] ?? null))
  }

  #isSame(table: string, row: Row, here: Row): boolean {
    const hidden = leftOut[table as ArchiveTable] ?? []
    return Object.entries(row).every(
      ([name, value]) => hidden.includes(name) || isEqual(value, here[name] ?? null),
    )
  }

  /** Each that is here stands for one in the archive. */
  #isContentHere(table: string, content: Row): boolean {
    let known = this.#contents.get(table)
    if (known === undefined) {
      known = new Map()
      this.#contents.set(table, known)
      const rows = this.#here
        .prepare<[string], Row>(`SELECT * FROM ${table} WHERE organization_id = ?`)
        .iterate(this.organizationId)
      for (const { id: _id, ...row } of rows) {
        const digest = digestOf(row)
        known.set(digest, (known.get(digest) ?? 0) + 1)
      }
    }
    const digest = digestOf(content)
    const left = known.get(digest) ?? 0
    if (left > 0) known.set(digest, left - 1)
    return left > 0
  }

  #columnsOf(table: string): Columns {
    const cached = this.#columns.get(table)
    if (cached !== undefined) return cached
    const info = this.#here.pragma(`table_info("${table.replaceAll('"', '')}")`) as {
      name: string
      type: string
      notnull: number
      dflt_value: string | null
      pk: number
    }[]
    const columns = {
      names: new Map(info.map(({ name, type, notnull }) => [name, { type, optional: notnull === 0 }])),
      required: info
        .filter(({ notnull, dflt_value, pk, type }) =>
          // Numbers of rows are given out here.
          pk > 0 ? type.toLowerCase() !== 'integer' : notnull === 1 && dflt_value === null,
        )
        .map(({ name }) => name),
      key: info
        .filter(({ pk }) => pk > 0)
        .toSorted((left, right) => left.pk - right.pk)
        .map(({ name }) => name),
    }
    this.#columns.set(table, columns)
    return columns
  }

  #count(amounts: Record<string, number>, table: string): void {
    amounts[table] = (amounts[table] ?? 0) + 1
  }

  #refuse(what: string): void {
    this.#notTaken.set(what, (this.#notTaken.get(what) ?? 0) + 1)
  }

  #conflict(text: string): void {
    this.#conflictCount += 1
    if (this.#conflicts.length < MOST_SAID) this.#conflicts.push(text)
  }
}

function notOfOurs(detail: string): FoundryError {
  return new FoundryError('invalid_input', 'This file is not an archive of Foundry.', { detail })
}

const OURS = /\b(?:turn|permission|attachment)_[0-9a-f-]{8,64}\b/g

/** An event of a session that is put beside another one: ids in it are those of its own rows. */
function renamed(row: Row, sessionId: string): Row {
  const rename = (text: string): string => text.replaceAll(OURS, (id) => derivedId(id, sessionId))
  const { payload, full } = row
  const whole = Buffer.isBuffer(full) ? unpacked(full) : null
  return {
    ...row,
    payload: rename(String(payload)),
    ...(whole === null || rename(whole) === whole ? {} : { full: deflateSync(rename(whole)) }),
  }
}

function isEqual(left: Row[string], right: Row[string]): boolean {
  if (Buffer.isBuffer(left)) return Buffer.isBuffer(right) && left.equals(right)
  return left === right
}

function digestOf(row: Row): string {
  const sorted = Object.entries(row).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha1').update(JSON.stringify(sorted)).digest('base64')
}

function lengthOf(value: string | number | null | Uint8Array): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
}
