import { FoundryError } from '@shared/errors'
import { FAILED_STARTS_TO_RECOVERY, type StartRecord } from '../app/start-record'

/**
 * Refuses to try the same thing for ever.
 *
 * @throws FoundryError `conflict` when the last starts did not get to a usable window
 */
export function stopCrashLoop(record: StartRecord): void {
  if (record.failedStarts < FAILED_STARTS_TO_RECOVERY) return
  throw new FoundryError(
    'conflict',
    `Foundry did not start properly ${record.failedStarts} times in a row.`,
    {
      next: 'Try again. If it fails again, the logs say what went wrong.',
      ...(record.uncleanExit === null ? {} : { detail: record.uncleanExit }),
    },
  )
}
