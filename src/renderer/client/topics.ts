import type { EntityOf, TopicKey, TopicName, TopicPage, Topics, TopicUpdate } from '@shared/contract'
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { useStore } from 'zustand'
import { bridge } from './bridge'
import { errorFrom } from './call'
import { type KindOf, type MirrorState, type MirroredEntities, TopicMirror } from './topic-mirror'

/** How long a topic is kept after its last reader left, so that going back and forth costs nothing. */
const graceMs = 30_000
/** Files are not watched for somebody who does not look at them. */
const graceOf: Partial<Record<TopicName, number>> = { files: 0 }
/** Pages are shown in groups: a list of 10,000 must not render a hundred times while it fills. */
const pageFlushMs = 100

/** Kept equal to the contract by its type, so that the contract's schemas stay out of the bundle. */
const kindsOf: { [Name in TopicName]: readonly KindOf<Name>[] } = {
  app: [
    'state',
    'settings',
    'agent',
    'account',
    'deviceSignIn',
    'organization',
    'job',
    'storage',
    'data',
    'waiting',
    'savedPrompt',
    'savedSearch',
    'searchIndex',
  ],
  organization: ['repository', 'sync'],
  tasks: ['task'],
  task: ['task', 'session', 'job', 'git', 'comment', 'outgoingReview', 'outgoingReply'],
  processes: ['terminal'],
  files: ['watch'],
  session: ['session', 'permission', 'queuedPrompt'],
}
const pagedKindOf: { [Name in TopicName]: Topics[Name]['paged'] & (KindOf<Name> | null) } = {
  app: null,
  organization: 'repository',
  tasks: 'task',
  task: null,
  processes: null,
  files: null,
  session: null,
}

/** `app` takes no parameter; every other topic is about one organization, task or session. */
type ParameterOf<Name extends TopicName> = Topics[Name]['parameter'] extends null ? null : string

/** One topic as this window reads it: its mirror, its readers and its conversation with main. */
class LiveTopic<Name extends TopicName> {
  readonly mirror: TopicMirror<Name>
  #readers = 0
  #subscribed = false
  #taking = false
  #generation = 0
  #grace: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly key: TopicKey,
    private readonly name: Name,
  ) {
    this.mirror = new TopicMirror<Name>(kindsOf[name], pagedKindOf[name])
  }

  /** Counts a reader until the returned function is called. */
  retain(): () => void {
    this.#readers += 1
    clearTimeout(this.#grace)
    if (!this.#subscribed) {
      this.#subscribed = true
      void this.#takeSnapshot()
    }
    let released = false
    return () => {
      if (released) return
      released = true
      this.#readers -= 1
      if (this.#readers === 0) this.#grace = setTimeout(() => this.#end(), graceOf[this.name] ?? graceMs)
    }
  }

  receive(updates: TopicUpdate[]): void {
    if (this.#subscribed && !this.mirror.applyUpdates(updates)) void this.#takeSnapshot()
  }

  /** A person asked to try again after a failure. */
  retry(): void {
    if (this.#subscribed) void this.#takeSnapshot()
  }

  async #takeSnapshot(): Promise<void> {
    if (this.#taking) return
    this.#taking = true
    this.#generation += 1
    const generation = this.#generation
    this.mirror.expectSnapshot()
    try {
      let fits = false
      let cursor: string | null = null
      const listed = new Set<string>()
      while (!fits) {
        const result = await bridge().subscribe(this.key)
        if (!this.#subscribed) return
        if (!result.ok) {
          this.mirror.fail(result.error)
          return
        }
        listed.clear()
        for (const entities of Object.values(result.value.entities)) {
          for (const entity of entities) listed.add(entity.id)
        }
        cursor = result.value.cursor
        fits = this.mirror.applySnapshot(result.value)
      }
      if (cursor !== null) void this.#readPages(cursor, generation, listed)
    } catch (thrown) {
      this.mirror.fail(errorFrom(thrown))
    } finally {
      this.#taking = false
    }
  }

  async #readPages(first: string, generation: number, listed: Set<string>): Promise<void> {
    let cursor: string | null = first
    let pages: TopicPage[] = []
    let flushedAt = performance.now()
    while (cursor !== null) {
      const result = await bridge().page(this.key, cursor)
      if (generation !== this.#generation || !this.#subscribed) return
      if (!result.ok) {
        if (pages.length > 0) this.mirror.applyPages(pages, listed)
        this.mirror.fail(result.error)
        return
      }
      for (const entity of result.value.entities) listed.add(entity.id)
      pages.push(result.value)
      cursor = result.value.cursor
      if (cursor === null || performance.now() - flushedAt > pageFlushMs) {
        this.mirror.applyPages(pages, listed)
        pages = []
        flushedAt = performance.now()
      }
    }
  }

  #end(): void {
    this.#subscribed = false
    this.#generation += 1
    bridge().unsubscribe(this.key)
    live.delete(this.key)
  }
}

const live = new Map<TopicKey, LiveTopic<TopicName>>()
let listening = false

function topicKey(name: TopicName, parameter: string | null): TopicKey {
  return parameter === null ? name : `${name}:${parameter}`
}

function liveTopic<Name extends TopicName>(name: Name, parameter: ParameterOf<Name>): LiveTopic<Name> {
  listen()
  const key = topicKey(name, parameter)
  let topic = live.get(key) as LiveTopic<Name> | undefined
  if (topic === undefined) {
    topic = new LiveTopic(key, name)
    live.set(key, topic as unknown as LiveTopic<TopicName>)
  }
  return topic
}

function listen(): void {
  if (listening) return
  listening = true
  bridge().onUpdates((updates) => {
    const byTopic = new Map<TopicKey, TopicUpdate[]>()
    for (const update of updates) {
      const own = byTopic.get(update.topic)
      if (own === undefined) byTopic.set(update.topic, [update])
      else own.push(update)
    }
    for (const [key, own] of byTopic) live.get(key)?.receive(own)
  })
}

/** Keeps a topic alive outside React; returns the function that lets go of it. */
export function retainTopic<Name extends TopicName>(name: Name, parameter: ParameterOf<Name>): () => void {
  return liveTopic(name, parameter).retain()
}

/** Asks again for a topic that could not be read. */
export function retryTopic<Name extends TopicName>(name: Name, parameter: ParameterOf<Name>): void {
  liveTopic(name, parameter).retry()
}

/** What is known of a topic right now, without reading it. */
export function peekTopic<Name extends TopicName>(
  name: Name,
  parameter: ParameterOf<Name>,
): MirroredEntities<Name> {
  return liveTopic(name, parameter).mirror.store.getState().entities
}

/** Reads one value of a topic; the component renders again only when that value changes. */
export function useTopic<Name extends TopicName, Selected>(
  name: Name,
  parameter: ParameterOf<Name>,
  select: (state: MirrorState<Name>) => Selected,
): Selected {
  const topic = liveTopic(name, parameter)
  useEffect(() => topic.retain(), [topic])
  return useStore(topic.mirror.store, select)
}

/** What is known of several topics, in their order; the component renders again when one of them changes. */
export function useTopicStates<Name extends TopicName>(
  name: Name,
  parameters: readonly ParameterOf<Name>[],
): readonly MirrorState<Name>[] {
  const key = parameters.join(' ')
  const topics = useMemo(
    () => (key === '' ? [] : key.split(' ').map((one) => liveTopic(name, one as ParameterOf<Name>))),
    [name, key],
  )
  const known = useRef<readonly MirrorState<Name>[]>([])
  useEffect(() => {
    const releases = topics.map((topic) => topic.retain())
    return () => {
      for (const release of releases) release()
    }
  }, [topics])
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = topics.map(({ mirror }) => mirror.store.subscribe(listener))
      return () => {
        for (const end of ends) end()
      }
    },
    [topics],
  )
  return useSyncExternalStore(subscribe, () => {
    const states = topics.map(({ mirror }) => mirror.store.getState())
    const same =
      states.length === known.current.length && states.every((one, nth) => one === known.current[nth])
    if (!same) known.current = states
    return known.current
  })
}

/** All entities of one kind, by id. */
export function useEntities<Name extends TopicName, Kind extends KindOf<Name>>(
  name: Name,
  parameter: ParameterOf<Name>,
  kind: Kind,
): MirroredEntities<Name>[Kind] {
  return useTopic(name, parameter, (state) => state.entities[kind])
}

/** One entity, or undefined while it is unknown. */
export function useEntity<Name extends TopicName, Kind extends KindOf<Name>>(
  name: Name,
  parameter: ParameterOf<Name>,
  kind: Kind,
  id: string | null,
): EntityOf<Name, Kind> | undefined {
  return useTopic(name, parameter, (state) => (id === null ? undefined : state.entities[kind].get(id)))
}

/** Whether the topic has been read, and what went wrong if not. */
export function useTopicPhase<Name extends TopicName>(
  name: Name,
  parameter: ParameterOf<Name>,
): MirrorState<Name>['phase'] {
  return useTopic(name, parameter, (state) => state.phase)
}

export function useTopicError<Name extends TopicName>(
  name: Name,
  parameter: ParameterOf<Name>,
): MirrorState<Name>['error'] {
  return useTopic(name, parameter, (state) => state.error)
}
