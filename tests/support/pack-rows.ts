import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { packReasons } from '../../src/shared/packs'
import type { Rows } from './transfer'

/** A thing of a pack as it is stored, with its content beside it. */
export interface Thing {
  kind: string
  state: string
  path: string
  mode?: string | null
  reason?: string | null
  detail?: string | null
  bytes?: number
  content?: Uint8Array
}

export const commit = (nth: number): string => String(nth).repeat(40)
/** What does not get smaller by packing. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export const pullContent = (title: string): Buffer =>
  Buffer.from(JSON.stringify({ number: 1, title, body: title, author: null }))
export const talkContent = (body: string): Buffer =>
  Buffer.from(
    JSON.stringify({ comments: [{ id: 'c', author: 'ada', body, createdAt: 1 }], reviews: [], threads: [] }),
  )
const listContent = Buffer.from(JSON.stringify({ files: [], total: 0 }))

/** A pack as its job leaves it. `stored`: hashes of contents that are there already. */
export function packRows(
  taskId: string,
  things: readonly Thing[],
  {
    keptAt = 9,
    run = 8,
    stored = new Set<string>(),
  }: { keptAt?: number | null; run?: number; stored?: Set<string> } = {},
): Rows {
  const rows: Rows = []
  const own = new Map<string, number>()
  let leftOut = 0
  for (const { kind, state, path, mode = null, reason = null, detail = null, bytes = 0, content } of things) {
    let hash: string | null = null
    if (content !== undefined) {
      hash = createHash('sha256').update(content).digest('hex')
      const deflated = deflateSync(content)
      const isSmaller = deflated.length < content.length
      const packed = isSmaller ? deflated : Buffer.from(content)
      own.set(hash, packed.length)
      if (!stored.has(hash)) {
        stored.add(hash)
        const encoding = isSmaller ? 'deflate' : 'plain'
        rows.push(['pack_blobs', { hash, bytes: content.length, packed_bytes: packed.length, encoding }])
        for (let part = 0; part === 0 || part * 262_144 < packed.length; part += 1)
          rows.push([
            'pack_blob_parts',
            { hash, part, content: packed.subarray(part * 262_144, (part + 1) * 262_144) },
          ])
      }
    }
    if (reason !== null) leftOut += 1
    const size = content?.length ?? bytes
    rows.push([
      'pack_entries',
      { task_id: taskId, kind, state, path, hash, mode, bytes: size, reason, detail, run },
    ])
  }
  const bytes = [...own.values()].reduce((sum, size) => sum + size, 0)
  rows.push(['task_packs', { task_id: taskId, run, kept_at: keptAt, bytes, left_out: leftOut }])
  return rows
}

const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((text) => !/[/\0]|^\.{1,2}$|^\.git$/i.test(text))
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const state = fc.nat({ max: 3 }).map(commit)
const words = fc.string({ unit: 'grapheme', maxLength: 40 })
const content: fc.Arbitrary<Uint8Array> = fc.oneof(
  // That several tasks have.
  fc.constantFrom(Buffer.from('same'), Buffer.from('{ "a": 1 }\n'), Buffer.alloc(0), noise(300_000)),
  words.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }),
)
const detail = fc.option(words)

export const thing: fc.Arbitrary<Thing> = fc.oneof(
  fc.record({
    kind: fc.constant('file'),
    state,
    path,
    mode: fc.constantFrom('100644', '100755', '120000'),
    content,
  }),
  fc.record({ kind: fc.constant('file'), state, path, mode: fc.constant(null) }),
  fc.record({ kind: fc.constant('file'), state, path, mode: fc.constant('160000'), detail: state }),
  fc.record({
    kind: fc.constant('file'),
    state,
    path,
    reason: fc.constantFrom(...packReasons),
    bytes: fc.nat(),
    detail,
  }),
  fc.record({ kind: fc.constant('wide'), state: state.map((one) => `${one}..${one}`), path, content }),
  fc.record({
    kind: fc.constant('base'),
    state: fc.constant('diff'),
    path: fc.constant(''),
    detail: state.map((one) => `${one}..${one}`),
    content,
  }),
  fc.record({
    kind: fc.constant('base'),
    state: fc.constant('list'),
    path: fc.constant(''),
    content: fc.constant(listContent),
  }),
  fc.record({ kind: fc.constant('cut'), state, path: fc.constant('') }),
  fc.record({
    kind: fc.constant('cut'),
    state: state.map((one) => `${one}..${one}`),
    path: fc.constant(''),
    reason: fc.constant('unreadable'),
    detail,
  }),
  fc.record({
    kind: fc.constant('pull'),
    state: fc.constant(''),
    path: fc.constant(''),
    content: words.map(pullContent),
  }),
  fc.record({
    kind: fc.constant('reviews'),
    state: fc.nat({ max: 3 }).map(String),
    path: fc.constant(''),
    content: words.map(talkContent),
  }),
  fc.record({
    kind: fc.constant('image'),
    state: words.filter((text) => text !== '' && !text.includes('\0')),
    path: fc.constant(''),
    reason: fc.constant('other_host'),
    detail,
  }),
  fc.record({
    kind: fc.constant('standing'),
    state: fc.constant(''),
    path: fc.constant(''),
    reason: fc.constant('not_told'),
    detail,
  }),
  fc.record({
    kind: fc.constant('check'),
    state: fc.constantFrom('12', '12 log', '12 annotations', 'more'),
    path: fc.constant(''),
    reason: fc.constant('too_many'),
    detail,
  }),
)

/** Of one task: each thing once. */
export const things = fc.uniqueArray(thing, {
  maxLength: 8,
  selector: ({ kind, state, path }) => JSON.stringify([kind, state, path]),
})
