const bucketCount = 256

type Bucket<Value> = ReadonlyMap<string, Value>
const noValues: Bucket<never> = new Map<string, never>()

/**
 * A map that is never changed: `edit` gives another one that shares all it did not touch with the one before. So one
 * change among 10,000 copies a few dozen entries, and what differs between two maps is found without looking at the
 * rest. Its order is its own.
 */
export class BucketMap<Value> implements ReadonlyMap<string, Value> {
  readonly #buckets: readonly Bucket<Value>[]
  readonly size: number

  constructor(buckets: readonly Bucket<Value>[] = Array.from({ length: bucketCount }, () => noValues)) {
    this.#buckets = buckets
    this.size = buckets.reduce((sum, bucket) => sum + bucket.size, 0)
  }

  /** With these values; undefined takes one out. */
  edit(changes: ReadonlyMap<string, Value | undefined>): BucketMap<Value> {
    const buckets = [...this.#buckets]
    const copies = new Map<number, Map<string, Value>>()
    for (const [key, value] of changes) {
      const index = bucketOf(key)
      let copy = copies.get(index)
      if (copy === undefined) {
        copy = new Map(buckets[index])
        copies.set(index, copy)
        buckets[index] = copy
      }
      if (value === undefined) copy.delete(key)
      else copy.set(key, value)
    }
    return new BucketMap(buckets)
  }

  /** What is different from `before`: the value there and the one here, of each key where these are not the same. */
  *changesSince(before: BucketMap<Value>): Generator<readonly [Value | undefined, Value | undefined]> {
    for (const [index, bucket] of this.#buckets.entries()) {
      const known = before.#buckets[index] ?? noValues
      if (known === bucket) continue
      for (const [key, value] of bucket) if (known.get(key) !== value) yield [known.get(key), value]
      for (const [key, value] of known) if (!bucket.has(key)) yield [value, undefined]
    }
  }

  get(key: string): Value | undefined {
    return this.#buckets[bucketOf(key)]?.get(key)
  }

  has(key: string): boolean {
    return this.#buckets[bucketOf(key)]?.has(key) === true
  }

  forEach(each: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this) each(value, key, this)
  }

  *entries(): MapIterator<[string, Value]> {
    for (const bucket of this.#buckets) yield* bucket
  }

  *keys(): MapIterator<string> {
    for (const bucket of this.#buckets) yield* bucket.keys()
  }

  *values(): MapIterator<Value> {
    for (const bucket of this.#buckets) yield* bucket.values()
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries()
  }
}

/** Ids are random at their ends, and some kinds begin alike. */
function bucketOf(key: string): number {
  let hash = 0
  for (let index = key.length - 1, end = Math.max(0, key.length - 8); index >= end; index--)
    hash = (hash * 31 + key.charCodeAt(index)) | 0
  return hash & (bucketCount - 1)
}
