import { z } from 'zod'
import { jobIdSchema, repositoryIdSchema, taskIdSchema } from '../ids'
import { MOST_SCRIPTS_BYTES } from '../scripts'
import { repositoryScriptsSchema, taskScriptsSchema } from '../scripts-schema'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const task = z.object({ taskId: taskIdSchema })
const repository = z.object({ repositoryId: repositoryIdSchema })

export const scriptsContract = {
  /** Looks into the checkout: null while there is none. */
  ofTask: query(task, taskScriptsSchema.nullable()),
  /**
   * Allows the scripts of a repository that a person has looked at, by their hash, and sets the checkout up. Refused
   * when they are others by now.
   */
  allow: command(task.extend({ hash: z.string().max(100) }), nothing),
  /** `setup`, or one of those that run on demand. Refused while it runs, and while it is not allowed. */
  run: command(task.extend({ name: z.string().max(100) }), z.object({ jobId: jobIdSchema })),
  ofRepository: query(repository, repositoryScriptsSchema),
  /**
   * What comes before the file of the repository, written as that is; null goes by the file again. What cannot be read is
   * refused with the place.
   */
  override: command(
    repository.extend({ text: z.string().max(MOST_SCRIPTS_BYTES).nullable() }),
    repositoryScriptsSchema,
  ),
  /** Nothing of the repository runs until a person allows it again. */
  forbid: command(repository, repositoryScriptsSchema),
} as const satisfies DomainContract
