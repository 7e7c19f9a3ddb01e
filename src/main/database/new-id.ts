import { randomUUID } from 'node:crypto'

/** A new id of the given kind, such as `task_…`. */
export function newId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${randomUUID()}`
}
