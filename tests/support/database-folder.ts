import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabases, type Databases, type OpenDatabasesOptions } from '../../src/main/database'
import type { Migration } from '../../src/main/database/migrations'
import type { DatabaseWorker } from '../../src/main/database/worker-client'
import { answer, type WorkerRequest, type WorkerTasks } from '../../src/main/database/worker-tasks'

/** Does what the worker does, in this thread. */
export const inProcessWorker: DatabaseWorker = {
  async ask(type, input, { progress, signal } = {}) {
    const reply = await answer({ ...input, type, nativeBinding: undefined } as WorkerRequest, {
      progress: (done) => progress?.(done),
      cancelled: () => signal?.aborted === true,
    })
    if ('failure' in reply) throw Object.assign(new Error(reply.failure), { code: reply.code })
    return reply.value as WorkerTasks[typeof type]['output']
  },
}

/** A data folder with a database that is opened as the app opens it. */
export class DatabaseFolder {
  readonly file: string
  readonly backups: string
  readonly said: string[] = []
  #opened: Databases[] = []

  private constructor(readonly directory: string) {
    this.file = join(directory, 'foundry.db')
    this.backups = join(directory, 'backups')
  }

  static async make(): Promise<DatabaseFolder> {
    return new DatabaseFolder(await mkdtemp(join(tmpdir(), 'foundry-test-')))
  }

  /** In a folder that exists, such as the mount point of a small disk. */
  static at(directory: string): DatabaseFolder {
    return new DatabaseFolder(directory)
  }

  async open(options: Partial<OpenDatabasesOptions> = {}): Promise<Databases> {
    const databases = await openDatabases({
      directory: this.directory,
      backupsDirectory: this.backups,
      nativeBinding: undefined,
      uncleanExit: false,
      log: { info: (message) => this.said.push(message), warn: (message) => this.said.push(message) },
      worker: inProcessWorker,
      ...options,
    })
    this.#opened.push(databases)
    return databases
  }

  /** Opens, works and closes again. */
  async use(run: (databases: Databases) => void, options: Partial<OpenDatabasesOptions> = {}): Promise<void> {
    const databases = await this.open(options)
    run(databases)
    databases.close()
  }

  hash(file = this.file): Promise<string> {
    return readFile(file).then((bytes) => createHash('sha256').update(bytes).digest('hex'))
  }

  async backupNames(): Promise<string[]> {
    // What lies beside each says what is in it.
    const names = existsSync(this.backups) ? await readdir(this.backups) : []
    return names.filter((name) => !name.endsWith('.json')).toSorted()
  }

  closeAll(): void {
    for (const { database } of this.#opened) {
      database.events.$client.close()
      database.commands.$client.close()
    }
  }

  async remove(): Promise<void> {
    this.closeAll()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Steps for tests of the runner: parents with children that go when their parent goes. */
export const INITIAL: Migration = {
  tag: '0000_initial',
  sql: `CREATE TABLE parents (id text PRIMARY KEY NOT NULL, name text NOT NULL);
--> statement-breakpoint
CREATE TABLE children (
  id text PRIMARY KEY NOT NULL,
  parent_id text NOT NULL,
  FOREIGN KEY (parent_id) REFERENCES parents(id) ON DELETE cascade
);`,
}

/** What drizzle-kit writes for a changed default: the table is made anew, with its pragmas that do nothing here. */
export const REBUILD: Migration = {
  tag: '0001_rebuild',
  sql: `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE __new_parents (id text PRIMARY KEY NOT NULL, name text DEFAULT 'x' NOT NULL);
--> statement-breakpoint
INSERT INTO __new_parents (id, name) SELECT id, name FROM parents;--> statement-breakpoint
DROP TABLE parents;--> statement-breakpoint
ALTER TABLE __new_parents RENAME TO parents;--> statement-breakpoint
PRAGMA foreign_keys=ON;`,
}

/** A parent with three children, and one without. */
export const FAMILY = `
INSERT INTO parents VALUES ('a', 'A'), ('b', 'B');
INSERT INTO children VALUES ('1', 'a'), ('2', 'a'), ('3', 'a');`
