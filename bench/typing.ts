// Typing into the composer while three sessions stream and an organization is brought local; against an empty textarea
// in the same window with nothing else going on. A key counts from its event to the frame that shows it.
import { setTimeout as wait } from 'node:timers/promises'
import { expect, type Page } from '@playwright/test'
import type { FoundryBridge } from '@shared/bridge'
import type { AppState } from '@shared/app-state'
import { startApp } from '../tests/e2e/support/app'
import { createTask, openRepository, ui } from '../tests/e2e/support/ui'
import { createWorld } from '../tests/e2e/support/world'
import { startGitHubProcess } from '../tests/support/github/server-child'
import { addOrganization, call } from './lib/call'
import { inFolder } from './lib/folder'
import { bench, say } from './lib/report'
import { percentile } from './lib/statistics'
import { prepareStreams, stopAll, streamInAll } from './lib/streams'

const SESSIONS = 3
/** What an agent that writes fast sends, each. */
const RATE = 100
const KEYS = 400
/** Some twelve keys a second: quick for a person. */
const KEY_EVERY_MS = 80
const LATENCY_MS = 40

type Watched = typeof globalThis & { foundry: FoundryBridge; benchKeys: number[] }

await bench('typing', ({ quick }) =>
  inFolder(async (folder) => {
    const keys = quick ? 120 : KEYS
    const world = await createWorld()
    const github = await startGitHubProcess()
    try {
      const seeded = await github.seed({
        repositories: 1000,
        pullRequests: 20_000,
        members: 500,
        open: 1,
        seed: 1,
      })
      await github.send({ do: 'latency', ms: LATENCY_MS })
      const repository = await prepareStreams(world, folder)
      const app = await startApp(world, { trace: false })
      try {
        const { window } = app
        await openRepository(app, repository)
        await createTask(app, { prompt: 'Say something', title: 'Typing' })
        await ui.turnEnds(window).last().waitFor({ timeout: 60_000 })
        await watchKeys(window)

        await addBareField(window)
        const bare = await type(window, keys)
        await window.evaluate(() => document.querySelector('#bench-bare')?.remove())
        say(`bare: ${percentile(bare, 0.95).toFixed(1)} ms at the 95th percentile`)

        await streamInAll(app, SESSIONS, RATE, quick ? 40 : 120)
        const local = await activeOrganization(window)
        await addOrganization(app, { host: github.url, ...seeded })
        await call(app, 'organization.activate', { organizationId: local })
        await ui.composer(window).focus()
        const ours = await type(window, keys)
        await expect(ui.stop(window)).toBeVisible()
        const [bareP95Ms, p95Ms] = [percentile(bare, 0.95), percentile(ours, 0.95)]
        return { keys, bareP95Ms, p50Ms: percentile(ours, 0.5), p95Ms, overMs: p95Ms - bareP95Ms }
      } finally {
        await stopAll(app)
        await app.quit()
      }
    } finally {
      await github.close()
      await world.remove()
    }
  }))

/** From each key's event to the frame after it, in the order of the keys. */
async function watchKeys(window: Page): Promise<void> {
  await window.evaluate(() => {
    const keys: number[] = []
    ;(globalThis as Watched).benchKeys = keys
    const { port1, port2 } = new MessageChannel()
    const begun: number[] = []
    port2.addEventListener('message', () => {
      const now = performance.now()
      for (const at of begun.splice(0)) keys.push(now - at)
    })
    port2.start()
    globalThis.addEventListener(
      'keydown',
      (event) => {
        const at = event.timeStamp
        // A message that is posted in a frame is read once that is drawn.
        requestAnimationFrame(() => {
          begun.push(at)
          port1.postMessage(null)
        })
      },
      { capture: true },
    )
  })
}

async function addBareField(window: Page): Promise<void> {
  await window.evaluate(() => {
    const field = document.createElement('textarea')
    field.id = 'bench-bare'
    field.style.cssText = 'position:fixed;z-index:1000;inset:auto 20px 20px auto;width:400px;height:80px'
    document.body.append(field)
    field.focus()
  })
}

async function type(window: Page, keys: number): Promise<number[]> {
  const words = 'the quick brown fox jumps over the lazy dog and goes on '
  await window.evaluate(() => void ((globalThis as Watched).benchKeys.length = 0))
  for (let nth = 0; nth < keys; nth++) {
    await window.keyboard.press(
      words[nth % words.length] === ' ' ? 'Space' : (words[nth % words.length] ?? 'a'),
    )
    await wait(KEY_EVERY_MS)
  }
  await wait(500)
  const measured = await window.evaluate(() => [...(globalThis as Watched).benchKeys])
  if (measured.length !== keys) throw new Error(`${measured.length} of ${keys} keys were measured`)
  return measured
}

function activeOrganization(window: Page): Promise<string> {
  return window.evaluate(async () => {
    const answer = await (globalThis as Watched).foundry.subscribe('app')
    const [state] = answer.ok ? ((answer.value.entities['state'] ?? []) as AppState[]) : []
    if (state === undefined) throw new Error('The app has no state')
    return state.organizationId
  })
}
