import type Sqlite from 'better-sqlite3'
import type { Contents, Loss, RestorePreview } from '@shared/backups'
import { contentsOf } from './contents'
import { openConnection, type OpenOptions } from './connection'
import { codeOf } from './failure'
import { lossAgainst, mergeSalvaged, type Merged } from './loss'
import { previewOf } from './preview'
import {
  expiredPage,
  findExpired,
  type RetentionCutoffs,
  type RetentionFindings,
  type RetentionPage,
  timesKnown,
  type TimesKnown,
} from './retention'
import { salvage } from './salvage'
import { CANCELLED } from './worker-client'

/** What the worker can do: each opens what it needs and closes it again. */
export interface WorkerTasks {
  expired: { input: { file: string; cutoffs: RetentionCutoffs }; output: RetentionFindings }
  expiredPage: { input: { file: string; before: number; after: number }; output: RetentionPage }
  timesKnown: { input: { file: string; now: number; start: number }; output: TimesKnown }
  backup: { input: { source: string; target: string }; output: Contents }
  check: { input: { file: string; thorough: boolean }; output: string | null }
  checkpoint: { input: { file: string }; output: null }
  contents: { input: { file: string }; output: Contents }
  preview: {
    input: { file: string; current: string; known: readonly string[] }
    output: Omit<RestorePreview, 'runningTurns'>
  }
  salvage: { input: { damaged: string; target: string; headerFrom: string | null }; output: number }
  loss: { input: { salvaged: string; base: string }; output: Loss }
  merge: { input: { target: string; salvaged: string; base: string | null }; output: Merged }
}

export type WorkerRequest = {
  [Type in keyof WorkerTasks]: { type: Type; nativeBinding: string | undefined } & WorkerTasks[Type]['input']
}[keyof WorkerTasks]

/** `code` is that of SQLite or the file system, empty where there is none. */
export type WorkerAnswer = { value: unknown } | { failure: string; code: string }
/** From 0 to 1; or that only the check of the copy is left. */
export type BackupProgress = { done: number; isVerifying: boolean }

/** How a task that takes long speaks to whoever asked for it. */
export interface TaskContext {
  progress(progress: BackupProgress): void
  cancelled(): boolean
}

export async function answer(request: WorkerRequest, context: TaskContext): Promise<WorkerAnswer> {
  try {
    return { value: await work(request, context) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error), code: codeOf(error) }
  }
}

function work(request: WorkerRequest, context: TaskContext): unknown {
  const { nativeBinding } = request
  const open = (file: string, readonly = true): Sqlite.Database =>
    openConnection(file, { synchronous: 'FULL', nativeBinding, readonly, busyMs: BUSY_MS })
  switch (request.type) {
    case 'backup':
      return backup(request, { synchronous: 'FULL', nativeBinding, busyMs: BUSY_MS }, context)
    case 'expired':
      return using(open(request.file), (connection) => findExpired(connection, request.cutoffs))
    case 'expiredPage':
      return using(open(request.file), (connection) => expiredPage(connection, request.before, request.after))
    case 'timesKnown':
      return using(open(request.file), (connection) => timesKnown(connection, request.now, request.start))
    case 'check':
      return using(open(request.file), (connection) => problemsOf(connection, request.thorough))
    case 'checkpoint':
      return using(open(request.file, false), checkpoint)
    case 'contents':
      return using(open(request.file), contentsOf)
    case 'preview':
      return using(open(request.file), (backedUp) =>
        using(open(request.current), (current) => previewOf(backedUp, current, request.known)),
      )
    case 'salvage':
      return salvage(request.damaged, request.target, request.headerFrom, (file, writable) =>
        openPlain(file, writable, nativeBinding),
      )
    case 'loss':
      return using(openPlain(request.salvaged, true, nativeBinding), (connection) =>
        lossAgainst(connection, request.base),
      )
    case 'merge':
      return using(openPlain(request.target, true, nativeBinding), (connection) => {
        const merged = mergeSalvaged(connection, request.salvaged, request.base)
        refuseUnsound(connection)
        return merged
      })
  }
}

/** Off the main thread there is time to wait for another program. */
const BUSY_MS = 5000
/** A step of 1 MB, and a rest after it: whoever waits for the disk for a person's command is not kept behind the copy. */
const PAGES_A_STEP = 256
const REST_MS = 2

/**
 * Page by page under one read transaction: what is written meanwhile is not in it, and makes no step begin again, as it
 * would without the transaction.
 */
async function backup(
  { source, target }: WorkerTasks['backup']['input'],
  options: OpenOptions,
  context: TaskContext,
): Promise<Contents> {
  const connection = openConnection(source, { ...options, readonly: true })
  const stop = (): void => {
    if (context.cancelled()) throw Object.assign(new Error('The backup was stopped.'), { code: CANCELLED })
  }
  let expected: Contents
  try {
    connection.exec('BEGIN')
    expected = contentsOf(connection)
    await connection.backup(target, {
      progress({ totalPages, remainingPages }) {
        stop()
        context.progress({ done: 1 - remainingPages / Math.max(1, totalPages), isVerifying: false })
        rest()
        return PAGES_A_STEP
      },
    })
  } finally {
    connection.close()
  }
  context.progress({ done: 1, isVerifying: true })
  stop()
  return using(openPlain(target, true, options.nativeBinding), (copy) => {
    refuseUnsound(copy)
    const found = contentsOf(copy)
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw Object.assign(new Error('The copy holds other rows than the database.'), {
        code: 'SQLITE_CORRUPT',
      })
    return found
  })
}

const nobody = new Int32Array(new SharedArrayBuffer(4))
/** The thread has nothing else to do. */
function rest(): void {
  Atomics.wait(nobody, 0, 0, REST_MS)
}

/** A file of our own, in one piece: without a log beside it. */
function openPlain(file: string, writable: boolean, nativeBinding: string | undefined): Sqlite.Database {
  const connection = openConnection(file, {
    synchronous: 'FULL',
    nativeBinding,
    readonly: !writable,
    busyMs: BUSY_MS,
    ...(writable ? { journal: 'DELETE' } : {}),
  })
  return connection
}

function refuseUnsound(connection: Sqlite.Database): void {
  const problem = problemsOf(connection, true)
  if (problem !== null)
    throw Object.assign(new Error(`The copy is not sound: ${problem}`), { code: 'SQLITE_CORRUPT' })
}

/** What is written meanwhile makes another round worth while; a writer is never waited for. */
const CHECKPOINT_ROUNDS = 3

function checkpoint(connection: Sqlite.Database): null {
  for (let round = 0; round < CHECKPOINT_ROUNDS; round += 1) {
    const [result] = connection.pragma('wal_checkpoint(PASSIVE)') as { log: number; checkpointed: number }[]
    if (result === undefined || result.checkpointed >= result.log) break
  }
  return null
}

function problemsOf(connection: Sqlite.Database, thorough: boolean): string | null {
  const rows = connection.pragma(thorough ? 'integrity_check(20)' : 'quick_check(20)') as Record<
    string,
    string
  >[]
  const said = rows.map((row) => Object.values(row).join(' '))
  return said.length === 1 && said[0] === 'ok' ? null : said.join('\n')
}

function using<Value>(connection: Sqlite.Database, run: (connection: Sqlite.Database) => Value): Value {
  try {
    return run(connection)
  } finally {
    connection.close()
  }
}
