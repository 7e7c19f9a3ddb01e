/** Rows that are handed to the main thread together: few and short enough to be written within a few milliseconds. */
export const BATCH_ROWS = 30
export const BATCH_BYTES = 64 * 1024
