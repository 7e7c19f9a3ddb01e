import type { Page } from '@playwright/test'
import type { FoundryBridge } from '@shared/bridge'
import type { TopicEntities } from '@shared/contract'

/** Moments of the newest task or session, taken inside the window on the window's own clock. */
export interface WatchedTask {
  /** Forgets what was seen; what follows is measured from the next click. `text` is what to wait for on screen. */
  begin(text?: string): Promise<void>
  /** When the click came, when the task's server was up, and when its agent had a session. */
  created(): Promise<{ clicked: number; sandbox: number; session: number }>
  /** Milliseconds from the click to a session that left its start behind. */
  sessionStarted(): Promise<number>
  /** Milliseconds from the click to the frame that shows the text. */
  textPainted(): Promise<number>
  /** Nothing runs any more. */
  idle(): Promise<void>
}

interface Marks {
  clicked: number | null
  sandbox: number | null
  session: number | null
  painted: number | null
  text: string | null
  /** Sessions and tasks that were there before. */
  known: Set<string>
  tasks: Set<string>
  statuses: Map<string, string>
}

type Watched = typeof globalThis & { foundry: FoundryBridge; benchMarks: Marks }

const LIMIT_MS = 120_000

export async function watchTasks(page: Page): Promise<WatchedTask> {
  await page.evaluate(() => {
    const world = globalThis as Watched
    const marks: Marks = {
      clicked: null,
      sandbox: null,
      session: null,
      painted: null,
      text: null,
      known: new Set(),
      tasks: new Set(),
      statuses: new Map(),
    }
    world.benchMarks = marks
    const take = (entities: TopicEntities): void => {
      for (const task of (entities['task'] ?? []) as { id: string; sandbox?: { state: string } | null }[]) {
        if (!marks.tasks.has(task.id)) {
          marks.tasks.add(task.id)
          void world.foundry.subscribe(`task:${task.id}`).then((answer) => {
            if (answer.ok) take(answer.value.entities)
          })
        }
        if (marks.known.has(task.id) || task.sandbox?.state !== 'running') continue
        marks.sandbox ??= performance.now()
      }
      for (const session of (entities['session'] ?? []) as { id: string; status: string }[]) {
        marks.statuses.set(session.id, session.status)
        if (marks.known.has(session.id) || session.status === 'starting') continue
        marks.session ??= performance.now()
      }
    }
    world.foundry.onUpdates((updates) => {
      for (const update of updates) take(update.changed)
    })
    addEventListener('click', () => (marks.clicked = performance.now()), { capture: true })
    new MutationObserver(() => {
      const { text } = marks
      if (text === null || marks.painted !== null) return
      const answers = document.querySelectorAll('[role="log"] article[aria-label="Agent"]')
      if (![...answers].some((answer) => answer.textContent.includes(text))) return
      marks.text = null
      requestAnimationFrame(() => {
        const channel = new MessageChannel()
        channel.port1.onmessage = () => (marks.painted = performance.now())
        channel.port2.postMessage(null)
      })
    }).observe(document, { childList: true, subtree: true, characterData: true })
  })

  const until = async (what: 'sandbox' | 'session' | 'painted'): Promise<number> => {
    const handle = await page.waitForFunction(
      (name) => {
        const { clicked, [name]: at } = (globalThis as Watched).benchMarks
        return clicked === null || at === null ? null : { ms: at - clicked }
      },
      what,
      { timeout: LIMIT_MS, polling: 20 },
    )
    return (await handle.jsonValue())?.ms ?? Number.NaN
  }

  return {
    begin: (text) =>
      page.evaluate((wanted) => {
        const { benchMarks: marks } = globalThis as Watched
        const known = new Set([...marks.tasks, ...marks.statuses.keys()])
        Object.assign(marks, {
          clicked: null,
          sandbox: null,
          session: null,
          painted: null,
          text: wanted,
          known,
        })
      }, text ?? null),
    async created() {
      const sandbox = await until('sandbox')
      return { clicked: 0, sandbox, session: await until('session') }
    },
    sessionStarted: () => until('session'),
    textPainted: () => until('painted'),
    idle: () =>
      page
        .waitForFunction(
          () =>
            [...(globalThis as Watched).benchMarks.statuses.values()].every((status) => status === 'idle'),
          undefined,
          { timeout: LIMIT_MS, polling: 50 },
        )
        .then(() => undefined),
  }
}
