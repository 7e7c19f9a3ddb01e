import { eq } from 'drizzle-orm'
import type { TaskId } from '@shared/ids'
import type { Database } from '../database/connection'
import { endProcessTree } from './process-tree'
import { processes } from './tables'

export interface ProcessRecord {
  /** Also the marker in the environment of the process. */
  id: string
  taskId: TaskId | null
  role: 'server' | 'catalogue'
  pid: number
  pidStartedAt: string | null
}

/** The servers we started, on disk from before their first use until their end. */
export class ProcessRecords {
  constructor(
    private readonly database: Database,
    private readonly now: () => number = Date.now,
  ) {}

  add(record: ProcessRecord): void {
    this.database.transaction(() => {
      this.database.commands
        .insert(processes)
        .values({ ...record, createdAt: this.now() })
        .run()
    })
  }

  remove(id: string): void {
    this.database.transaction(() => {
      this.database.commands.delete(processes).where(eq(processes.id, id)).run()
    })
  }

  /**
   * Ends what an earlier run left behind, with everything those servers started. Nothing is taken over: their
   * tokens were never on disk. Call before the first server of this run. Returns how many records there were.
   */
  async endOrphans(): Promise<number> {
    const left = this.database.commands.select().from(processes).all()
    await Promise.all(
      left.map(async ({ id, pid, pidStartedAt }) => {
        await endProcessTree({ pid, startedAt: pidStartedAt, marker: id, startedByUs: false })
        this.remove(id)
      }),
    )
    return left.length
  }
}
