// Bringing a large organization local: the first sync, one with nothing changed and one with 20 changes, in the real
// app against a GitHub on loopback that answers after 40 ms; beside one REST request per repository page, in sequence.
import { readFile } from 'node:fs/promises'
import type { FoundryBridge } from '@shared/bridge'
import type { Account, AvailableOrganization, Sync } from '@shared/github'
import type { Organization } from '@shared/domain'
import { startApp, type App } from '../tests/e2e/support/app'
import { createWorld } from '../tests/e2e/support/world'
import { startGitHubProcess, type GitHubProcess } from '../tests/support/github/server-child'
import type { SeedAnswer } from '../tests/support/github/server-process'
import { call } from './lib/call'
import { bench, say } from './lib/report'
import { median, ratioOf } from './lib/statistics'

const REPOSITORIES = 1000
const PULL_REQUESTS = 20_000
const MEMBERS = 500
const LATENCY_MS = 40
const CHANGES = 20
const ROUNDS = 5
/** In a quick run the slow side reads this part of the repositories; its time and requests are multiplied. */
const QUICK_PART = 10

type Watched = typeof globalThis & { foundry: FoundryBridge; benchSync: Sync | null }
type ModelOfMain = typeof globalThis & {
  benchDelay?: { percentile(part: number): number; disable(): boolean }
}

interface Run {
  wallMs: number
  requests: number
  graphqlPoints: number
  mainBlockP99Ms: number
  peakRssMb: number
  idleMs: number
  idleRequests: number
  deltaRequests: number
}

await bench('sync', async ({ quick }) => {
  const github = await startGitHubProcess()
  try {
    say(`${REPOSITORIES} repositories, ${PULL_REQUESTS} open pull requests`)
    const seeded = await github.seed({
      repositories: REPOSITORIES,
      pullRequests: PULL_REQUESTS,
      members: MEMBERS,
      open: 1,
      seed: 1,
    })
    // All rounds fall into one hour of the limits, and each is to have that hour for itself.
    for (const resource of ['core', 'graphql'] as const)
      await github.send({ do: 'limit', resource, limit: 5000 * (ROUNDS + 2) })
    // Once without measuring: the server keeps its answers, so that its own work is not in the figures.
    await syncInApp(github, seeded)
    await github.send({ do: 'latency', ms: LATENCY_MS })
    const runs: Run[] = []
    const naive: { wallMs: number; requests: number }[] = []
    const rounds = quick ? 1 : ROUNDS
    for (let round = 1; round <= rounds; round++) {
      const sides = [
        async () => runs.push(await syncInApp(github, seeded)),
        async () => naive.push(await readNaively(github, seeded, quick ? QUICK_PART : 1)),
      ]
      for (const side of round % 2 === 0 ? sides.toReversed() : sides) await side()
      say(`round ${round} of ${rounds}`)
    }
    // Last, because the answers that were kept are of no use any more afterwards.
    const { deltaRequests } = await syncInApp(github, seeded, CHANGES)
    const of = (key: keyof Run): number => median(runs.map((run) => run[key]))
    const naiveWall = naive.map(({ wallMs }) => wallMs)
    const wall = runs.map(({ wallMs }) => wallMs)
    return {
      requests: of('requests'),
      naiveRequests: median(naive.map(({ requests }) => requests)),
      graphqlPoints: of('graphqlPoints'),
      wallMs: median(wall),
      naiveWallMs: median(naiveWall),
      ratio: ratioOf(naiveWall, wall),
      idleRequests: of('idleRequests'),
      idleMs: of('idleMs'),
      deltaRequests,
      peakRssMb: of('peakRssMb'),
      mainBlockP99Ms: of('mainBlockP99Ms'),
    }
  } finally {
    await github.close()
  }
})

/** Signs in, brings the organization local in an empty data folder, and syncs it again; once more after changes. */
async function syncInApp(github: GitHubProcess, seeded: SeedAnswer, changes = 0): Promise<Run> {
  const world = await createWorld()
  try {
    const app = await startApp(world, { trace: false })
    try {
      const account = await call<Account>(app, 'account.addToken', {
        host: github.url,
        token: seeded.token,
      })
      const available = await call<AvailableOrganization[]>(app, 'organization.available', {
        accountId: account.id,
      })
      const chosen = available.find(({ login }) => login === seeded.login)
      if (chosen === undefined) throw new Error(`${seeded.login} is not offered`)
      await github.requests()

      await watchMain(app)
      const startedAt = performance.now()
      const organization = await call<Organization>(app, 'organization.add', {
        accountId: account.id,
        githubId: chosen.githubId,
      })
      const first = await synced(app, organization.id, null)
      const wallMs = performance.now() - startedAt
      const mainBlockP99Ms = await mainBlock(app)
      if (first.counts.openPullRequests !== seeded.openPullRequests)
        throw new Error(`${first.counts.openPullRequests} of ${seeded.openPullRequests} pull requests`)
      const { count, cost } = await github.requests()

      const idleAt = performance.now()
      await call(app, 'organization.sync', { organizationId: organization.id })
      const idle = await synced(app, organization.id, first.syncedAt)
      const idleMs = performance.now() - idleAt
      const idleRequests = (await github.requests()).count

      if (changes > 0) {
        await github.send({ do: 'churn', login: seeded.login, count: changes, seed: 2 })
        await call(app, 'organization.sync', { organizationId: organization.id })
        await synced(app, organization.id, idle.syncedAt)
      }
      return {
        wallMs,
        requests: count,
        graphqlPoints: cost.graphql,
        mainBlockP99Ms,
        peakRssMb: await peakRssMb(app.pid),
        idleMs,
        idleRequests,
        deltaRequests: (await github.requests()).count,
      }
    } finally {
      await app.quit()
    }
  } finally {
    await world.remove()
  }
}

/** The state of the sync once it has ended, later than `after`. */
async function synced(app: App, organizationId: string, after: number | null): Promise<Sync> {
  await app.window.evaluate(async (topic) => {
    const world = globalThis as Watched
    world.benchSync = null
    world.foundry.onUpdates((updates) => {
      for (const update of updates) {
        if (update.topic === topic) world.benchSync = (update.changed['sync']?.[0] as Sync) ?? world.benchSync
      }
    })
    const answer = await world.foundry.subscribe(topic)
    if (answer.ok) world.benchSync ??= (answer.value.entities['sync']?.[0] as Sync) ?? null
  }, `organization:${organizationId}`)
  const handle = await app.window.waitForFunction(
    (before) => {
      const sync = (globalThis as Watched).benchSync
      if (sync === null || sync.state === 'running' || sync.state === 'never') return null
      if (sync.state === 'synced' && before !== null && (sync.syncedAt ?? 0) <= before) return null
      return sync
    },
    after,
    { timeout: 300_000, polling: 10 },
  )
  const sync = (await handle.jsonValue()) as Sync
  if (sync.state !== 'synced')
    throw new Error(`The sync ended as ${sync.state}: ${JSON.stringify(sync.problem)}`)
  return sync
}

async function watchMain(app: App): Promise<void> {
  await app.electron.evaluate(() => {
    const hooks = process.getBuiltinModule('node:perf_hooks')
    const delay = hooks.monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    ;(globalThis as ModelOfMain).benchDelay = delay
  })
}

/** What the event loop of main was late by, at its 99th percentile; the timer's own millisecond is not counted. */
async function mainBlock(app: App): Promise<number> {
  const nanoseconds = await app.electron.evaluate(() => {
    const delay = (globalThis as ModelOfMain).benchDelay
    delay?.disable()
    return delay?.percentile(99) ?? Number.NaN
  })
  return Math.max(0, nanoseconds / 1e6 - 1)
}

async function peakRssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
}

/** One request a page of repositories, then one a page of each repository's open pull requests. */
async function readNaively(
  github: GitHubProcess,
  seeded: SeedAnswer,
  part: number,
): Promise<{ wallMs: number; requests: number }> {
  let requests = 0
  const get = async (address: string): Promise<{ body: unknown; next: string | null }> => {
    requests += 1
    const answer = await fetch(address, { headers: { authorization: `Bearer ${seeded.token}` } })
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? null
    return { body: await answer.json(), next }
  }
  const startedAt = performance.now()
  const names: string[] = []
  let page: string | null = `${github.apiUrl}/orgs/${seeded.login}/repos?per_page=100`
  while (page !== null) {
    const { body, next }: { body: unknown; next: string | null } = await get(page)
    names.push(...(body as { full_name: string }[]).map((one) => one.full_name))
    page = next
  }
  const listed = { ms: performance.now() - startedAt, requests }
  for (const name of names.slice(0, Math.ceil(names.length / part))) {
    let pulls: string | null = `${github.apiUrl}/repos/${name}/pulls?state=open&per_page=100`
    while (pulls !== null) pulls = (await get(pulls)).next
  }
  await github.requests()
  return {
    wallMs: listed.ms + (performance.now() - startedAt - listed.ms) * part,
    requests: listed.requests + (requests - listed.requests) * part,
  }
}
