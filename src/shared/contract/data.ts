import { z } from 'zod'
import {
  backupListSchema,
  movePlanSchema,
  RESET_WORDS,
  RESTORE_WORDS,
  restorePreviewSchema,
} from '../backups'
import { CRASH_REPORTS_KEPT, crashNameSchema, crashReportSchema } from '../crash-report'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const backup = z.object({ file: z.string().max(200) })
const kept = z.object({ name: z.string().max(200) })
const report = z.object({ name: crashNameSchema })
const folder = z.object({ to: z.string().min(1).max(4096) })

/** The data as a whole: backups, and where it lies. What another database or folder needs is done by starting again. */
export const dataContract = {
  backups: query(nothing, backupListSchema),
  /** Starts one; how far it is, and how it ends, is in the topic. */
  backUp: command(nothing, nothing),
  cancelBackUp: command(nothing, nothing),
  preview: query(backup, restorePreviewSchema),
  /** Starts again with a copy of the backup. What is there now is kept among the backups. */
  restore: command(backup.extend({ words: z.literal(RESTORE_WORDS) }), nothing),
  /** Starts again with what could be read of the damaged database beside what is there now. */
  bringBack: command(nothing, nothing),
  /** The person has seen how the last thing ended. */
  seen: command(nothing, nothing),
  remove: command(backup, nothing),
  /** In the file manager; the folder where no backup is named. */
  reveal: command(z.object({ file: z.string().max(200).nullable() }), nothing),
  /** Starts again, which opens the last good backup where the database is damaged. */
  restart: command(nothing, nothing),
  planMove: query(folder, movePlanSchema),
  /** Starts again, moves, and starts from there. */
  move: command(folder, nothing),
  /** Removes the folder that the last move left. */
  removeMoved: command(nothing, nothing),
  /** Makes a backup, and starts again with nothing. What was there is kept in a folder. */
  reset: command(z.object({ words: z.literal(RESET_WORDS) }), nothing),
  undoReset: command(kept, nothing),
  removeReset: command(kept, nothing),
  /** What ended without being asked to, the newest first. */
  crashes: query(nothing, z.array(crashReportSchema).max(CRASH_REPORTS_KEPT)),
  crashText: query(report, z.string()),
  revealCrash: command(report, nothing),
  removeCrashes: command(nothing, nothing),
} as const satisfies DomainContract
