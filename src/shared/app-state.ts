/** What the app says about itself and the system it runs on. */
import { z } from 'zod'
import { userModelsSchema } from './domain'
import { organizationIdSchema } from './ids'

/** Whether the system opens `foundry://` links with this app. */
export const linkHandlerStateSchema = z.object({
  isOn: z.boolean(),
  canChange: z.boolean(),
  /** What opens them instead, as the system calls it. */
  other: z.string().nullable(),
  /** Why it cannot be changed here. */
  reason: z.string().nullable(),
})
export type LinkHandlerState = z.infer<typeof linkHandlerStateSchema>

/** What spelling is checked by. */
const spellCheckStateSchema = z.object({
  /** That there are dictionaries for; none where the system checks by itself. */
  languages: z.array(z.string()),
  language: z.string().nullable(),
  dictionary: z.enum(['off', 'system', 'fetching', 'ready', 'failed']),
})
export type SpellCheckState = z.infer<typeof spellCheckStateSchema>

export const appStateSchema = z.object({
  id: z.literal('app'),
  version: z.string(),
  platform: z.string(),
  dataDirectory: z.string(),
  organizationId: organizationIdSchema,
  /** False where the OS has no keychain: secrets then live for this run only. */
  keychain: z.boolean(),
  spelling: spellCheckStateSchema,
  /** Set when the last run did not end properly, with what was found. */
  uncleanExit: z.string().nullable(),
  models: userModelsSchema,
})
export type AppState = z.infer<typeof appStateSchema>
