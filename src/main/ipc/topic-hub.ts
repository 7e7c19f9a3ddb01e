import {
  topics,
  type TopicDefinition,
  type TopicEntities,
  type TopicKey,
  type TopicName,
  type TopicPage,
  type TopicSnapshot,
  type TopicUpdate,
} from '@shared/contract'
import { FoundryError } from '@shared/errors'

/** Where the entities of a topic come from. Reads are local and never start any work. */
export interface TopicSource {
  /** Everything but the paged kind. */
  snapshot(parameter: string): TopicEntities
  /** These entities as they are now; the ones that are missing in the answer are gone. */
  read(parameter: string, kind: string, ids: string[]): { id: string }[]
  /** A page of the paged kind; `cursor` is null for the first. */
  page?(parameter: string, cursor: string | null): TopicPage
  pagedKind?: string
  /** Its first reader came, and its last one left. */
  opened?(parameter: string): void
  closed?(parameter: string): void
}

export interface TopicSubscriber {
  /** All updates of one frame. */
  deliver(updates: TopicUpdate[]): void
}

export interface TopicHub {
  provide(name: TopicName, source: TopicSource): void
  /** Says that an entity changed, appeared or went. Costs nothing while nobody reads the topic. */
  touch(topic: TopicKey, kind: string, id: string): void
  /** Says that a short list may have changed, and what it holds now: what readers saw beyond that is gone. */
  touchList(topic: TopicKey, kind: string, ids: readonly string[]): void
  /**
   * Again for a topic already subscribed: a fresh snapshot, for a reader that saw a gap.
   *
   * @throws FoundryError `invalid_input` when there is no such topic; what a source throws comes through
   */
  subscribe(topic: TopicKey, subscriber: TopicSubscriber): TopicSnapshot
  page(topic: TopicKey, cursor: string): TopicPage
  unsubscribe(topic: TopicKey, subscriber: TopicSubscriber): void
  unsubscribeAll(subscriber: TopicSubscriber): void
  /** Whether anybody reads it: what nobody looks at needs no work. */
  hasReaders(topic: TopicKey): boolean
  /** Delivers now what waits for the frame. */
  flush(): void
}

const FRAME_MS = 16
/** Entities of one topic that are read in one frame. What is beyond follows in the next: a sync may touch thousands. */
const FRAME_ENTITIES = 100

interface Live {
  version: number
  readonly subscribers: Set<TopicSubscriber>
  /** Ids that changed since the last frame, by kind. */
  dirty: Map<string, Set<string>>
  /** Ids that readers were sent and not told to be gone, by kind; the paged kind is left out. */
  readonly shown: Map<string, Set<string>>
}

/**
 * Publishes topics. Owners only say what changed; the hub reads each entity once a frame, whatever the number
 * of changes, and sends full replacements with the next version.
 *
 * @param schedule runs a function after some milliseconds
 */
export function createTopicHub(
  schedule: (run: () => void, ms: number) => void = setTimeout,
  reportError: (error: unknown, what: string) => void,
): TopicHub {
  const sources = new Map<string, TopicSource>()
  const live = new Map<TopicKey, Live>()
  let dirtyTopics = new Set<TopicKey>()
  let scheduled = false
  /**
   * Versions a topic has after its last reader left and a new one came go on above all that were ever sent: an
   * update that is still on its way to the window must not be taken for one of the new life.
   */
  let highestVersion = 0

  function locate(topic: TopicKey): { source: TopicSource; parameter: string } {
    const colon = topic.indexOf(':')
    const name = colon === -1 ? topic : topic.slice(0, colon)
    const source = sources.get(name)
    if (source === undefined) throw noSuchTopic(topic)
    const definition: TopicDefinition = topics[name as TopicName]
    if (definition.parameter === null) {
      if (colon !== -1) throw noSuchTopic(topic)
      return { source, parameter: '' }
    }
    const parsed = definition.parameter.safeParse(topic.slice(colon + 1))
    if (colon === -1 || !parsed.success) throw noSuchTopic(topic)
    return { source, parameter: parsed.data }
  }

  function plan(): void {
    if (scheduled) return
    scheduled = true
    schedule(flush, FRAME_MS)
  }

  function advance(entry: Live): number {
    entry.version += 1
    highestVersion = Math.max(highestVersion, entry.version)
    return entry.version
  }

  function flush(): void {
    scheduled = false
    // Reading may touch again: that belongs to the next frame.
    const now = dirtyTopics
    dirtyTopics = new Set()
    const outbox = new Map<TopicSubscriber, TopicUpdate[]>()
    for (const topic of now) {
      const entry = live.get(topic)
      if (entry === undefined) continue
      const update = collect(topic, entry)
      for (const subscriber of entry.subscribers) {
        const updates = outbox.get(subscriber)
        if (updates === undefined) outbox.set(subscriber, [update])
        else updates.push(update)
      }
      if (entry.dirty.size > 0) dirtyTopics.add(topic)
    }
    if (dirtyTopics.size > 0) plan()
    for (const [subscriber, updates] of outbox) {
      try {
        subscriber.deliver(updates)
      } catch (error) {
        // A window that is just going away. The others still get theirs.
        reportError(error, 'topic delivery')
      }
    }
  }

  function collect(topic: TopicKey, entry: Live): TopicUpdate {
    const changed: TopicEntities = {}
    const gone: Record<string, string[]> = {}
    const due = takeDue(entry)
    try {
      const { source, parameter } = locate(topic)
      for (const [kind, ids] of due) {
        const entities = source.read(parameter, kind, ids)
        if (entities.length > 0) changed[kind] = entities
        const found = new Set(entities.map((entity) => entity.id))
        const missing = ids.filter((id) => !found.has(id))
        if (missing.length > 0) gone[kind] = missing
        if (kind !== source.pagedKind) remember(entry, kind, found, missing)
      }
      return { topic, version: advance(entry), changed, gone }
    } catch (error) {
      reportError(error, `topic ${topic}`)
      // A version is left out, so that readers see the gap and take a new snapshot.
      advance(entry)
      return { topic, version: advance(entry), changed: {}, gone: {} }
    }
  }

  function remember(entry: Live, kind: string, sent: Iterable<string>, gone: readonly string[] = []): void {
    const shown = entry.shown.get(kind) ?? new Set<string>()
    for (const id of sent) shown.add(id)
    for (const id of gone) shown.delete(id)
    entry.shown.set(kind, shown)
  }

  /** What this frame reads; the rest stays dirty. */
  function takeDue(entry: Live): [kind: string, ids: string[]][] {
    const due: [string, string[]][] = []
    const left = new Map<string, Set<string>>()
    let room = FRAME_ENTITIES
    for (const [kind, ids] of entry.dirty) {
      const all = [...ids]
      if (room > 0) due.push([kind, all.slice(0, room)])
      if (all.length > room) left.set(kind, new Set(all.slice(room)))
      room = Math.max(0, room - all.length)
    }
    entry.dirty = left
    return due
  }

  function leave(topic: TopicKey, subscriber: TopicSubscriber): void {
    const entry = live.get(topic)
    if (entry === undefined) return
    entry.subscribers.delete(subscriber)
    if (entry.subscribers.size > 0) return
    live.delete(topic)
    dirtyTopics.delete(topic)
    const { source, parameter } = locate(topic)
    source.closed?.(parameter)
  }

  function mark(topic: TopicKey, entry: Live, kind: string, changed: Iterable<string>): void {
    const ids = entry.dirty.get(kind) ?? new Set<string>()
    for (const id of changed) ids.add(id)
    entry.dirty.set(kind, ids)
    dirtyTopics.add(topic)
    plan()
  }

  return {
    provide(name, source) {
      sources.set(name, source)
    },
    touch(topic, kind, id) {
      const entry = live.get(topic)
      if (entry !== undefined) mark(topic, entry, kind, [id])
    },
    touchList(topic, kind, ids) {
      const entry = live.get(topic)
      if (entry === undefined) return
      const all = [...(entry.shown.get(kind) ?? []), ...ids]
      if (all.length > 0) mark(topic, entry, kind, all)
    },
    subscribe(topic, subscriber) {
      const { source, parameter } = locate(topic)
      const isFirst = !live.has(topic)
      const entities = { ...source.snapshot(parameter) }
      let cursor: string | null = null
      if (source.page !== undefined && source.pagedKind !== undefined) {
        const first = source.page(parameter, null)
        entities[source.pagedKind] = first.entities
        cursor = first.cursor
      }
      const entry = live.get(topic) ?? {
        version: highestVersion,
        subscribers: new Set<TopicSubscriber>(),
        dirty: new Map<string, Set<string>>(),
        shown: new Map<string, Set<string>>(),
      }
      live.set(topic, entry)
      for (const [kind, list] of Object.entries(entities)) {
        if (kind !== source.pagedKind)
          remember(
            entry,
            kind,
            list.map((entity) => entity.id),
          )
      }
      entry.subscribers.add(subscriber)
      if (isFirst) source.opened?.(parameter)
      return { version: entry.version, entities, cursor }
    },
    page(topic, cursor) {
      const { source, parameter } = locate(topic)
      if (source.page === undefined) throw new FoundryError('invalid_input', 'This list has no pages.')
      return source.page(parameter, cursor)
    },
    unsubscribe: leave,
    unsubscribeAll(subscriber) {
      for (const topic of live.keys()) leave(topic, subscriber)
    },
    hasReaders: (topic) => live.has(topic),
    flush,
  }
}

function noSuchTopic(topic: TopicKey): FoundryError {
  return new FoundryError('invalid_input', `There is no topic ${topic.slice(0, 100)}.`)
}
