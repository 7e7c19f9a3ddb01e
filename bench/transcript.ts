// A session of 100,000 stored events: opened at its end, against the transcript component of the SDK; wheeled from its
// end to its beginning and back; and followed while an agent adds 500 chunks a second.
import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, type CDPSession } from '@playwright/test'
import { build } from 'vite'
import { startApp, type App } from '../tests/e2e/support/app'
import { createTask, openRepository, sendPrompt, ui } from '../tests/e2e/support/ui'
import { createWorld, installLauncher, type World } from '../tests/e2e/support/world'
import { packageBlankApp } from './lib/blank-app'
import { costPlot } from './lib/cost-plot'
import { inFolder } from './lib/folder'
import { recordFrames, type Watched } from './lib/frames'
import { generateRepository } from './lib/repository'
import { bench, say } from './lib/report'
import { addSessions, readSessionIds, storeEvents } from './lib/seed-transcript'
import { median } from './lib/statistics'
import { LAST_WORDS, transcriptEvents, type BenchEvent } from './lib/transcript-events'

const EVENTS = 100_000
const RATE = 500
/** More than the window keeps. */
const OTHER_SESSIONS = 8
/** How fast the wheel is turned, in pixels a second: some thirty screens. The whole way would take three minutes. */
const WHEEL_SPEED = 24_000
const WHEEL_STRETCH = 24_000

const SHORT: BenchEvent[] = [
  { turn: 1, event: { type: 'prompt', text: 'Be short' } },
  {
    turn: 1,
    event: {
      type: 'update',
      update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'Short.' } },
    },
  },
]

await bench('transcript', ({ quick }) =>
  inFolder(async (folder) => {
    const rounds = quick ? 3 : 7
    const world = await createWorld()
    const events = transcriptEvents(EVENTS)
    try {
      await prepareWorld(world, folder, events)
      const open: number[] = []
      const peer: number[] = []
      const app = await startApp(world, { trace: false })
      const other = await startPeer()
      try {
        const cdp = await app.electron.context().newCDPSession(app.window)
        await cdp.send('Performance.enable')
        // The first of each fills caches.
        for (let round = 0; round <= rounds; round++) {
          const sides = [
            async () => open.push(await openLong(app)),
            async () => peer.push(await other.show()),
          ]
          for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side()
          say(`round ${round} of ${rounds}: ${open.at(-1)?.toFixed(0)} ms, ${peer.at(-1)?.toFixed(0)} ms`)
        }
        await other.close()
        await recordFrames(app, '[role="log"]')
        const scroll = await wheelThrough(app, cdp, quick ? 10_000 : 70_000)
        const heapMb = await heapOf(cdp)
        const stream = await followStream(app, cdp, quick ? 5000 : 12_000)
        await savePlot(stream.samples)
        const openMs = median(open.slice(1))
        const peerOpenMs = median(peer.slice(1))
        return {
          events: events.length,
          openMs,
          peerOpenMs,
          ratio: peerOpenMs / openMs,
          slowFramesScroll: scroll,
          slowFramesStream: stream.slow,
          chunkMs: stream.chunkMs,
          flatCost: stream.flatCost,
          heapMb,
        }
      } finally {
        await app.quit()
      }
    } finally {
      await world.remove()
    }
  }))

/** A task with a session of an agent that streams, which is then made long, and others that are short. */
async function prepareWorld(world: World, folder: string, events: readonly BenchEvent[]): Promise<void> {
  const agent = resolve('bench/lib/streaming-agent.ts')
  await installLauncher(world, 'opencode', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
  const repository = `${folder}/repository`
  await generateRepository(repository, 50)
  const app = await startApp(world, { trace: false })
  try {
    await openRepository(app, repository)
    await createTask(app, { prompt: 'Say something', title: 'Long' })
    await ui.turnEnds(app.window).last().waitFor({ timeout: 60_000 })
  } finally {
    await app.quit()
  }
  say(`${events.length} events`)
  const [oldest = ''] = readSessionIds(world.foundry)
  storeEvents(world.foundry, oldest, events)
  for (const id of addSessions(world.foundry, oldest, OTHER_SESSIONS)) storeEvents(world.foundry, id, SHORT)
}

/** The other transcript in an empty window of the same binary. */
async function startPeer(): Promise<{ show(): Promise<number>; close(): Promise<void> }> {
  const content = await bundlePeer()
  const blank = await packageBlankApp()
  const world = await createWorld()
  const app = await startApp(world, { trace: false, executable: blank.executable })
  await app.window.addScriptTag({ content })
  return {
    show() {
      return app.window.evaluate(([events, words]) => showPeer(events, words), [EVENTS, LAST_WORDS] as const)
    },
    async close() {
      await app.kill()
      await blank.remove()
      await world.remove()
    },
  }
}

async function bundlePeer(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      lib: { entry: resolve('bench/lib/peer-transcript.ts'), formats: ['iife'], name: 'peer' },
    },
  })
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) =>
    'output' in one ? one.output : [],
  )
  const code = output.flatMap((chunk) => (chunk.type === 'chunk' ? [chunk.code] : []))
  return code.join('\n')
}

/**
 * From the click on the tab of the long session to the frame that shows its last words. All others were looked at
 * since: nothing of the long one is still in memory.
 */
async function openLong(app: App): Promise<number> {
  const { window } = app
  const tabs = window.getByRole('tablist', { name: 'Sessions' }).getByRole('tab')
  for (let nth = OTHER_SESSIONS; nth > 0; nth--) {
    await tabs.nth(nth).click()
    await expect(tabs.nth(nth)).toHaveAttribute('aria-selected', 'true')
    await expect(ui.answers(window).last()).toContainText('Short')
  }
  await wait(500)
  return window.evaluate(async (words) => {
    const tab = document.querySelector<HTMLElement>('[role="tablist"][aria-label="Sessions"] [role="tab"]')
    const isShown = (): boolean => {
      const log = document.querySelector('[role="log"]')
      const strong = [...(log?.querySelectorAll('strong') ?? [])].find((one) => one.textContent === words)
      if (log === null || strong === undefined || log.querySelector('table') === null) return false
      const box = strong.getBoundingClientRect()
      const around = log.getBoundingClientRect()
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 2
      return atEnd && box.bottom <= around.bottom && box.top >= around.top
    }
    const startedAt = performance.now()
    tab?.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    tab?.click()
    while (!isShown()) {
      if (performance.now() - startedAt > 30_000) throw new Error('The last words did not come')
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
  }, LAST_WORDS)
}

/** From the tail to the head and back, as far as there is time; the share of slow frames. */
async function wheelThrough(app: App, cdp: CDPSession, untilMs: number): Promise<number> {
  const { window } = app
  const box = await ui.transcript(window).boundingBox()
  if (box === null) throw new Error('There is no transcript')
  const turn = async (distance: number): Promise<void> => {
    await cdp.send('Input.synthesizeScrollGesture', {
      x: Math.round(box.x + box.width / 2),
      y: Math.round(box.y + box.height / 2),
      yDistance: distance,
      speed: WHEEL_SPEED,
      gestureSourceType: 'mouse',
      preventFling: true,
    })
  }
  const at = (): Promise<{ top: number; end: number; earlier: boolean }> =>
    window.evaluate(() => {
      const log = document.querySelector('[role="log"]')
      return {
        top: log?.scrollTop ?? 0,
        end: (log?.scrollHeight ?? 0) - (log?.scrollTop ?? 0) - (log?.clientHeight ?? 0),
        earlier: log?.textContent?.includes('Reading earlier messages') ?? false,
      }
    })
  const startedAt = performance.now()
  await window.evaluate(() => (globalThis as Watched).benchFrames.start())
  for (;;) {
    await turn(WHEEL_STRETCH)
    const { top, earlier } = await at()
    if ((top <= 0 && !earlier) || performance.now() - startedAt > untilMs) break
  }
  const reachedAt = performance.now()
  for (;;) {
    await turn(-WHEEL_STRETCH)
    if ((await at()).end < 2) break
  }
  const { frames, slow, blank, sampled } = await window.evaluate(() =>
    (globalThis as Watched).benchFrames.stop(),
  )
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`
  say(`${seconds(reachedAt - startedAt)} up, ${seconds(performance.now() - reachedAt)} down`)
  say(`${frames} frames, ${slow} slow; ${blank} of ${sampled} samples with a blank row`)
  return slow / frames
}

async function heapOf(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  return (await metricsOf(cdp)).heap / 1024 / 1024
}

async function metricsOf(cdp: CDPSession): Promise<{ at: number; busy: number; heap: number }> {
  const { metrics } = (await cdp.send('Performance.getMetrics')) as {
    metrics: { name: string; value: number }[]
  }
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0
  return { at: of('Timestamp') * 1000, busy: of('TaskDuration') * 1000, heap: of('JSHeapUsedSize') }
}

interface StreamFigures {
  slow: number
  chunkMs: number
  flatCost: number
  samples: { characters: number; chunkMs: number }[]
}

/** The window's thread while an answer comes in, beyond what it does while only frames are counted. */
async function followStream(app: App, cdp: CDPSession, chunks: number): Promise<StreamFigures> {
  const { window } = app
  const start = (): Promise<void> => window.evaluate(() => (globalThis as Watched).benchFrames.start())
  const stop = (): Promise<{ frames: number; slow: number }> =>
    window.evaluate(() => (globalThis as Watched).benchFrames.stop())
  await start()
  const idleFrom = await metricsOf(cdp)
  await wait(3000)
  const idleTo = await metricsOf(cdp)
  await stop()
  const idle = (idleTo.busy - idleFrom.busy) / (idleTo.at - idleFrom.at)
  await sendPrompt(app, `stream ${chunks} chunks at ${RATE}`)
  await window.waitForFunction(() =>
    [...document.querySelectorAll('[role="log"] [aria-label="Agent"]')]
      .at(-1)
      ?.textContent?.includes('A step'),
  )
  await start()
  const samples: StreamFigures['samples'] = []
  let before = await metricsOf(cdp)
  const startedAt = before.at
  const stopButton = ui.stop(window)
  while (before.at - startedAt < (chunks / RATE) * 1000 - 1500) {
    await wait(500)
    const now = await metricsOf(cdp)
    const busy = now.busy - before.busy - idle * (now.at - before.at)
    samples.push({
      characters: ((now.at - startedAt) / 1000) * RATE * 20,
      chunkMs: busy / (((now.at - before.at) / 1000) * RATE),
    })
    before = now
  }
  const { frames, slow } = await stop()
  say(`${frames} frames, ${slow} slow while following`)
  await stopButton.waitFor({ state: 'hidden', timeout: 60_000 })
  const costs = samples.map(({ chunkMs }) => chunkMs)
  const tenth = Math.max(2, Math.round(costs.length / 10))
  return {
    slow: slow / frames,
    chunkMs: costs.reduce((sum, cost) => sum + cost, 0) / costs.length,
    flatCost: median(costs.slice(-tenth)) / median(costs.slice(0, tenth)),
    samples,
  }
}

async function savePlot(samples: StreamFigures['samples']): Promise<void> {
  const folder = resolve('bench/results')
  await mkdir(folder, { recursive: true })
  await writeFile(resolve(folder, 'transcript-chunk-cost.svg'), costPlot(samples))
}
