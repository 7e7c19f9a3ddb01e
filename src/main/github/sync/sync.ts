import { FoundryError } from '@shared/errors'
import type { Sync, SyncPhase } from '@shared/github'
import type { AccountId, OrganizationId, RepositoryId } from '@shared/ids'
import { createPullRequestWriter, type Written } from '../pull-requests/writer'
import type { GitHubClient, SyncedOrganization } from '../types'
import { outcomeOf, waitsForNetwork } from './outcome'
import { createSourceSwitch } from './pull-request-source'
import { runSync, type Run, type RunEnd } from './run'
import { dueAt, isFullDue, nudgedAt, type Occasion } from './schedule'
import { createSyncStates, type SyncRow } from './state'
import type { SyncEngine, SyncOptions } from './types'

export type { SyncEngine, SyncOptions } from './types'

const LARGEST_ANSWER = 150
/** How often the counts of open pull requests are told while they come in. */
const COUNTS_MS = 250

type StartedRun = Run & {
  phase: SyncPhase
  /** What was counted anew since the last time is told. */
  tellCounts(): void
}

/** What this run of the app knows of one organization's sync; all that has to outlive it is in its row. */
interface Entry {
  running: { controller: AbortController; full: boolean; done: Promise<void> } | null
  /** Wanted while one ran that could not be joined. */
  again: { full: boolean } | null
  unschedule: (() => void) | null
  startedAt: number | null
  /** Runs in a row that ended in waiting. */
  attempts: number
  pollMs: number
  readonly answerSize: Run['answerSize']
}

/** Keeps what is known of organizations as GitHub has it. */
/** An answer that was under way then has come by now. */
const LEARNED_MS = 600_000

export function createSync(options: SyncOptions): SyncEngine {
  const { database, owners, now } = options
  const states = createSyncStates(database)
  const writer = createPullRequestWriter(database, now, options.project)
  const learnedAt = new Map<string, number>()
  const largest = options.largestAnswer ?? LARGEST_ANSWER
  const entries = new Map<OrganizationId, Entry>()
  let shown: OrganizationId | null = null
  let stopped = false

  function entryOf(id: OrganizationId): Entry {
    const known = entries.get(id)
    if (known !== undefined) return known
    const entry: Entry = {
      running: null,
      again: null,
      unschedule: null,
      startedAt: null,
      attempts: 0,
      pollMs: 0,
      answerSize: { pulls: largest, most: largest },
    }
    entries.set(id, entry)
    return entry
  }

  // ---- a run -------------------------------------------------------------------------------------

  function reachable(id: OrganizationId): { organization: SyncedOrganization; client: GitHubClient } | null {
    const organization = owners.organization.get(id)
    const client = organization === null ? null : options.client(organization.accountId)
    return organization === null || client === null ? null : { organization, client }
  }

  /** Starts a run, or goes on with the one that was cut short. Nothing runs for it now. */
  function begin(id: OrganizationId, client: GitHubClient, full: boolean): void {
    const entry = entryOf(id)
    unschedule(entry)
    const row = states.get(id)
    const from = full ? null : row.resumePhase
    const resumed = from !== null
    const controller = new AbortController()
    const plan = {
      generation: resumed ? row.generation : row.generation + 1,
      full: resumed ? row.full : full || isFullDue(row, now()),
      from: from ?? ('discovering_repositories' as const),
    }
    states.set(id, {
      state: 'running',
      generation: plan.generation,
      full: plan.full,
      resumePhase: plan.from,
      phase: plan.from,
      waitingUntil: null,
      problem: null,
      startedAt: resumed ? row.startedAt : now(),
      ...(resumed ? {} : { processed: 0, total: 0, label: '' }),
    })
    entry.startedAt = now()
    const run = createRun(id, entry, client, controller.signal, row, plan)
    const done = execute(id, entry, run)
      .finally(() => ended(id, entry))
      .catch((error: unknown) => options.reportError(error, `sync of ${id}`))
    entry.running = { controller, full: plan.full, done }
    options.changed(id)
  }

  function createRun(
    id: OrganizationId,
    entry: Entry,
    client: GitHubClient,
    signal: AbortSignal,
    row: SyncRow,
    plan: { generation: number; full: boolean; from: SyncPhase },
  ): StartedRun {
    const untold = new Set<RepositoryId>()
    let toldAt = 0
    const source = createSourceSwitch(client, signal, () => owners.repositories.known(id))
    const show = (patch: Parameters<typeof states.progress>[1]): void => {
      // What was stopped is shown as stopped, whatever still comes in.
      if (signal.aborted) return
      states.progress(id, { ...patch, progressAt: now() })
      options.changed(id)
    }
    return {
      id,
      ...plan,
      phase: plan.from,
      knownUntil: row.changesSince,
      membersAt: row.membersAt,
      client,
      owners,
      writer,
      signal,
      answerSize: entry.answerSize,
      now,
      learnedAt: (repositoryId, number) => learnedAt.get(`${repositoryId}#${number}`),
      organization() {
        const found = owners.organization.get(id)
        if (found === null) throw new FoundryError('conflict', 'This organization is not synced any more.')
        return found
      },
      withSource: (ask) => source.with(ask),
      sourceLimits: () => source.current(),
      transaction: (work) => database.transaction(work),
      save(patch) {
        if (!signal.aborted) states.progress(id, patch)
      },
      enter(phase) {
        this.phase = phase
        show({ phase, resumePhase: phase, processed: 0, total: 0, label: '' })
      },
      progress: (processed, total, label) => show({ processed, total, label }),
      heard({ pollIntervalMs }) {
        entry.pollMs = pollIntervalMs ?? entry.pollMs
      },
      written({ changed, appended, counts }) {
        for (const repositoryId of counts) untold.add(repositoryId)
        if (now() - toldAt >= COUNTS_MS) this.tellCounts()
        tell(id, { changed, appended, counts: new Set() })
      },
      tellCounts() {
        toldAt = now()
        if (untold.size > 0) owners.repositories.changed(id, [...untold])
        untold.clear()
      },
      attended: () => options.attended?.(id) ?? [],
    }
  }

  function tell(id: OrganizationId, { changed, appended, counts }: Written): void {
    if (counts.size > 0) owners.repositories.changed(id, [...counts])
    if (appended > 0) options.changesAppended?.(id)
    if (changed > 0) options.changed(id)
  }

  async function execute(id: OrganizationId, entry: Entry, run: StartedRun): Promise<void> {
    // After the commit of whatever started it.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      const end = await runSync(run)
      run.signal.throwIfAborted()
      succeed(id, entry, run, end)
    } catch (thrown) {
      // Whoever stopped it has written what is to be shown.
      if (run.signal.aborted) return
      fail(id, entry, run, thrown)
    } finally {
      run.tellCounts()
    }
    options.changed(id)
  }

  function succeed(id: OrganizationId, entry: Entry, run: Run, end: RunEnd): void {
    entry.attempts = 0
    states.set(id, {
      state: 'synced',
      phase: null,
      resumePhase: null,
      label: '',
      syncedAt: now(),
      changesSince: end.knownUntil,
      ...(run.full ? { fullAt: now() } : {}),
    })
    options.synced?.(id)
  }

  function fail(id: OrganizationId, entry: Entry, run: { phase: SyncPhase }, thrown: unknown): void {
    entry.attempts += 1
    const outcome = outcomeOf(thrown, run.phase, entry.attempts, now())
    const { state, problem } = outcome
    if (outcome.state === 'failed') {
      if (outcome.unexpected) options.reportError(thrown, `sync of ${id}`)
      const { organization } = outcome
      if (organization !== null)
        database.transaction(() => owners.organization.setState(id, organization, problem))
    }
    const waitingUntil = outcome.state === 'waiting' ? outcome.until : null
    states.set(id, { state, problem, waitingUntil, resumePhase: outcome.from })
  }

  function ended(id: OrganizationId, entry: Entry): void {
    entry.running = null
    const { again } = entry
    entry.again = null
    if (stopped) return
    if (again !== null) {
      const target = reachable(id)
      if (target !== null) return begin(id, target.client, again.full)
    }
    arm(id)
  }

  // ---- the clock ---------------------------------------------------------------------------------

  function unschedule(entry: Entry): void {
    entry.unschedule?.()
    entry.unschedule = null
  }

  function occasionOf(id: OrganizationId): Occasion {
    const { state, waitingUntil, syncedAt } = states.get(id)
    const { startedAt, pollMs } = entryOf(id)
    return { state, waitingUntil, syncedAt, startedAt, pollMs, shown: id === shown }
  }

  /** Sets the clock of an organization anew. Without an account that reaches it there is none. */
  function arm(id: OrganizationId, at: number | null = dueAt(occasionOf(id), now())): void {
    const entry = entryOf(id)
    if (stopped || entry.running !== null) return
    unschedule(entry)
    if (at === null || reachable(id) === null) return
    const due = (): void => {
      entry.unschedule = null
      if (entry.running === null && !stopped) beginByClock(id)
    }
    entry.unschedule = options.schedule(due, Math.max(0, at - now()))
  }

  function beginByClock(id: OrganizationId): void {
    try {
      const target = reachable(id)
      if (target !== null) begin(id, target.client, false)
    } catch (error) {
      // Nobody waits for it: a disk that refuses must not end the app.
      options.reportError(error, `sync of ${id}`)
    }
  }

  function nudge(id: OrganizationId, network = false): void {
    const entry = entryOf(id)
    if (entry.running !== null) return
    const occasion = occasionOf(id)
    const mayTry = network && waitsForNetwork(states.get(id).problem)
    if (mayTry) entry.attempts = 0
    const at = nudgedAt(occasion, mayTry, now())
    const due = dueAt(occasion, now())
    if (at !== null) arm(id, due === null ? at : Math.min(at, due))
  }

  function stop(entry: Entry): void {
    unschedule(entry)
    entry.again = null
    entry.running?.controller.abort()
  }

  async function settled(entry: Entry): Promise<void> {
    while (entry.running !== null) await entry.running.done
  }

  return {
    start(id, { full = false } = {}) {
      if (stopped) return
      const target = reachable(id)
      if (target === null)
        throw new FoundryError('conflict', 'This organization cannot be synced now.', {
          next: 'Connect the account that reads it, or bring the organization local again.',
        })
      const entry = entryOf(id)
      entry.attempts = 0
      if (entry.running === null) begin(id, target.client, full)
      else if (entry.running.controller.signal.aborted || (full && !entry.running.full))
        entry.again = { full: full || entry.again?.full === true }
    },

    finished: (id) => settled(entryOf(id)),

    cancel(id) {
      const { state } = states.get(id)
      if (state !== 'running' && state !== 'waiting') return
      stop(entryOf(id))
      states.set(id, { state: 'cancelled', waitingUntil: null, problem: null })
      options.changed(id)
    },

    async forget(id) {
      const entry = entryOf(id)
      const wasRunning = entry.running !== null
      stop(entry)
      await settled(entry)
      // The run that ended has set the clock again.
      unschedule(entry)
      if (wasRunning) states.set(id, { state: 'cancelled', waitingUntil: null, problem: null })
      entries.delete(id)
    },

    read(id) {
      return toSync(states.get(id), {
        repositories: owners.repositories.count(id),
        members: owners.organization.countMembers(id),
        openPullRequests: writer.countOpen(id),
      })
    },

    recover() {
      for (const id of options.organizations()) {
        // What a person stopped was stopped for that run of the app.
        const occasion = occasionOf(id)
        arm(
          id,
          dueAt({ ...occasion, state: occasion.state === 'cancelled' ? 'never' : occasion.state }, now()),
        )
      }
    },

    learned(id, repositoryId, pull) {
      for (const [key, at] of learnedAt) if (now() - at > LEARNED_MS) learnedAt.delete(key)
      learnedAt.set(`${repositoryId}#${pull.number}`, now())
      const { generation, changesSince } = states.get(id)
      const listReadAt = writer.lists(id).get(repositoryId)?.readAt ?? null
      const reading = { organizationId: id, generation, knownUntil: changesSince, authoritative: false }
      tell(id, writer.write(reading, [{ repositoryId, listReadAt, pull }]))
    },
    pushed: (id) => nudge(id),
    focused() {
      if (shown !== null) nudge(shown)
    },
    resumed() {
      for (const id of options.organizations()) nudge(id, true)
    },
    online() {
      for (const id of options.organizations()) nudge(id, true)
    },
    connected(accountId: AccountId) {
      for (const id of options.organizations())
        if (owners.organization.get(id)?.accountId === accountId) nudge(id, true)
    },
    shown(id) {
      const before = shown
      shown = id
      for (const each of [before, id]) if (each !== null && each !== undefined) arm(each)
    },

    async shutdown() {
      stopped = true
      for (const entry of entries.values()) stop(entry)
      await Promise.all([...entries.values()].map(settled))
    },
  }
}

function toSync(row: SyncRow, counts: Sync['counts']): Sync {
  const { state, phase, processed, total, label, startedAt, progressAt, syncedAt, waitingUntil, problem } =
    row
  return {
    id: 'sync',
    state,
    phase,
    processed,
    total,
    label,
    startedAt,
    progressAt,
    syncedAt,
    waitingUntil,
    problem,
    counts,
  }
}
