import type { EntityOf, TopicName, TopicPage, TopicSnapshot, Topics, TopicUpdate } from '@shared/contract'
import type { ErrorValue } from '@shared/errors'
import { createStore, type StoreApi } from 'zustand/vanilla'

export type KindOf<Name extends TopicName> = keyof Topics[Name]['entities'] & string

export type MirroredEntities<Name extends TopicName> = {
  readonly [Kind in KindOf<Name>]: ReadonlyMap<string, EntityOf<Name, Kind>>
}

/** What a window knows of one topic. Maps are replaced when an entity of their kind changes, never mutated. */
export interface MirrorState<Name extends TopicName> {
  /** `ready` from the first snapshot on, also while a newer one is on its way. */
  readonly phase: 'loading' | 'ready' | 'error'
  readonly error: ErrorValue | null
  /** False while pages of the paged kind are still arriving. */
  readonly complete: boolean
  readonly version: number
  readonly entities: MirroredEntities<Name>
}

type AnyMap = ReadonlyMap<string, { id: string }>
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
      entities: this.#typed(Object.fromEntries(kinds.map((kind) => [kind, new Map()]))),
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
      const listed = snapshot.entities[kind] ?? []
      const next = new Map<string, { id: string }>()
      for (const entity of listed) next.set(entity.id, entity)
      // Rows of a long list stay on screen until the pages of the new snapshot have replaced them.
      if (kind === this.pagedKind && snapshot.cursor !== null) {
        for (const [id, entity] of previous[kind] ?? []) if (!next.has(id)) next.set(id, entity)
      }
      entities[kind] = next
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
    const map = new Map(this.#entities()[kind])
    for (const page of pages) {
      for (const entity of page.entities) if (!this.#newerThanPages.has(entity.id)) map.set(entity.id, entity)
    }
    const complete = pages.at(-1)?.cursor === null
    if (complete) {
      for (const id of map.keys()) if (!listed.has(id) && !this.#newerThanPages.has(id)) map.delete(id)
      this.#newerThanPages.clear()
    }
    this.store.setState({ complete, entities: this.#typed({ ...this.#entities(), [kind]: map }) })
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
    const entities = { ...this.#entities() }
    const copies = new Map<string, Map<string, { id: string }>>()
    const copyOf = (kind: string) => {
      const copy = copies.get(kind) ?? new Map(entities[kind])
      copies.set(kind, copy)
      return copy
    }
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
          copyOf(kind).set(entity.id, entity)
          if (paging) this.#newerThanPages.add(entity.id)
        }
        for (const id of update.gone[kind] ?? []) {
          copyOf(kind).delete(id)
          if (paging) this.#newerThanPages.add(id)
        }
      }
    }
    if (applied > 0) {
      for (const [kind, copy] of copies) entities[kind] = copy
      this.store.setState({ version, entities: this.#typed(entities) })
    }
    return this.#waiting === null
  }

  fail(error: ErrorValue): void {
    const known = this.store.getState().version >= 0
    this.store.setState({ error, phase: known ? 'ready' : 'error' })
  }

  #entities(): AnyEntities {
    return this.store.getState().entities as unknown as AnyEntities
  }

  /** Main has parsed every entity against the contract; the mirror only carries them. */
  #typed(entities: AnyEntities): MirroredEntities<Name> {
    return entities as unknown as MirroredEntities<Name>
  }
}
