import type { EntityOf, TopicName, TopicPage, TopicSnapshot, Topics, TopicUpdate } from '@shared/contract'
import type { ErrorValue } from '@shared/errors'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { BucketMap } from './bucket-map'

export type KindOf<Name extends TopicName> = keyof Topics[Name]['entities'] & string

export type MirroredEntities<Name extends TopicName> = {
  readonly [Kind in KindOf<Name>]: Kind extends Topics[Name]['paged']
    ? BucketMap<EntityOf<Name, Kind>>
    : ReadonlyMap<string, EntityOf<Name, Kind>>
}

/**
 * What a window knows of one topic. Maps are replaced when an entity of their kind changes, never mutated; that of the
 * paged kind is a BucketMap, in no order.
 */
export interface MirrorState<Name extends TopicName> {
  /** `ready` from the first snapshot on, also while a newer one is on its way. */
  readonly phase: 'loading' | 'ready' | 'error'
  readonly error: ErrorValue | null
  /** False while pages of the paged kind are still arriving. */
  readonly complete: boolean
  readonly version: number
  readonly entities: MirroredEntities<Name>
}

type Entity = { id: string }
type AnyMap = ReadonlyMap<string, Entity>
type Changes = Map<string, Entity | undefined>
type AnyEntities = Record<string, AnyMap>

/**
 * The versioned copy of one topic, without transport: it is told of snapshots, pages and updates, and says
 * when it needs a new snapshot. Updates that arrive while a snapshot is on its way are kept and applied on top.
 */
export class TopicMirror<Name extends TopicName> {
  readonly store: StoreApi<MirrorState<Name>>
  #waiting: TopicUpdate[] | null = []
  /** Ids seen in updates since the snapshot: a page read earlier must not overwrite or revive them. */
  readonly #newerThanPages = new Set<string>()

  constructor(
    private readonly kinds: readonly KindOf<Name>[],
    private readonly pagedKind: KindOf<Name> | null,
  ) {
    this.store = createStore<MirrorState<Name>>(() => ({
      phase: 'loading',
      error: null,
      complete: false,
      version: -1,
      entities: this.#typed(Object.fromEntries(kinds.map((kind) => [kind, this.#empty(kind)]))),
    }))
  }

  /** From now until the next snapshot, updates are kept instead of applied. */
  expectSnapshot(): void {
    this.#waiting ??= []
  }

  /** Returns whether the updates that had to wait fit on it; if not, another snapshot is needed. */
  applySnapshot(snapshot: TopicSnapshot): boolean {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    this.#newerThanPages.clear()
    const previous = this.#entities()
    const entities: AnyEntities = {}
    for (const kind of this.kinds) {
      const listed = new Map((snapshot.entities[kind] ?? []).map((entity) => [entity.id, entity]))
      // Rows of a long list stay on screen until the pages of the new snapshot have replaced them.
      const stays = kind === this.pagedKind && snapshot.cursor !== null
      entities[kind] = edited(stays ? (previous[kind] ?? this.#empty(kind)) : this.#empty(kind), listed)
    }
    this.store.setState({
      phase: 'ready',
      error: null,
      complete: snapshot.cursor === null,
      version: snapshot.version,
      entities: this.#typed(entities),
    })
    return this.applyUpdates(waiting)
  }

  /** Applies pages of the paged kind. `keep`, when it is the last page, drops rows that no page held. */
  applyPages(pages: readonly TopicPage[], listed: ReadonlySet<string>): void {
    const kind = this.pagedKind
    if (kind === null) return
    const known = this.#entities()[kind] ?? this.#empty(kind)
    const changes: Changes = new Map()
    for (const page of pages) {
      for (const entity of page.entities)
        if (!this.#newerThanPages.has(entity.id)) changes.set(entity.id, entity)
    }
    const complete = pages.at(-1)?.cursor === null
    if (complete) {
      for (const id of known.keys())
        if (!listed.has(id) && !this.#newerThanPages.has(id)) changes.set(id, undefined)
      this.#newerThanPages.clear()
    }
    const entities = { ...this.#entities(), [kind]: edited(known, changes) }
    this.store.setState({ complete, entities: this.#typed(entities) })
  }

  /**
   * Applies all updates of a frame as one change. Returns false at a version gap, after which updates wait
   * for the snapshot that the caller has to take.
   */
  applyUpdates(updates: readonly TopicUpdate[]): boolean {
    if (this.#waiting !== null) {
      this.#waiting.push(...updates)
      return true
    }
    const before = this.store.getState()
    let version = before.version
    let applied = 0
    const changes = new Map<string, Changes>(this.kinds.map((kind) => [kind, new Map()]))
    for (const update of updates) {
      if (update.version <= version) continue
      if (update.version !== version + 1) {
        this.#waiting = updates.filter((later) => later.version >= update.version)
        break
      }
      version = update.version
      applied += 1
      for (const kind of this.kinds) {
        const paging = kind === this.pagedKind && !before.complete
        for (const entity of update.changed[kind] ?? []) {
          changes.get(kind)?.set(entity.id, entity)
          if (paging) this.#newerThanPages.add(entity.id)
        }
        for (const id of update.gone[kind] ?? []) {
          changes.get(kind)?.set(id, undefined)
          if (paging) this.#newerThanPages.add(id)
        }
      }
    }
    if (applied > 0) {
      const entities = { ...this.#entities() }
      for (const [kind, own] of changes)
        if (own.size > 0) entities[kind] = edited(entities[kind] ?? this.#empty(kind), own)
      this.store.setState({ version, entities: this.#typed(entities) })
    }
    return this.#waiting === null
  }

  fail(error: ErrorValue): void {
    const known = this.store.getState().version >= 0
    this.store.setState({ error, phase: known ? 'ready' : 'error' })
  }

  #empty(kind: string): AnyMap {
    return kind === this.pagedKind ? new BucketMap() : new Map()
  }

  #entities(): AnyEntities {
    return this.store.getState().entities as unknown as AnyEntities
  }

  /** Main has parsed every entity against the contract; the mirror only carries them. */
  #typed(entities: AnyEntities): MirroredEntities<Name> {
    return entities as unknown as MirroredEntities<Name>
  }
}

function edited(map: AnyMap, changes: Changes): AnyMap {
  if (map instanceof BucketMap) return map.edit(changes)
  const copy = new Map(map)
  for (const [id, entity] of changes) {
    if (entity === undefined) copy.delete(id)
    else copy.set(id, entity)
  }
  return copy
}
