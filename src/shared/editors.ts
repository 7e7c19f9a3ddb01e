/** Editors on this computer that can open a file at a line. */
import { z } from 'zod'

export const editorSchema = z.object({ id: z.string(), name: z.string() })
export type Editor = z.infer<typeof editorSchema>
