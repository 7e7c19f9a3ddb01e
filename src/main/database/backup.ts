import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { backupKinds, contentsSchema, type Backup, type BackupKind, type Contents } from '@shared/backups'
import { FoundryError } from '@shared/errors'
import { createPrivateFile, sizeOf, syncDirectory, syncFile, writeDurably } from './durable'
import { codeOf, databaseFailure, DatabaseDamaged, isMissing } from './failure'
import { CANCELLED, type AskOptions, type DatabaseWorker } from './worker-client'

const NAME = new RegExp(`^foundry-(\\d{13})-(${backupKinds.join('|')})\\.db$`)
const UNFINISHED =
  /^foundry-\d{13}-[a-z]+\.(?:db\.partial(?:-journal|-wal|-shm)?|db\.partial\.source(?:-wal|-shm)?|json\.partial)$/
const PARTIAL = '.partial'
/**
 * Kept of each kind: enough to go back past a bad upgrade, or a week, without filling the disk. What is left of a damaged
 * database goes only when a person says so.
 */
const KEEP: Record<BackupKind, number> = {
  daily: 7,
  upgrade: 3,
  manual: 3,
  replaced: 3,
  damaged: Infinity,
  salvaged: Infinity,
}
/** Left free beside a copy: a disk that is full to the last byte stops everything else. */
const RESERVE_BYTES = 4 * 1024 * 1024
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'

/** What lies beside a backup and says what is in it. */
const manifestSchema = z.object({
  /** One more than that of the backup before, whatever the clock said. */
  sequence: z.number().int(),
  appVersion: z.string(),
  bytes: z.number().int(),
  contents: contentsSchema,
})
type Manifest = z.infer<typeof manifestSchema>

export interface MakeBackup extends AskOptions {
  worker: DatabaseWorker
  source: string
  directory: string
  kind: BackupKind
  now: number
  appVersion: string
}

/**
 * Makes a verified copy: it appears under its name only when it is complete, sound, holds every row of the database and
 * is safe from a power cut. Nothing older goes before that.
 *
 * @returns its path
 * @throws FoundryError `disk_full`, `read_only`, `cancelled`, or `conflict` when the copy is not sound; `DatabaseDamaged`
 * when the database is not
 */
export async function makeBackup(options: MakeBackup): Promise<string> {
  const { worker, source, directory, kind } = options
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await removeUnfinished(directory)
    await requireRoom(source, directory)
    const target = await freeName(directory, kind, options.now)
    const partial = target + PARTIAL
    try {
      await createPrivateFile(partial)
      const contents = await worker.ask('backup', { source, target: partial }, options)
      await finishBackup(partial, target, options.appVersion, contents)
    } catch (error) {
      await removeUnfinished(directory)
      throw codeOf(error) === 'SQLITE_CORRUPT' ? await blame(worker, source, error) : error
    }
    await prune(directory, kind, basename(target))
    return target
  } catch (error) {
    throw backupFailure(error)
  }
}

/** Gives a complete and sound file its name among the backups, with what it holds beside it. */
export async function finishBackup(
  partial: string,
  target: string,
  appVersion: string,
  contents: Contents,
): Promise<void> {
  await syncFile(partial)
  const { size } = await stat(partial)
  const directory = join(target, '..')
  const sequence = 1 + Math.max(0, ...(await listBackups(directory)).map((one) => one.sequence))
  const manifest: Manifest = { sequence, appVersion, bytes: size, contents }
  // First: a backup under its name always has it, and without its backup it means nothing.
  await writeDurably(manifestOf(target), JSON.stringify(manifest))
  await rename(partial, target)
  await syncDirectory(directory)
}

export interface ListedBackup extends Backup {
  /** In the order in which they were made; 0 where that is not known. */
  readonly sequence: number
}

/** Newest first, whatever the clock said when they were made; empty when there never was one. */
export async function listBackups(directory: string): Promise<ListedBackup[]> {
  const found: ListedBackup[] = []
  for (const file of await namesIn(directory)) {
    const match = NAME.exec(file)
    if (match === null) continue
    const path = join(directory, file)
    const bytes = await sizeOf(path)
    if (bytes === null) continue
    const kind = match[2] as BackupKind
    const manifest = await readManifest(path)
    const isWhole = kind === 'damaged' || (await lengthFits(path, bytes))
    found.push({
      file,
      kind,
      createdAt: Number(match[1]),
      bytes,
      state: !isWhole
        ? 'incomplete'
        : manifest !== null && manifest.bytes === bytes
          ? 'verified'
          : 'unverified',
      appVersion: manifest?.appVersion ?? null,
      contents: manifest?.contents ?? null,
      sequence: manifest?.sequence ?? 0,
    })
  }
  return found.sort((left, right) => right.sequence - left.sequence || right.createdAt - left.createdAt)
}

/** As others know it. */
export function asBackup(listed: ListedBackup): Backup {
  const { file, kind, createdAt, bytes, state, appVersion, contents } = listed
  return { file, kind, createdAt, bytes, state, appVersion, contents }
}

/** Kinds that hold a database as it was, and can be opened in place of the present one. */
export function canRestore({ kind, state }: Pick<Backup, 'kind' | 'state'>): boolean {
  return kind !== 'damaged' && kind !== 'salvaged' && state !== 'incomplete'
}

/** A path among the backups, or null where the name is not one of theirs. */
export function backupPath(directory: string, file: string): string | null {
  return NAME.test(file) && basename(file) === file ? join(directory, file) : null
}

/** A name that no backup has, for one made now. */
export async function freeName(directory: string, kind: BackupKind, now: number): Promise<string> {
  for (let at = now; ; at += 1) {
    const path = join(directory, `foundry-${String(at).padStart(13, '0')}-${kind}.db`)
    if ((await sizeOf(path)) === null) return path
  }
}

/** Takes a backup away, with what lies beside it. */
export async function removeBackup(path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true })
  await rm(manifestOf(path), { force: true })
}

/** What a run that was killed while it copied has left behind. Safe while nothing is being copied. */
export async function removeUnfinished(directory: string): Promise<void> {
  const names = new Set(await namesIn(directory))
  for (const file of names) {
    const alone = /^foundry-\d{13}-[a-z]+\.json$/.test(file) && !names.has(file.replace(/json$/, 'db'))
    if (UNFINISHED.test(file) || alone) await rm(join(directory, file), { force: true })
  }
}

/** Beyond the newest of a kind. Never the one that was just made. */
export async function prune(directory: string, kind: BackupKind, made: string): Promise<void> {
  const ofKind = (await listBackups(directory)).filter((backup) => backup.kind === kind)
  for (const old of ofKind.slice(KEEP[kind])) {
    if (old.file !== made) await removeBackup(join(directory, old.file))
  }
}

async function requireRoom(source: string, directory: string): Promise<void> {
  const needed = ((await sizeOf(source)) ?? 0) + ((await sizeOf(`${source}-wal`)) ?? 0) + RESERVE_BYTES
  const { bavail, bsize } = await statfs(directory)
  if (bavail * bsize >= needed) return
  throw Object.assign(
    new Error(`${Math.ceil(needed / 1e6)} MB are needed, ${Math.floor((bavail * bsize) / 1e6)} MB are free`),
    { code: 'ENOSPC' },
  )
}

/** A copy that is not sound: of a database that is, or of one that is not? */
async function blame(worker: DatabaseWorker, source: string, error: unknown): Promise<unknown> {
  const problem = await worker
    .ask('check', { file: source, thorough: true })
    .catch((failure: unknown) => String(failure))
  return problem === null ? error : new DatabaseDamaged(problem, error)
}

function manifestOf(path: string): string {
  return path.replace(/\.db$/, '.json')
}

async function readManifest(path: string): Promise<Manifest | null> {
  try {
    return manifestSchema.safeParse(JSON.parse(await readFile(manifestOf(path), 'utf8'))).data ?? null
  } catch (error) {
    // Backups of older versions have none; one that cannot be read says nothing.
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}

/** A copy that was cut short has fewer pages than its first page says. */
async function lengthFits(path: string, bytes: number): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0)
    if (bytesRead < HEADER_BYTES || header.toString('latin1', 0, 16) !== MAGIC) return false
    const stored = header.readUInt16BE(16)
    // The one page size that does not fit in 16 bits is written as 1.
    const pageSize = stored === 1 ? 65_536 : stored
    // What was set aside with its log may have its newest pages there.
    return bytes === pageSize * header.readUInt32BE(28) || (await sizeOf(`${path}-wal`)) !== null
  } finally {
    await file.close()
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function backupFailure(error: unknown): FoundryError {
  const code = codeOf(error)
  if (error instanceof DatabaseDamaged) return error
  const detail = error instanceof Error ? error.message : String(error)
  if (code === CANCELLED)
    return new FoundryError('cancelled', 'The backup was stopped. Nothing was changed.', { cause: error })
  const failure = databaseFailure(error)
  return new FoundryError(
    failure instanceof FoundryError ? failure.kind : 'conflict',
    'A backup of the database could not be made.',
    {
      next:
        code === 'SQLITE_FULL' || code === 'ENOSPC'
          ? 'Free some disk space and try again. Nothing was changed, and earlier backups are kept.'
          : 'Try again. Nothing was changed, and earlier backups are kept.',
      detail,
      cause: error,
    },
  )
}
