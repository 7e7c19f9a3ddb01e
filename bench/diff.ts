// A change of 300 files and 50,000 lines, 20,000 of them in one file: opened over the whole width, against a change of 3
// files in the same window; wheeled from its head to its end; and a comment on a line of it put into the prompt.
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { checkouts, startApp, type App } from '../tests/e2e/support/app'
import { createTask, expectTaskStatus, openRepository, ui } from '../tests/e2e/support/ui'
import { createWorld, installLauncher } from '../tests/e2e/support/world'
import { inFolder } from './lib/folder'
import { recordFrames, type Watched } from './lib/frames'
import { generateRepository } from './lib/repository'
import { bench, say } from './lib/report'
import { median } from './lib/statistics'

const FILES = 300
const LINES = 50_000
const LONG_LINES = 20_000
const WHEEL_SPEED = 12_000
const WHEEL_STRETCH = 12_000

await bench('diff', ({ quick }) =>
  inFolder(async (folder) => {
    const rounds = quick ? 5 : 9
    const world = await createWorld()
    try {
      const agent = join(process.cwd(), 'bench/lib/streaming-agent.ts')
      await installLauncher(world, 'opencode', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
      await generateRepository(`${folder}/repository`, FILES)
      const app = await startApp(world, { trace: false })
      try {
        await openRepository(app, `${folder}/repository`)
        const made = async (title: string, known: readonly string[]): Promise<string> => {
          await createTask(app, { prompt: 'Say something', title })
          await ui.turnEnds(app.window).last().waitFor({ timeout: 60_000 })
          await expectTaskStatus(app, title, 'Idle')
          const path = (await checkouts(world)).find((one) => !known.includes(one))
          if (path === undefined) throw new Error(`${title} has no checkout`)
          return path
        }
        const small = await made('Small', [])
        await change(small, 3, 500)
        await refresh(app)
        await app.window.getByRole('button', { name: 'New task' }).click()
        const large = await made('Large', [small])
        await change(large, FILES, LINES)
        await refresh(app)
        await app.window.keyboard.press('ControlOrMeta+Shift+B')

        const opened: Record<'Small' | 'Large', number[]> = { Small: [], Large: [] }
        // The first of each fills caches.
        for (let round = 0; round <= rounds; round++) {
          const order = round % 2 === 0 ? (['Small', 'Large'] as const) : (['Large', 'Small'] as const)
          for (const title of order) opened[title].push(await openChanges(app, title))
          say(
            `round ${round} of ${rounds}: ${opened.Small.at(-1)?.toFixed(0)} ms, ${opened.Large.at(-1)?.toFixed(0)} ms`,
          )
        }
        await openChanges(app, 'Large', false)
        const slowFramesScroll = await wheelThrough(app)
        const commentMs = await comment(app)
        const openMs = median(opened.Large.slice(1))
        const smallOpenMs = median(opened.Small.slice(1))
        return { openMs, smallOpenMs, ratioOpen: openMs / smallOpenMs, slowFramesScroll, commentMs }
      } finally {
        await app.quit()
      }
    } finally {
      await world.remove()
    }
  }))

async function refresh(app: App): Promise<void> {
  await ui.changes(app.window).getByRole('button', { name: 'Refresh changes' }).click()
  await expect(ui.changedFile(app.window, 'src/part-0/file-0.ts')).toBeVisible()
}

/** So many lines more at the end of so many files; one of a large change gets 20,000 of them. */
async function change(checkout: string, files: number, lines: number): Promise<void> {
  const long = files > 100 ? LONG_LINES : 0
  const each = Math.floor((lines - long) / (files - (long > 0 ? 1 : 0)))
  const added = (count: number) =>
    Array.from(
      { length: count },
      (_, nth) => `export const line${nth} = read(${nth}) + "text" // ${nth}\n`,
    ).join('')
  for (let nth = 0; nth < files; nth++) {
    const path = join(checkout, `src/part-${Math.floor(nth / 100)}/file-${nth}.ts`)
    if (long > 0 && nth === 20) await writeFile(path, added(long))
    else await appendFile(path, added(each))
  }
}

/** From the key that shows the changes of a task over the whole width to the frame with colours of the first file. */
async function openChanges(app: App, title: string, leave = true): Promise<number> {
  const { window } = app
  await ui.task(window, new RegExp(`^${title}, `)).click()
  await expect(window.getByRole('region', { name: `Task: ${title}` })).toBeVisible()
  await wait(1500)
  const ms = await window.evaluate(async () => {
    const isShown = (): boolean => {
      const container = document.querySelector('diffs-container')
      return (container?.shadowRoot?.querySelectorAll('[data-line]').length ?? 0) > 5
    }
    const startedAt = performance.now()
    globalThis.dispatchEvent(new KeyboardEvent('keydown', { key: 'E', ctrlKey: true, shiftKey: true }))
    while (!isShown()) {
      if (performance.now() - startedAt > 30_000) throw new Error('The diff did not come')
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    await new Promise<void>((resolve) => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => {
        channel.port1.close()
        resolve()
      }
      channel.port2.postMessage(null)
    })
    return performance.now() - startedAt
  })
  if (leave) {
    await wait(1500)
    await window.keyboard.press('ControlOrMeta+Shift+E')
    await expect(ui.composer(window)).toBeVisible()
  }
  return ms
}

async function wheelThrough(app: App): Promise<number> {
  const { window } = app
  const scroller = ui.diff(window).getByRole('group', { name: 'Diffs' })
  await wait(3000)
  const box = await scroller.boundingBox()
  if (box === null) throw new Error('There is no diff')
  const cdp = await app.electron.context().newCDPSession(window)
  await recordFrames(app, '[role="group"][aria-label="Diffs"]')
  await window.evaluate(() => (globalThis as Watched).benchFrames.start())
  const startedAt = performance.now()
  for (;;) {
    await cdp.send('Input.synthesizeScrollGesture', {
      x: Math.round(box.x + box.width / 2),
      y: Math.round(box.y + box.height / 2),
      yDistance: -WHEEL_STRETCH,
      speed: WHEEL_SPEED,
      gestureSourceType: 'mouse',
      preventFling: true,
    })
    const left = await scroller.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight)
    if (left < 2 || performance.now() - startedAt > 60_000) break
  }
  const { frames, slow, blank, sampled } = await window.evaluate(() =>
    (globalThis as Watched).benchFrames.stop(),
  )
  say(`${frames} frames, ${slow} slow; ${blank} of ${sampled} samples with a blank row`)
  return slow / frames
}

/** From the key that chooses a change to the buttons that act on it. */
async function comment(app: App): Promise<number> {
  const { window } = app
  await ui.diff(window).getByRole('group', { name: 'Diffs' }).focus()
  return window.evaluate(async () => {
    const startedAt = performance.now()
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', bubbles: true }))
    while (document.querySelector('[role="toolbar"][aria-label="Chosen lines"]') === null) {
      if (performance.now() - startedAt > 30_000) throw new Error('Nothing was chosen')
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    return performance.now() - startedAt
  })
}
