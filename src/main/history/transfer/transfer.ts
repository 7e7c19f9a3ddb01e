import { Worker } from 'node:worker_threads'
import { FoundryError, toErrorValue } from '@shared/errors'
import type { TransferReport } from '@shared/transfer'
import type { Database } from '../../database'
import type { PackPlace } from '../../task/packs/intake'
import type { TransferNews, TransferOrder, TransferThread, TransferWork } from './messages'
import { RowWriter, type Touched } from './row-writer'

export interface Transfers {
  /**
   * Does one piece of work on a thread of its own.
   *
   * @throws FoundryError as the work ended; `cancelled` when the signal said so
   */
  run(work: TransferWork, options: TransferOptions): Promise<TransferReport>
}

export interface TransferOptions {
  signal: AbortSignal
  progress(done: number, stage: string | undefined): void
  /** What was written, whether or not the work came to its end. */
  touched?(touched: Touched): void
}

export interface TransfersOptions {
  script: URL
  directory: string
  nativeBinding: string | undefined
  database: Database
  packs: PackPlace
}

/** Exports and imports: reads and files are a thread's, what is written to the database is written here. */
export function createTransfers(options: TransfersOptions): Transfers {
  const { script, directory, nativeBinding, database, packs } = options
  return {
    async run(work, { signal, progress, touched }) {
      signal.throwIfAborted()
      const workerData: TransferThread = { work, directory, nativeBinding }
      const worker = new Worker(script, { workerData })
      const order = (message: TransferOrder): void => worker.postMessage(message)
      const writer = new RowWriter(database, packs)
      const cancel = (): void => order({ type: 'cancel' })
      signal.addEventListener('abort', cancel)
      try {
        return await new Promise<TransferReport>((resolve, reject) => {
          worker.once('error', reject)
          worker.once('exit', (code) => reject(new Error(`The thread of a transfer ended with code ${code}`)))
          worker.on('message', (news: TransferNews) => {
            switch (news.type) {
              case 'progress':
                return progress(news.done, news.stage)
              case 'write':
                writer.write(news.writes).then(
                  (written) => order({ type: 'written', id: news.id, written }),
                  (error: unknown) => order({ type: 'refused', id: news.id, error: toErrorValue(error) }),
                )
                return
              case 'done':
                return resolve(news.report)
              case 'failed': {
                const { kind, message, next, detail } = news.error
                return reject(
                  new FoundryError(kind, message, {
                    ...(next === undefined ? {} : { next }),
                    ...(detail === undefined ? {} : { detail }),
                  }),
                )
              }
            }
          })
        })
      } finally {
        signal.removeEventListener('abort', cancel)
        void worker.terminate()
        touched?.(writer.touched)
      }
    },
  }
}
