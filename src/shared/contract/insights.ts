import { z } from 'zod'
import { insightsQuestionSchema, insightsSchema, keptAs } from '../insights'
import { command, query, type DomainContract } from './define'

const LARGEST_FILE = 20 * 1024 * 1024

/** Figures of what was done, and plots to keep. */
export const insightsContract = {
  /** A question takes the place of the one before, which then fails as `cancelled`. */
  read: query(insightsQuestionSchema, insightsSchema),
  /** Asks where to, and writes it there; null when the person backs out. */
  save: command(
    z.object({
      name: z.string().trim().min(1).max(100),
      as: z.enum(keptAs),
      content: z
        .instanceof(Uint8Array)
        .refine((bytes) => bytes.byteLength <= LARGEST_FILE, 'The picture is too large'),
    }),
    z.object({ path: z.string() }).nullable(),
  ),
} as const satisfies DomainContract
