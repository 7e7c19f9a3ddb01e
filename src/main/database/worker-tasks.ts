import { openConnection, type OpenOptions } from './connection'
import { codeOf } from './failure'

/** Copies, integrity checks and checkpoints. Each opens what it needs and closes it again. */
export type WorkerRequest = { nativeBinding: string | undefined } & (
  | { type: 'backup'; source: string; target: string }
  | { type: 'check'; file: string; thorough: boolean }
  | { type: 'checkpoint'; file: string }
)
/** `code` is that of SQLite or the file system, empty where there is none. */
export type WorkerAnswer = { value: string | null } | { failure: string; code: string }

export function answer(request: WorkerRequest): WorkerAnswer {
  try {
    return { value: work(request) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error), code: codeOf(error) }
  }
}

function work(request: WorkerRequest): string | null {
  const options: OpenOptions = {
    synchronous: 'FULL',
    nativeBinding: request.nativeBinding,
    readonly: true,
  }
  if (request.type === 'checkpoint') return checkpoint(request.file, { ...options, readonly: false })
  if (request.type === 'check') return check(request.file, request.thorough, options)
  const source = openConnection(request.source, options)
  try {
    source.prepare('VACUUM INTO ?').run(request.target)
  } finally {
    source.close()
  }
  const problem = check(request.target, true, options)
  if (problem !== null) throw new Error(`The copy is not sound: ${problem}`)
  return null
}

/** What is written meanwhile makes another round worth while; a writer is never waited for. */
const CHECKPOINT_ROUNDS = 3

function checkpoint(file: string, options: OpenOptions): null {
  const connection = openConnection(file, options)
  try {
    for (let round = 0; round < CHECKPOINT_ROUNDS; round += 1) {
      const [result] = connection.pragma('wal_checkpoint(PASSIVE)') as { log: number; checkpointed: number }[]
      if (result === undefined || result.checkpointed >= result.log) break
    }
    return null
  } finally {
    connection.close()
  }
}

function check(file: string, thorough: boolean, options: OpenOptions): string | null {
  const connection = openConnection(file, options)
  try {
    const rows = connection.pragma(thorough ? 'integrity_check(20)' : 'quick_check(20)') as Record<
      string,
      string
    >[]
    const said = rows.map((row) => Object.values(row).join(' '))
    return said.length === 1 && said[0] === 'ok' ? null : said.join('\n')
  } finally {
    connection.close()
  }
}
