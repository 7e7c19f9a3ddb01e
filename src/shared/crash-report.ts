import { z } from 'zod'

/** So many are kept. */
export const CRASH_REPORTS_KEPT = 20

/** The file of a report; its digits say when, in milliseconds. */
export const crashNameSchema = z.string().regex(/^crash-\d{13}\.txt$/)

/** Something of the app ended without being asked to, or a defect came to light. */
export const crashReportSchema = z.object({
  name: crashNameSchema,
  at: z.number().int(),
  /** In one line. */
  what: z.string(),
})
export type CrashReport = z.infer<typeof crashReportSchema>
