import { BucketMap } from '../../src/renderer/client/bucket-map'

/** Entities as the mirror of a topic keeps a long list of them. */
export function byId<Entity extends { id: string }>(...entities: readonly Entity[]): BucketMap<Entity> {
  return new BucketMap<Entity>().edit(new Map(entities.map((one) => [one.id, one])))
}
