import type Sqlite from 'better-sqlite3'

/**
 * Runs a DELETE of a few rows until none is left, and lets everything else on the main thread have its turn between two.
 * Killed in the middle, it goes on where it was.
 */
export async function deleteInSlices(
  statement: Sqlite.Statement<string[]>,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  do {
    signal.throwIfAborted()
    await new Promise<void>((resolve) => setImmediate(resolve))
  } while (statement.run(...parameters).changes > 0)
}
