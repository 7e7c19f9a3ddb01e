import { GraphQLError } from 'graphql'

export type Arguments = Record<string, unknown>

/** How a list is sorted; the id decides between equals. */
export interface Order<One> {
  of(one: One): number | string
  sign: 1 | -1
}

type Place = [key: number | string, id: number]

const placeOf = <One extends { id: number }>({ of }: Order<One>, one: One): Place => [of(one), one.id]

function compare([key, id]: Place, [otherKey, otherId]: Place): number {
  if (key !== otherKey) return key < otherKey ? -1 : 1
  return id - otherId
}

const encode = (place: unknown): string =>
  Buffer.from(`cursor:v2:${JSON.stringify(place)}`).toString('base64')

function decode(cursor: string): unknown {
  const text = /^cursor:v2:(.+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]
  if (text !== undefined) return JSON.parse(text)
  throw new GraphQLError(`\`${cursor}\` does not appear to be a valid cursor.`, {
    extensions: { type: 'INVALID_CURSOR_ARGUMENTS' },
  })
}

interface ConnectionOptions<One> {
  /** What an edge has beside its node. */
  edge?: (one: One) => object
}

/**
 * A page of a list whose cursors name a place in its order: what comes and goes elsewhere moves nothing, as with
 * GitHub's lists.
 */
export function sortedConnection<One extends { id: number }>(
  all: One[],
  args: Arguments,
  order: Order<One>,
  options: ConnectionOptions<One> = {},
) {
  all.sort((a, b) => order.sign * compare(placeOf(order, a), placeOf(order, b)))
  const beyond = (cursor: string): ((one: One) => boolean) => {
    const place = decode(cursor) as Place
    return (one) => order.sign * compare(placeOf(order, one), place) > 0
  }
  const indexAfter = (cursor: string): number => {
    const found = all.findIndex(beyond(cursor))
    return found < 0 ? all.length : found
  }
  return connection(all, args, {
    ...options,
    indexAfter,
    cursor: (one) => encode(placeOf(order, one)),
  })
}

/** A page of a list whose cursors are plain numbers, as those of a search are. */
export function connection<One>(
  all: readonly One[],
  { first, after, last, before }: Arguments,
  {
    edge = () => ({}),
    indexAfter = (cursor) => Number(decode(cursor)),
    cursor = (_, index) => encode(index + 1),
  }: ConnectionOptions<One> & {
    indexAfter?: (cursor: string) => number
    cursor?: (one: One, index: number) => string
  } = {},
) {
  let start = typeof after === 'string' ? indexAfter(after) : 0
  let end = typeof before === 'string' ? indexAfter(before) - 1 : all.length
  if (typeof first === 'number') end = Math.min(end, start + first)
  else if (typeof last === 'number') start = Math.max(start, end - last)
  const nodes = all.slice(start, end)
  const cursorAt = (index: number): string | null => {
    const one = nodes[index]
    return one === undefined ? null : cursor(one, start + index)
  }
  return {
    totalCount: all.length,
    nodes,
    edges: () => nodes.map((node, index) => ({ ...edge(node), node, cursor: cursorAt(index) })),
    pageInfo: {
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
      startCursor: cursorAt(0),
      endCursor: cursorAt(nodes.length - 1),
    },
  }
}

export const strings = (value: unknown): string[] | null => (Array.isArray(value) ? value.map(String) : null)

/** The order a client asked for; that of creation if it did not. */
export function ordering<One extends { id: number }>(
  orderBy: unknown,
  keys: Record<string, (one: One) => number | string>,
): Order<One> {
  if (typeof orderBy !== 'object' || orderBy === null) return { of: (one) => one.id, sign: 1 }
  const { field, direction } = orderBy as { field?: string; direction?: string }
  const of = field === undefined ? undefined : keys[field]
  if (of === undefined) throw new Error(`This server does not sort by ${String(field)} yet.`)
  return { of, sign: direction === 'DESC' ? -1 : 1 }
}
