import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BucketMap } from '../../../src/renderer/client/bucket-map'

/** Short keys fall on each other, and into the same buckets. */
const key = fc.string({ maxLength: 2 })
const edits = fc.array(fc.array(fc.tuple(key, fc.option(fc.nat(3), { nil: undefined }))))

test('holds what a plain map holds, and says what is different between any two', () => {
  fc.assert(
    fc.property(edits, (steps) => {
      const plain = new Map<string, number>()
      const versions = [new BucketMap<number>()]
      const copies = [new Map(plain)]
      for (const step of steps) {
        for (const [id, value] of step) {
          if (value === undefined) plain.delete(id)
          else plain.set(id, value)
        }
        versions.push((versions.at(-1) ?? new BucketMap<number>()).edit(new Map(step)))
        copies.push(new Map(plain))
      }
      const last = versions.at(-1) ?? new BucketMap<number>()
      for (const [nth, version] of versions.entries()) {
        const copy = copies[nth] ?? new Map<string, number>()
        expect(new Map(version)).toEqual(copy)
        expect(version.size).toBe(copy.size)
        expect([...version.keys()].every((id) => version.has(id) && version.get(id) === copy.get(id))).toBe(
          true,
        )
        const changes = [...last.changesSince(version)]
        expect(changes).toHaveLength(
          [...new Set([...copy.keys(), ...plain.keys()])].filter((id) => copy.get(id) !== plain.get(id))
            .length,
        )
        for (const [before, after] of changes) expect(before).not.toBe(after)
      }
    }),
  )
})

test('shares what it did not touch', () => {
  const many = new BucketMap<number>().edit(new Map(Array.from({ length: 5000 }, (_, n) => [`task_${n}`, n])))
  const next = many.edit(new Map([['task_7', -7]]))
  expect([...next.changesSince(many)]).toEqual([[7, -7]])
  expect([...many.changesSince(many)]).toEqual([])
})
