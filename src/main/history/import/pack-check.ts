import { changeListSchema } from '@shared/changes'
import { keptTalkSchema, type PackKind } from '@shared/packs'
import { pullRequestStandingSchema } from '@shared/publish'
import { checkDetailSchema } from '@shared/reviews'
import type { z } from 'zod'
import { isJsonContent } from '../../task/packs/json-content'
import type { Row } from '../export/archive-rows'
import { jsonIn } from '../search/documents'

const COMMIT = '[0-9a-f]{40}(?:[0-9a-f]{24})?'
const commit = new RegExp(`^${COMMIT}$`)
const commits = new RegExp(`^${COMMIT}(?:\\.\\.${COMMIT})?$`)
const twoCommits = new RegExp(`^${COMMIT}\\.\\.${COMMIT}$`)
const number = /^\d{1,15}$/
const BLOB = /^1[02]0[0-7]{3}$/
const NO_BLOB = /^(?:160|040)000$/
const LONGEST = 64 * 1024

/** What the states of a kind look like, and whether it has paths. */
const states: Record<PackKind, { state: RegExp; hasPath: boolean }> = {
  file: { state: commit, hasPath: true },
  wide: { state: twoCommits, hasPath: true },
  base: { state: /^(?:diff|list)$/, hasPath: false },
  cut: { state: commits, hasPath: false },
  standing: { state: /^$/, hasPath: false },
  check: { state: /^(?:\d{1,15}(?: (?:annotations|log))?|more)$/, hasPath: false },
  pull: { state: /^$/, hasPath: false },
  comments: { state: number, hasPath: false },
  reviews: { state: number, hasPath: false },
  image: { state: /^[^\0]+$/, hasPath: false },
}

/** Whether this app could have put this in a pack: `row` is of the right types, `content` what it names. */
export function isPackEntry(row: Row, content: Buffer | null): boolean {
  const kind = row['kind'] as PackKind
  const { state, path, mode = null, reason = null, detail = null } = row
  if (typeof state !== 'string' || typeof path !== 'string') return false
  if (!isCount(row['bytes']) || !isCount(row['run'])) return false
  if ([state, path, detail].some((text) => typeof text === 'string' && text.length > LONGEST)) return false
  const form = states[kind]
  if (!form.state.test(state) || (form.hasPath ? !isPath(path) : path !== '')) return false
  if (mode !== null && (kind !== 'file' || !(BLOB.test(String(mode)) || NO_BLOB.test(String(mode)))))
    return false
  if (reason !== null) return content === null
  if (content === null) return kind === 'cut' || (kind === 'file' && !BLOB.test(String(mode)))
  if (kind === 'cut' || kind === 'image') return false
  if (kind === 'file') return BLOB.test(String(mode))
  if (kind === 'base' && state === 'diff' && !twoCommits.test(String(detail))) return false
  return !isJsonContent(kind, state) || isOfShape(kind, content)
}

export const isCount = (value: Row[string] | undefined): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** A path as git has it in a tree. */
function isPath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => !/^(?:\.{0,2}|\.git)$/i.test(part))
}

const shapes: Partial<Record<PackKind, z.ZodType>> = {
  base: changeListSchema,
  standing: pullRequestStandingSchema,
  check: checkDetailSchema,
  pull: keptTalkSchema.shape.pull.unwrap(),
  reviews: keptTalkSchema.pick({ comments: true, reviews: true, threads: true }),
}

/** Whoever reads it takes it for what was written. */
function isOfShape(kind: PackKind, content: Buffer): boolean {
  const shape = shapes[kind]
  return shape !== undefined && shape.safeParse(jsonIn(content.toString('utf8'))).success
}
