import { z } from 'zod'
import { packPolicySchema, retentionPolicySchema } from './keeping-policy'
import { isLinkPage } from './pull-request-footer'

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  zoom: z.number().min(0.5).max(3).default(1),
  notifications: z
    .object({
      finished: z.boolean().default(true),
      needsInput: z.boolean().default(true),
      failed: z.boolean().default(true),
    })
    .prefault({}),
  /** Minutes without use after which a task's sandbox server is stopped. */
  sandboxIdleMinutes: z.number().int().min(1).max(1440).default(15),
  /** How much of the earlier conversation an agent that lost its context is told, in characters. */
  briefCharacters: z.number().int().min(0).max(200_000).default(12_000),
  sendWith: z.enum(['enter', 'mod_enter']).default('enter'),
  terminal: z
    .object({
      /** Before the font of the app; empty for that alone. */
      font: z.string().max(200).default(''),
      fontSize: z.number().int().min(8).max(32).default(12),
      /** Whether signs that stand together, like `=>`, are drawn as one where the font has that. */
      ligatures: z.boolean().default(false),
      /** Lines kept above the screen. */
      scrollback: z.number().int().min(100).max(100_000).default(5000),
      /** Whether programs may put text on the clipboard. */
      clipboard: z.boolean().default(false),
    })
    .prefault({}),
  /** Tasks are archived when their pull request is merged or closed. */
  archiveWithPullRequest: z.boolean().default(true),
  /** Days after which the checkout of an archived task is removed; 0 keeps them. */
  removeCheckoutsAfterDays: z.number().int().min(0).max(3650).default(0),
  /** What is kept of tasks for offline reading. */
  packs: packPolicySchema.prefault({}),
  /** Days after which something is removed; 0 keeps it. Set together with a run that a person has seen a preview of. */
  retention: retentionPolicySchema.prefault({}),
  /** Whether spelling is checked in prompts, where a person said so; null: only where the system does it itself. */
  spellCheck: z.boolean().nullable().default(null),
  /** In which language; null: that of the system. */
  spellCheckLanguage: z.string().max(50).nullable().default(null),
  /** Pull requests that are published from here end with a line that leads back to the task. */
  pullRequestFooter: z.boolean().default(true),
  /** What new branches are called: by the title of the task, or by a word and some characters. */
  branchNames: z.enum(['readable', 'random']).default('readable'),
  /** Whether `foundry://` links open this app, where a person said so; null leaves it to the system. */
  openLinks: z.boolean().nullable().default(null),
  /** An https page that leads from there to the app (`docs/open`); empty for none. */
  linkPage: z
    .string()
    .refine((address) => address === '' || isLinkPage(address), 'Not an https address without a query')
    .default(''),
})
export type Settings = z.infer<typeof settingsSchema>

const setting = settingsSchema.shape
/**
 * A change of some settings. Without the defaults, which `partial()` would keep: what is absent stays as it
 * is. Objects are given whole.
 */
export const settingsPatchSchema = z
  .object({
    theme: setting.theme.unwrap(),
    zoom: setting.zoom.unwrap(),
    notifications: setting.notifications.unwrap(),
    sandboxIdleMinutes: setting.sandboxIdleMinutes.unwrap(),
    briefCharacters: setting.briefCharacters.unwrap(),
    sendWith: setting.sendWith.unwrap(),
    terminal: setting.terminal.unwrap(),
    archiveWithPullRequest: setting.archiveWithPullRequest.unwrap(),
    removeCheckoutsAfterDays: setting.removeCheckoutsAfterDays.unwrap(),
    packs: setting.packs.unwrap(),
    spellCheck: setting.spellCheck.unwrap(),
    spellCheckLanguage: setting.spellCheckLanguage.unwrap(),
    pullRequestFooter: setting.pullRequestFooter.unwrap(),
    branchNames: setting.branchNames.unwrap(),
    openLinks: setting.openLinks.unwrap(),
    linkPage: setting.linkPage.unwrap(),
  })
  .partial()
