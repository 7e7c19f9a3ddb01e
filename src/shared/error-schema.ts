import { z } from 'zod'
import { errorKinds, type ErrorValue } from './errors'
import { taskIdSchema } from './ids'

/** Apart from `errors.ts`, which is read before the first window, and by every page. */
export const errorValueSchema = z.object({
  kind: z.enum(errorKinds),
  message: z.string(),
  next: z.string().optional(),
  detail: z.string().optional(),
  taskId: taskIdSchema.optional(),
}) satisfies z.ZodType<ErrorValue>
