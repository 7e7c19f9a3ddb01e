import { z } from 'zod'
import { MOST_EDITED_BYTES } from '../file-limits'
import {
  fileContentSchema,
  fileDraftSchema,
  folderSchema,
  foundPlacesSchema,
  searchPageSchema,
  searchRequestSchema,
  writtenSchema,
} from '../files'
import { checkpointIdSchema, taskIdSchema } from '../ids'
import { foundFilesSchema } from '../tasks'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const path = z.string().min(1).max(4096)
/** Whose files; `at` is a checkpoint, null for the files as they are. */
const state = z.object({ taskId: taskIdSchema, at: checkpointIdSchema.nullable() })
const file = z.object({ taskId: taskIdSchema, path })
/** A little more than is edited, so that what grew beyond that while it was edited is not lost. */
const bytes = z
  .instanceof(Uint8Array)
  .refine(({ length }) => length <= 2 * MOST_EDITED_BYTES, 'The text is too long')
const searchId = z.string().max(100)

export const filesContract = {
  /** By a part of their path, the likeliest first, at most 50. */
  find: query(state.extend({ words: z.string().max(200) }), foundFilesSchema),
  /** What is in a folder; the empty path is the top. */
  folder: query(state.extend({ folder: z.string().max(4096) }), folderSchema),
  /** `known`: the version that the reader has. With it comes what the reader typed and has not saved. */
  read: query(
    state.extend({ path, known: z.string().nullable() }),
    z.object({ content: fileContentSchema, draft: fileDraftSchema.nullable() }),
  ),
  /**
   * Writes a file that is still what it was in `version`, with null one that is not there. `overwrites`: somebody saw what
   * is in it and decided against it; the files as they are become a checkpoint first. Its draft is gone with it.
   */
  write: command(
    file.extend({ bytes, version: z.string().nullable(), overwrites: z.boolean() }),
    writtenSchema,
  ),
  /** Keeps what was typed until it is saved or dropped. */
  saveDraft: command(file.extend({ bytes, version: z.string().nullable() }), nothing),
  dropDraft: command(file, nothing),
  /** Paths of a task with something that was not saved, the last edited last. */
  drafts: query(z.object({ taskId: taskIdSchema }), z.array(z.string())),
  /** A page of places, from the place `from`. */
  search: query(
    state.extend({ searchId, request: searchRequestSchema, from: z.number().int().min(0) }),
    searchPageSchema,
  ),
  /** What a search has found of its page beyond so many places. Answers once there is something, or it has ended. */
  found: query(z.object({ searchId, known: z.number().int().min(0) }), foundPlacesSchema),
  /** Ends a search that nobody waits for any more. */
  stopSearch: command(z.object({ searchId }), nothing),
} as const satisfies DomainContract
