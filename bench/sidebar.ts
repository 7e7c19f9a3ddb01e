// The list of tasks of a large organization against that of a small one, in one window: opened, with one task changed,
// and with a key pressed in its filter. The sides take turns.
import type { FoundryBridge } from '@shared/bridge'
import type { TaskSummary } from '@shared/domain'
import { startApp, type App } from '../tests/e2e/support/app'
import { createWorld } from '../tests/e2e/support/world'
import { bench, say } from './lib/report'
import { seedOrganizations } from './lib/seed-organizations'
import { median, ratioOf } from './lib/statistics'

const LARGE = { repositories: 1000, tasks: 10_000 }
const SMALL = { repositories: 10, tasks: 100 }
const KEYS = 'parser'

type Side = 'large' | 'small'
type Watched = typeof globalThis & {
  foundry: FoundryBridge
  benchSidebar: {
    /** Milliseconds the window's main thread was held up, until the frame that follows was drawn. */
    cost(act: () => void | Promise<unknown>, done: () => boolean): Promise<number>
    painted(): Promise<number>
    tasks: Map<string, TaskSummary>
  }
}

await bench('sidebar', async ({ quick }) => {
  const rounds = quick ? 5 : 9
  const changes = quick ? 10 : 20
  const world = await createWorld()
  try {
    // Each is opened once: what was read of one before is still in the window.
    const sides = Array.from({ length: rounds + 1 }, () => ['large', 'small'] as const).flat()
    say('10,000 tasks in 1,000 repositories, and 100 in 10, several times')
    const ids = await seedOrganizations(
      world.foundry,
      sides.map((side) => (side === 'large' ? LARGE : SMALL)),
    )
    const app = await startApp(world, { trace: false })
    try {
      await prepare(app)
      const paint: Record<Side, number[]> = { large: [], small: [] }
      const update: Record<Side, number[]> = { large: [], small: [] }
      const filter: Record<Side, number[]> = { large: [], small: [] }
      for (let round = 0; round <= rounds; round++) {
        const order: Side[] = round % 2 === 0 ? ['large', 'small'] : ['small', 'large']
        for (const side of order) {
          const nth = round * 2 + (side === 'large' ? 0 : 1)
          const id = ids[nth] ?? ''
          const opened = await open(app, id, `Organization ${nth}`)
          await settled(app)
          const changed = await change(app, id, changes)
          const typed = await type(app)
          // The first of each fills caches.
          if (round === 0) continue
          paint[side].push(opened)
          update[side].push(...changed)
          filter[side].push(...typed)
        }
        say(`round ${round} of ${rounds}`)
      }
      return {
        paintMs: median(paint.large),
        updateP95Ms: p95(update.large),
        filterP95Ms: p95(filter.large),
        ratioPaint: ratioOf(paint.large, paint.small),
        ratioUpdate: p95(update.large) / p95(update.small),
      }
    } finally {
      await app.quit()
    }
  } finally {
    await world.remove()
  }
})

function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN
}

async function prepare(app: App): Promise<void> {
  await app.window.evaluate(() => {
    const world = globalThis as Watched
    // One channel for all turns: thousands of them would be garbage whose collection is not the list's.
    const { port1, port2 } = new MessageChannel()
    const waiting: (() => void)[] = []
    port1.onmessage = () => waiting.shift()?.()
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        waiting.push(resolve)
        port2.postMessage(null)
      })
    const painted = async (): Promise<number> => {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      await turn()
      return performance.now()
    }
    const tasks = new Map<string, TaskSummary>()
    world.foundry.onUpdates((updates) => {
      for (const { changed } of updates)
        for (const task of (changed['task'] ?? []) as TaskSummary[]) tasks.set(task.id, task)
    })
    world.benchSidebar = {
      tasks,
      painted,
      async cost(act, done) {
        let busy = 0
        let before = performance.now()
        // What a turn of an idle thread takes is not counted.
        const count = (): void => {
          const now = performance.now()
          busy += Math.max(0, now - before - 0.3)
          before = now
        }
        const acting = Promise.resolve(act())
        count()
        while (!done()) {
          await turn()
          count()
        }
        const frame = { drawn: false }
        requestAnimationFrame(() => (frame.drawn = true))
        while (!frame.drawn) {
          await turn()
          count()
        }
        await turn()
        count()
        await acting
        return busy
      },
    }
  })
}

/** From the choice of an organization to the frame that shows its tasks. */
async function open(app: App, organizationId: string, name: string): Promise<number> {
  return app.window.evaluate(
    async ([id, expected]) => {
      const { foundry, benchSidebar } = globalThis as Watched
      const isShown = (): boolean => {
        const list = document.querySelector('nav[aria-label="Tasks"]')
        const switcher = list?.querySelector('button[aria-label^="Organization: "]')
        return (
          switcher?.getAttribute('aria-label')?.includes(expected) === true &&
          list?.querySelector('[role="treeitem"]') !== null
        )
      }
      const startedAt = performance.now()
      const shown = new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          if (!isShown()) return
          observer.disconnect()
          resolve()
        })
        observer.observe(document, { childList: true, subtree: true, attributes: true })
      })
      const answer = await foundry.call('organization.activate', { organizationId: id })
      if (!answer.ok) throw new Error(JSON.stringify(answer.error))
      await shown
      return (await benchSidebar.painted()) - startedAt
    },
    [organizationId, name] as const,
  )
}

/** All pages of the list are there: nothing is drawn any more. */
async function settled(app: App): Promise<void> {
  await app.window.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let timer = setTimeout(end, 1000)
        const observer = new MutationObserver(() => {
          clearTimeout(timer)
          timer = setTimeout(end, 1000)
        })
        observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true })
        function end(): void {
          observer.disconnect()
          resolve()
        }
      }),
  )
}

/** One task after the other gets another title. */
async function change(app: App, organizationId: string, count: number): Promise<number[]> {
  return app.window.evaluate(
    async ([id, times]) => {
      const { foundry, benchSidebar } = globalThis as Watched
      const answer = await foundry.subscribe(`tasks:${id}`)
      if (!answer.ok) throw new Error(JSON.stringify(answer.error))
      const tasks = (answer.value.entities['task'] ?? []) as TaskSummary[]
      const costs: number[] = []
      for (let n = 0; n < times; n++) {
        const task = tasks[(n * 7) % tasks.length]
        if (task === undefined) throw new Error('There is no task')
        const title = `Changed ${n} of ${Date.now()}`
        costs.push(
          await benchSidebar.cost(
            () => foundry.call('task.rename', { taskId: task.id, title }),
            () => benchSidebar.tasks.get(task.id)?.title === title,
          ),
        )
      }
      return costs
    },
    [organizationId, count] as const,
  )
}

/** A word, key by key, and away again. */
async function type(app: App): Promise<number[]> {
  return app.window.evaluate(async (keys) => {
    const { benchSidebar } = globalThis as Watched
    const input = document.querySelector<HTMLInputElement>('input[aria-label="Filter tasks"]')
    if (input === null) throw new Error('There is no filter')
    const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
    const costs: number[] = []
    for (const length of [...Array.from(keys, (_, index) => index + 1), 0]) {
      costs.push(
        await benchSidebar.cost(
          () => {
            setter?.call(input, keys.slice(0, length))
            input.dispatchEvent(new InputEvent('input', { bubbles: true, data: keys[length - 1] ?? null }))
          },
          () => true,
        ),
      )
    }
    return costs
  }, KEYS)
}
