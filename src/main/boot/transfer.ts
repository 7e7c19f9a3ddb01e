import { homedir } from 'node:os'
import { join } from 'node:path'
import { ARCHIVE_ENDING } from '@shared/export-format'
import { FoundryError } from '@shared/errors'
import type { JobId, OrganizationId } from '@shared/ids'
import { type ExportFormat, type TransferReport, transferReportSchema } from '@shared/transfer'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { AgentHomes, TransferWork } from '../history/transfer/messages'
import type { Touched } from '../history/transfer/row-writer'
import type { Search } from '../history/search/search'
import { createTransfers } from '../history/transfer/transfer'
import type { DomainHandlers } from '../ipc/handlers'
import type { TopicHub } from '../ipc/topic-hub'
import type { JobContext, Jobs } from '../jobs/jobs'
import type { Organizations } from '../organization/organizations'
import { transferNames } from '../history/transfer/names'
import type { PackPlace } from '../task/packs/intake'
import type { AppServices } from './services'

export interface TransferOwners {
  services: AppServices
  database: Database
  /** The file of the thread. */
  script: URL
  jobs: Jobs
  hub: TopicHub
  audit: AuditLog
  organizations: Pick<Organizations, 'local' | 'get'>
  /** Searches what comes in. */
  search: Pick<Search, 'compare'>
  packs: PackPlace
  actor: string
  now(): number
}

const endings: Record<ExportFormat, string> = { markdown: 'md', html: 'html', json: 'json' }

/** Exports and imports as jobs: their rows hold what they need, and their logs end with what came of them. */
export function createTransferDesk(owners: TransferOwners): DomainHandlers<'transfer'> {
  const { services, database, jobs, hub, audit, organizations, search, actor, now } = owners
  const { desktop, paths, appVersion } = services
  const names = transferNames(database)
  const transfers = createTransfers({
    script: owners.script,
    directory: paths.data,
    nativeBinding: services.nativeBinding,
    database,
    packs: owners.packs,
  })

  function touch({ organizations: changed, repositories, tasks }: Touched): void {
    if (changed.size + repositories.size + tasks.size > 0) search.compare()
    for (const id of changed) hub.touch('app', 'organization', id)
    // Packs.
    if (tasks.size > 0) hub.touch('app', 'storage', 'storage')
    for (const [id, organizationId] of repositories)
      hub.touch(`organization:${organizationId}`, 'repository', id)
    for (const [id, organizationId] of tasks) {
      hub.touch(`tasks:${organizationId}`, 'task', id)
      hub.touch(`task:${id}`, 'task', id)
      hub.touchList(`task:${id}`, 'session', names.sessionsOf(id))
      hub.touch(`organization:${organizationId}`, 'sync', 'sync')
    }
  }

  async function run(context: JobContext, work: TransferWork, stage: string): Promise<() => void> {
    context.stage(stage)
    const report = await transfers.run(work, {
      signal: context.signal,
      progress: (done, text) => context.stage(text ?? stage, done),
      touched: touch,
    })
    context.log(JSON.stringify(report))
    return () => record(report)
  }

  /** What left the computer or came to it is on the record; what was only looked at is not. */
  function record(report: TransferReport): void {
    if (report.kind === 'exported') {
      const { tasks, sessions, masked } = report
      audit.append({ kind: 'history.exported', actor, payload: { tasks, sessions, masked } })
    } else if (report.kind === 'imported' || report.kind === 'agents') {
      const rows = report.kind === 'imported' ? (report.added['sessions'] ?? 0) : sum(report.read)
      audit.append({ kind: 'history.imported', actor, payload: { sessions: rows } })
    }
  }

  jobs.define<TransferWork>('history.export', {
    resume: false,
    run: (context, work) => run(context, work, 'Exporting'),
  })
  jobs.define<TransferWork>('history.look', {
    resume: false,
    run: (context, work) =>
      run(context, work, work.type === 'preview' ? 'Looking into the archive' : 'Looking for sessions'),
  })
  jobs.define<TransferWork>('history.import', {
    // What is here already is passed by, so beginning again is going on.
    resume: true,
    run: (context, work) => run(context, work, 'Importing'),
  })

  const start = (
    kind: 'history.export' | 'history.look' | 'history.import',
    input: TransferWork,
  ): { jobId: JobId } => ({
    jobId: database.transaction(() => jobs.start(kind, { input })).id,
  })
  /** One at a time: each goes by what is here when it begins. */
  function startImport(input: TransferWork): { jobId: JobId } {
    if (jobs.running().some(({ kind }) => kind === 'history.import'))
      throw new FoundryError('conflict', 'Something is being imported already.', {
        next: 'Wait for its end, or stop it.',
      })
    return start('history.import', input)
  }
  const place = () => ({ userId: actor, localOrganizationId: organizations.local(), now: now() })

  function reportOf(jobId: JobId): TransferReport | null {
    if (jobs.read(jobId)?.state !== 'succeeded') return null
    return transferReportSchema.parse(JSON.parse(jobs.log(jobId)))
  }

  return {
    async export({ what, format, mask }) {
      const name = fileName(names.nameOf(what))
      const path = await desktop.chooseSavePath('Export', `${name}.${endings[format]}`)
      if (path === null) return null
      return start('history.export', { type: 'sessions', what, format, mask, path, now: now(), appVersion })
    },
    async archive({ organizationId, mask }) {
      const { name } = organizations.get(organizationId)
      const day = new Date(now()).toISOString().slice(0, 10)
      const path = await desktop.chooseSavePath(
        'Export the archive',
        `${fileName(name)} ${day}${ARCHIVE_ENDING}`,
      )
      if (path === null) return null
      return start('history.export', { type: 'archive', organizationId, mask, path, now: now(), appVersion })
    },
    async openArchive() {
      const path = await desktop.chooseFile('Choose an archive of Foundry')
      return path === null ? null : start('history.look', { type: 'preview', path, ...place() })
    },
    importArchive({ previewId }) {
      const preview = reportOf(previewId)
      if (preview?.kind !== 'archive')
        throw new FoundryError('not_found', 'This archive was not looked into.')
      return startImport({ type: 'import', path: preview.file, ...place() })
    },
    findSessions: () => start('history.look', { type: 'find', homes: agentHomes() }),
    importSessions: ({ agents }) =>
      startImport({ type: 'agents', homes: agentHomes(), agents, ...localPlace() }),
    report: ({ jobId }) => reportOf(jobId),
    async reveal({ jobId }) {
      const report = reportOf(jobId)
      if (report?.kind !== 'exported') throw new FoundryError('not_found', 'This job has written no file.')
      await desktop.revealPath(report.file)
    },
  }

  function localPlace(): { localOrganizationId: OrganizationId; now: number } {
    return { localOrganizationId: organizations.local(), now: now() }
  }
}

/** Where agents keep their files, as each of them finds its own folder. */
function agentHomes(): AgentHomes {
  const { CLAUDE_CONFIG_DIR, CODEX_HOME, XDG_DATA_HOME } = process.env
  return {
    claude: CLAUDE_CONFIG_DIR ?? join(homedir(), '.claude'),
    codex: CODEX_HOME ?? join(homedir(), '.codex'),
    opencode: join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'opencode'),
  }
}

/** A name that every system takes for a file. */
function fileName(text: string): string {
  const name = text
    .replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 80)
    .replace(/[. ]+$/, '')
  return name === '' ? 'Foundry' : name
}

const sum = (amounts: Record<string, number>): number =>
  Object.values(amounts).reduce((total, amount) => total + amount, 0)
