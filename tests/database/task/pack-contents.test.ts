import * as fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import type { TaskId } from '../../../src/shared/ids'
import { createPackContents, type PackContents } from '../../../src/main/task/packs/contents'
import { createPackRun } from '../../../src/main/task/packs/collect'
import { openTestDatabase } from '../../support/database'
import { packPolicy } from '../../support/packs'
import '../../support/property-seed'

const never = new AbortController().signal
const taskOf = (nth: number): TaskId => `task_${nth}` as TaskId
/** Of some, the same for the same number; some are longer than one part. */
const contentOf = (nth: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(nth % 4 === 0 ? 700_000 + nth : 500 + nth)
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 2654435761 + nth * 97) >>> 7
  return bytes
}

type Action =
  | { type: 'keep'; task: number; files: { path: number; content: number }[]; full: boolean }
  | { type: 'erase'; task: number }
  | { type: 'kill'; content: number }
  | { type: 'sweep' }
  | { type: 'restart' }

const nth = fc.nat({ max: 3 })
const content = fc.nat({ max: 9 })
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant<'keep'>('keep'),
      task: nth,
      files: fc.array(fc.record({ path: fc.nat({ max: 4 }), content }), { maxLength: 5 }),
      // A policy that leaves little room.
      full: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant<'erase'>('erase'), task: nth }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant<'kill'>('kill'), content }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ type: 'sweep' }, { type: 'restart' }) },
)

it('holds exactly the contents that entries name, all readable, whatever is kept, removed or left out', async () => {
  const test = await openTestDatabase()
  onTestFinished(() => test.close())
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
      let contents: PackContents = createPackContents(test.database)
      const client = () => test.database.commands.$client
      client().exec('DELETE FROM pack_entries; DELETE FROM pack_blobs; DELETE FROM pack_blob_parts')
      /** What was put in, by task and path. */
      const model = new Map<string, number>()
      const wrong: string[] = []
      let run = 0
      for (const one of actions) {
        run += 1
        if (one.type === 'restart') {
          test.reopen()
          contents = createPackContents(test.database)
        } else if (one.type === 'sweep') await contents.sweep()
        else if (one.type === 'erase') {
          await contents.remove(taskOf(one.task), 'all', never)
          for (const key of model.keys()) if (key.startsWith(`${one.task} `)) model.delete(key)
        } else if (one.type === 'kill') {
          // A part of a content that is not written to its end.
          const { hash, isKnown } = await contents.prepare(taskOf(9), contentOf(one.content))
          if (!isKnown)
            client()
              .prepare('INSERT OR REPLACE INTO pack_blob_parts (hash, part, content) VALUES (?, 7, ?)')
              .run(hash, Buffer.from('half'))
        } else {
          const taskId = taskOf(one.task)
          const policy = { ...packPolicy, totalMegabytes: one.full ? 1 : 100 }
          const filling = createPackRun(contents, { taskId, run, policy, signal: never })
          const wanted = new Set<string>()
          for (const { path, content: number } of one.files) {
            const name = { kind: 'file' as const, state: 'c', path: `p${path}` }
            wanted.add(name.path)
            await filling.put({ ...name, mode: '100644' }, contentOf(number))
            const stored = contents.entry(taskId, name)
            const key = `${one.task} ${name.path}`
            const bytes = await contents.read(stored?.hash ?? '')
            const fits = bytes !== null && Buffer.compare(bytes, contentOf(number)) === 0
            // What does not fit leaves what was kept before, or says why it is not there.
            if (!fits && model.has(key) === (stored?.reason != null)) wrong.push(key)
            if (fits) model.set(key, number)
          }
          await contents.remove(taskId, { kinds: ['file'], but: run }, never)
          for (const key of model.keys())
            if (key.startsWith(`${one.task} `) && !wanted.has(key.slice(2))) model.delete(key)
        }
        expect(wrong).toEqual([])
        const column = (sql: string) => client().prepare<[], string>(sql).pluck().all()
        const named = column('SELECT DISTINCT hash FROM pack_entries WHERE hash IS NOT NULL ORDER BY hash')
        expect(column('SELECT hash FROM pack_blobs ORDER BY hash')).toEqual(named)
        for (const [key, number] of model) {
          const [task = '', path = ''] = key.split(' ')
          const entry = contents.entry(taskOf(Number(task)), { kind: 'file', state: 'c', path })
          const bytes = await contents.read(entry?.hash ?? '')
          expect(bytes !== null && Buffer.compare(bytes, contentOf(number)) === 0).toBe(true)
        }
      }
      await contents.sweep()
      const parts = client().prepare('SELECT DISTINCT hash FROM pack_blob_parts ORDER BY hash').pluck().all()
      expect(parts).toEqual(client().prepare('SELECT hash FROM pack_blobs ORDER BY hash').pluck().all())
    }),
    { numRuns: 60 },
  )
}, 60_000)
