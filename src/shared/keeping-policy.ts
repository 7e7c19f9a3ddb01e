/** What a person wants to be kept of tasks, and for how long. */
import { z } from 'zod'

export const packPolicySchema = z.object({
  /** Tasks get a pack when they are archived. */
  onArchive: z.boolean().default(true),
  files: z.boolean().default(true),
  images: z.boolean().default(true),
  checks: z.boolean().default(true),
  conversations: z.boolean().default(true),
  /** A longer file is kept as what is around its changes. */
  fileKilobytes: z.number().int().min(16).max(8192).default(512),
  imageKilobytes: z.number().int().min(16).max(8192).default(4096),
  taskMegabytes: z.number().int().min(1).max(10_000).default(50),
  totalMegabytes: z.number().int().min(1).max(100_000).default(1000),
})
export type PackPolicy = z.infer<typeof packPolicySchema>

const days = z.number().int().min(0).max(3650).default(0)

/** Days after which something goes; 0 keeps it. Events, prompts, messages and diffs are never removed. */
export const retentionPolicySchema = z.object({
  /** The rest of long output of tools, behind what the transcript shows of it. */
  outputDays: days,
  /** Files that went with prompts. */
  attachmentDays: days,
  /** Packs of tasks that are archived. */
  packDays: days,
})
export type RetentionPolicy = z.infer<typeof retentionPolicySchema>

export const policyRemoves = (policy: RetentionPolicy): boolean =>
  policy.outputDays > 0 || policy.attachmentDays > 0 || policy.packDays > 0
