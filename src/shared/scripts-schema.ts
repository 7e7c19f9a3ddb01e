import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { jobIdSchema } from './ids'
import { scriptFields } from './scripts'

const commandSchema = z
  .string()
  .trim()
  .min(1, 'A command must not be empty')
  .max(20_000)
  .refine((text) => !text.includes('\0'), 'A command must not hold a zero byte')

const nameSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._:-]{0,39}$/u,
    'A name is at most 40 letters, digits, spaces, dots, colons and dashes',
  )
  .refine((name) => name !== 'setup' && name !== 'teardown', 'Setup and teardown have places of their own')

/** Why a path may not be copied or linked; null where it may. */
export function pathProblem(path: string): string | null {
  if (path.includes('\0') || path.includes('\\')) return 'A path is written with slashes'
  const parts = path.replace(/\/$/, '').split('/')
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'A path begins in the folder of the repository'
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'A path has no empty parts, and does not lead out of the repository'
  if (parts.some((part) => part.toLowerCase() === '.git'))
    return 'What belongs to git itself stays where it is'
  return null
}

const pathSchema = z
  .string()
  .min(1)
  .max(500)
  .superRefine((path, context) => {
    const problem = pathProblem(path)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })
  .transform((path) => path.replace(/\/$/, ''))

/** What tasks of a repository need: commands for a shell, and files of the person's folder that git does not have. */
export const scriptsSchema = z.strictObject({
  /** Once after the checkout was made, before the agent begins. */
  setup: commandSchema.optional(),
  /** On demand, by name. */
  run: z
    .record(nameSchema, commandSchema)
    .refine((run) => Object.keys(run).length <= 20, 'At most 20 can be run')
    .optional(),
  /** Before the checkout is removed. */
  teardown: commandSchema.optional(),
  copy: z.array(pathSchema).max(50).optional(),
  link: z.array(pathSchema).max(50).optional(),
})
export type Scripts = z.infer<typeof scriptsSchema>

/** Reads what a person or a repository wrote; the problem says where it is. */
export function parseScripts(text: string): { scripts: Scripts } | { problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
  const read = scriptsSchema.safeParse(value)
  if (read.success) return { scripts: read.data }
  const problem = read.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('\n')
  return { problem }
}

/** The scripts of a task, as its checkout and the person have them now. */
export const taskScriptsSchema = z.object({
  scripts: scriptsSchema,
  /** Fields that the person set in place of the file. */
  overridden: z.array(z.enum(scriptFields)),
  /** Of the effective scripts. */
  hash: z.string(),
  /** A person has looked at exactly these and allowed them. */
  allowed: z.boolean(),
  /** The file is there and cannot be used. */
  problem: errorValueSchema.nullable(),
  /** Files are copied and linked from here; null where the repository has no folder. */
  folder: z.string().nullable(),
  /** What ran lately, newest first. */
  runs: z.array(z.object({ name: z.string(), jobId: jobIdSchema })),
})
export type TaskScripts = z.infer<typeof taskScriptsSchema>

export const repositoryScriptsSchema = z.object({ override: scriptsSchema.nullable(), allowed: z.boolean() })
export type RepositoryScripts = z.infer<typeof repositoryScriptsSchema>
