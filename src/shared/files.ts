/** Files of a task: as they are in its checkout, and as they were at its checkpoints. */
import { z } from 'zod'

export const fileEntryKinds = ['folder', 'file', 'link', 'submodule', 'other'] as const

export const fileEntrySchema = z.object({
  name: z.string(),
  kind: z.enum(fileEntryKinds),
  /** Git does not look at it. */
  ignored: z.boolean(),
})
export type FileEntry = z.infer<typeof fileEntrySchema>

export const folderSchema = z.object({
  entries: z.array(fileEntrySchema),
  /** There are more than are listed. */
  cut: z.boolean(),
  /** Checkout and store are gone: what the recorded diffs name is all that is known. */
  partial: z.boolean(),
})
export type FolderContent = z.infer<typeof folderSchema>

/** Lines of a file that are known of a recorded diff; `first` is the number of the first of them, from 1. */
export const knownLinesSchema = z.object({ first: z.number().int(), lines: z.array(z.string()) })
export type KnownLines = z.infer<typeof knownLinesSchema>

/** What is at a path. */
export const fileContentSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    bytes: z.instanceof(Uint8Array),
    /** Another one whenever the bytes are others. */
    version: z.string(),
    executable: z.boolean(),
    writable: z.boolean(),
  }),
  /** As when it was read in the version that the reader has. */
  z.object({ kind: z.literal('same') }),
  z.object({ kind: z.literal('large'), size: z.number() }),
  /** `leadsTo`: the path in the checkout that it names, where it names one. */
  z.object({ kind: z.literal('link'), target: z.string(), leadsTo: z.string().nullable() }),
  z.object({ kind: z.literal('folder') }),
  z.object({ kind: z.literal('submodule'), commit: z.string().nullable() }),
  /** Neither file nor folder: a socket, a pipe, a device. */
  z.object({ kind: z.literal('other') }),
  z.object({ kind: z.literal('missing') }),
  /** It is there, and may not be read. */
  z.object({ kind: z.literal('unreadable') }),
  /** A folder on the way is a link that leads out of the checkout. */
  z.object({ kind: z.literal('outside') }),
  /** Checkout and store are gone: what a recorded diff holds of it. */
  z.object({ kind: z.literal('parts'), parts: z.array(knownLinesSchema), whole: z.boolean() }),
])
export type FileContent = z.infer<typeof fileContentSchema>

/** What a person typed into a file and has not saved. `version`: of the file it was typed into; null where there was none. */
export const fileDraftSchema = z.object({ bytes: z.instanceof(Uint8Array), version: z.string().nullable() })
export type FileDraft = z.infer<typeof fileDraftSchema>

export const writtenSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('written'), version: z.string() }),
  /** It is not what it was when it was read, and was left alone. */
  z.object({ outcome: z.literal('conflict'), current: fileContentSchema }),
])
export type Written = z.infer<typeof writtenSchema>

export const searchRequestSchema = z.object({
  words: z.string().min(1).max(2000),
  regex: z.boolean(),
  matchCase: z.boolean(),
  wholeWords: z.boolean(),
  /** Also in files that git does not look at. */
  ignored: z.boolean(),
  /** Patterns of paths, such as `src/**` or `*.ts`; all where there is none. */
  include: z.array(z.string().max(500)).max(50),
  exclude: z.array(z.string().max(500)).max(50),
})
export type SearchRequest = z.infer<typeof searchRequestSchema>

export const foundPlaceSchema = z.object({
  path: z.string(),
  line: z.number().int(),
  /** The line, or what of a long one stands around the first place in it. */
  text: z.string(),
  /** Where the places are in `text`: each from, and to. */
  marks: z.array(z.tuple([z.number().int(), z.number().int()])),
  /** How many characters of the line stand before `text`. */
  before: z.number().int(),
  cut: z.boolean(),
})
export type FoundPlace = z.infer<typeof foundPlaceSchema>

/** What a search has found since it was last asked; once it has ended, its page says it all. */
export const foundPlacesSchema = z.object({ places: z.array(foundPlaceSchema), ended: z.boolean() })
export type FoundPlaces = z.infer<typeof foundPlacesSchema>

export const searchPageSchema = z.object({
  places: z.array(foundPlaceSchema),
  /** Where the next page begins; null at the end. */
  next: z.number().int().nullable(),
})
export type SearchPage = z.infer<typeof searchPageSchema>
