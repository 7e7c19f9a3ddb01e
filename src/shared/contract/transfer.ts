import { z } from 'zod'
import { jobIdSchema, organizationIdSchema } from '../ids'
import { exportRequestSchema, foreignAgentSchema, startedSchema, transferReportSchema } from '../transfer'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const job = z.object({ jobId: jobIdSchema })

/** Files that leave and enter: the work is done by jobs, and what came of it is asked for by `report`. */
export const transferContract = {
  /** Asks where to, and writes it there. */
  export: command(exportRequestSchema, startedSchema),
  /** The whole of an organization in one file. */
  archive: command(z.object({ organizationId: organizationIdSchema, mask: z.boolean() }), startedSchema),
  /** Asks for an archive, and looks into it; nothing is changed. */
  openArchive: command(nothing, startedSchema),
  /** Brings in the archive that was looked into. */
  importArchive: command(z.object({ previewId: jobIdSchema }), startedSchema),
  /** Looks for sessions that agents keep on this computer themselves. */
  findSessions: command(nothing, startedSchema),
  importSessions: command(z.object({ agents: z.array(foreignAgentSchema).min(1) }), startedSchema),
  /** What came of a job; null while it runs, and when it failed. */
  report: query(job, transferReportSchema.nullable()),
  /** Shows what a job has written in the file manager. */
  reveal: command(job, nothing),
} as const satisfies DomainContract
