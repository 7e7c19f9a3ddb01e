// 100 MB through a real terminal of sandbox-agent into the pane on screen, while the window stands still and while the pane
// is hidden for parts of it, and while somebody types into the terminal beside it; against the slower of a bare client of
// the SDK that drains the same output, and xterm.js fed from memory.
import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, type Page } from '@playwright/test'
import type { Terminal } from '@shared/terminals'
import { SandboxAgent } from 'sandbox-agent'
import { build } from 'vite'
import { WebSocket } from 'ws'
import { createAgentHome, startServer } from '../tests/database/sandbox/support'
import { startApp, type App } from '../tests/e2e/support/app'
import { answerDialogs } from '../tests/e2e/support/dialogs'
import { createTask, openRepository, ui } from '../tests/e2e/support/ui'
import { createWorld, installLauncher } from '../tests/e2e/support/world'
import { seededRandom } from '../tests/support/seeded-random'
import { packageBlankApp } from './lib/blank-app'
import { call } from './lib/call'
import { inFolder } from './lib/folder'
import { generateRepository } from './lib/repository'
import { bench, say } from './lib/report'
import { median, percentile } from './lib/statistics'

const BLOCK_BYTES = 1_000_000
const STALL_MS = 1000
const HIDDEN_MS = 2000
const KEY_EVERY_MS = 120
/** A terminal that draws nothing more for so long will not: what has not come by then is lost. */
const STUCK_MS = 20_000

interface Recorded {
  chunks: Uint8Array[]
  received: number
  drawn: number
  next: number
  holes: number
  doneAt: number
}
type Watched = typeof globalThis & {
  benchStreams: Recorded[]
  benchKeys: number[]
}

await bench('terminal', ({ quick }) =>
  inFolder(async (folder) => {
    const [megabytes, rounds] = quick ? [25, 1] : [100, 5]
    const block = outputBlock()
    const file = `${folder}/output`
    await writeFile(file, Buffer.concat(Array.from({ length: megabytes }, () => block)))
    const printed = Buffer.from((await readFile(file)).toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
    const expected = { bytes: printed.length, hash: createHash('sha256').update(printed).digest('hex') }
    const world = await createWorld()
    const agent = resolve('bench/lib/streaming-agent.ts')
    await installLauncher(world, 'opencode', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
    await generateRepository(`${folder}/repository`, 50)
    const pty: number[] = []
    const xterm: number[] = []
    const ours: number[] = []
    const keys: number[] = []
    let lostBytes = 0
    let peakMb = 0
    const app = await startApp(world, { trace: false })
    const peer = await startPeer()
    try {
      const taskId = await openPane(app, `${folder}/repository`)
      const size = await sizeOf(app)
      for (let round = 0; round < rounds; round++) {
        const sides = [
          async () => {
            const run = await flood(app, taskId, file, expected, keys)
            ours.push(expected.bytes / 1000 / run.ms)
            lostBytes += run.lost
            peakMb = Math.max(peakMb, run.mainMb)
          },
          async () => pty.push(expected.bytes / 1000 / (await drain(file, expected.bytes))),
          async () =>
            xterm.push((block.length * megabytes) / 1000 / (await peer.feed(block, megabytes, size))),
        ]
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side()
        say(
          `round ${round + 1} of ${rounds}: ${ours.at(-1)?.toFixed(1)}, ${pty.at(-1)?.toFixed(1)}, ${xterm.at(-1)?.toFixed(1)} MB/s`,
        )
      }
    } finally {
      await peer.close()
      // A shell is open, for which it asks.
      await answerDialogs(app.electron, { button: 'Stop and quit' })
      await app.quit()
      await world.remove()
    }
    const [mbPerSec, ptyMbPerSec, xtermMbPerSec] = [median(ours), median(pty), median(xterm)]
    const ratio = median(ours.map((speed, round) => speed / Math.min(pty[round] ?? 0, xterm[round] ?? 0)))
    return {
      mbPerSec,
      ptyMbPerSec,
      xtermMbPerSec,
      ratio,
      echoP95Ms: percentile(keys, 0.95),
      lostBytes,
      keys: keys.length,
      echoP50Ms: percentile(keys, 0.5),
      mainPeakMb: peakMb,
    }
  }))

/** Lines as programs print them: of many lengths, some with colours, some not of ASCII. */
function outputBlock(): Buffer {
  const random = seededRandom(7)
  const words = 'build test watch src/parser.ts ok compiled module größe 日本 → warning in at line of'.split(
    ' ',
  )
  let text = ''
  while (text.length < BLOCK_BYTES - 1000) {
    const count = 2 + Math.floor(random() * 14)
    const line = Array.from({ length: count }, () => words[Math.floor(random() * words.length)] ?? '')
    const colour = 31 + Math.floor(random() * 6)
    text +=
      random() < 0.3
        ? `\u001b[${colour}m${line[0]}\u001b[0m ${line.slice(1).join(' ')}\n`
        : `${line.join(' ')}\n`
  }
  return Buffer.from(text)
}

async function openPane(app: App, repository: string): Promise<string> {
  const { window } = app
  await recordStreams(window)
  await openRepository(app, repository)
  await createTask(app, { prompt: 'Say something', title: 'Terminal' })
  await ui.turnEnds(window).last().waitFor({ timeout: 60_000 })
  await window.keyboard.press('Control+`')
  const pane = window.getByRole('region', { name: 'Terminal', exact: true })
  await expect(pane.locator('.xterm-rows')).toContainText(/[$#%>]\s*$/, { timeout: 30_000 })
  await pane.getByRole('button', { name: 'Terminal under the whole task' }).click()
  const id = await window.evaluate(() => localStorage.getItem('foundry.view'))
  return JSON.parse(id ?? 'null') as string
}

/** Counts what each stream brings into the page and what of it is drawn, without touching it. */
async function recordStreams(window: Page): Promise<void> {
  await window.evaluate(() => {
    const streams: Recorded[] = []
    const watched = globalThis as Watched
    watched.benchStreams = streams
    const bridge = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')
    const post = MessagePort.prototype.postMessage
    const of = (port: MessagePort): Recorded => {
      const marked = port as MessagePort & { benchRecord?: Recorded }
      marked.benchRecord ??= { chunks: [], received: 0, drawn: 0, next: 0, holes: 0, doneAt: 0 }
      return marked.benchRecord
    }
    Object.defineProperty(MessagePort.prototype, 'onmessage', {
      ...bridge,
      set(this: MessagePort, listener: ((event: MessageEvent) => void) | null) {
        bridge?.set?.call(
          this,
          listener === null
            ? null
            : (event: MessageEvent<{ type?: string; offset: number; bytes: Uint8Array }>) => {
                const { type, offset, bytes } = event.data ?? {}
                if (type === 'start') of(this).next = offset
                if (type === 'data') {
                  const record = of(this)
                  if (offset !== record.next) record.holes += 1
                  record.next = offset + bytes.length
                  record.received += bytes.length
                  // A copy would cost what is measured; xterm only reads it.
                  record.chunks.push(bytes)
                  if (!streams.includes(record)) streams.push(record)
                }
                listener(event)
              },
        )
      },
    })
    MessagePort.prototype.postMessage = function (
      this: MessagePort,
      message: { type?: string; offset?: number } | null,
      ...rest: [StructuredSerializeOptions]
    ) {
      if (message?.type === 'ack') {
        const record = of(this)
        record.drawn = message.offset ?? 0
        record.doneAt = performance.now()
      }
      post.call(this, message, ...rest)
    } as MessagePort['postMessage']
  })
}

/** Half of what is there: the other half is typed into. */
async function sizeOf(app: App): Promise<{ columns: number; rows: number }> {
  const rows = app.window.getByRole('region', { name: 'Terminal', exact: true }).locator('.xterm-rows')
  await app.window.keyboard.type('clear; stty size\n')
  await expect(rows).toContainText(/\d+ \d+/)
  const [, height, width] = /(\d+) (\d+)/.exec((await rows.textContent()) ?? '') ?? []
  return { columns: Math.floor(Number(width) / 2), rows: Number(height) }
}

/**
 * Types into the terminal beside the flood from now on; a key counts until the frame with its character is drawn. xterm.js puts
 * it into the page in a frame, and a message that is posted in a frame is read once that is drawn.
 */
async function typedInto(window: Page): Promise<void> {
  const rows = window.getByRole('region', { name: 'Terminal', exact: true }).locator('.xterm-rows')
  await expect(rows).toHaveCount(2)
  await expect(rows.nth(1)).toContainText(/[$#%>]\s*$/, { timeout: 30_000 })
  await window.keyboard.type('clear; cat > /dev/null\n')
  await expect(rows.nth(1)).toHaveText(/^\s*$/)
  await window.evaluate(() => {
    const watched = globalThis as Watched
    watched.benchKeys = []
    let begun: number | null = null
    const [, typed] = document.querySelectorAll('.xterm-rows')
    if (typed === undefined) throw new Error('No terminal stands beside the flood')
    new MutationObserver(() => {
      if (begun === null) return
      const at = begun
      begun = null
      const { port1, port2 } = new MessageChannel()
      port2.addEventListener('message', () => watched.benchKeys.push(performance.now() - at))
      port2.start()
      port1.postMessage(null)
    }).observe(typed, { childList: true, subtree: true, characterData: true })
    globalThis.addEventListener('keydown', (event) => (begun ??= event.timeStamp), { capture: true })
  })
}

async function flood(
  app: App,
  taskId: string,
  file: string,
  expected: { bytes: number; hash: string },
  keys: number[],
): Promise<{ ms: number; lost: number; mainMb: number }> {
  const { window } = app
  const pane = window.getByRole('region', { name: 'Terminal', exact: true })
  const go = `${file}.go`
  await rm(go, { force: true })
  const script = `until [ -e '${go}' ]; do sleep 0.05; done; exec cat '${file}'`
  const opened = await call<Terminal>(app, 'terminal.run', {
    taskId,
    command: 'sh',
    args: ['-c', script],
    cwd: '',
    env: {},
    timeoutSeconds: null,
    name: 'Flood',
  })
  await pane.getByRole('tab', { name: /^Flood/ }).click()
  await pane.getByRole('button', { name: 'Split terminal' }).click()
  await typedInto(window)
  await window.evaluate(() => void ((globalThis as Watched).benchStreams.length = 0))
  await window.evaluate(() => void ((globalThis as Watched).benchKeys.length = 0))
  const startedAt = await window.evaluate(() => performance.now())
  await writeFile(go, '')
  let hidden = 0
  let stalled = false
  let mainMb = 0
  let visibleKeys: number[] = []
  let [furthest, movedAt] = [0, performance.now()]
  for (;;) {
    const drawn = await window.evaluate(() =>
      Math.max(0, ...(globalThis as Watched).benchStreams.map(({ drawn }) => drawn)),
    )
    if (drawn >= expected.bytes) break
    if (drawn > furthest) [furthest, movedAt] = [drawn, performance.now()]
    if (performance.now() - movedAt > STUCK_MS) {
      say(`nothing is drawn any more after ${drawn} of ${expected.bytes} bytes`)
      break
    }
    mainMb = Math.max(mainMb, await app.electron.evaluate(() => process.memoryUsage().rss / 1e6))
    if (drawn > expected.bytes * 0.25 && !stalled) {
      stalled = true
      await window.evaluate((ms) => {
        const until = performance.now() + ms
        while (performance.now() < until) Math.sqrt(until)
      }, STALL_MS)
    } else if (drawn > expected.bytes * 0.5 && hidden === 0) {
      visibleKeys = await window.evaluate(() => [...(globalThis as Watched).benchKeys])
      const from = await window.evaluate(() => performance.now())
      await pane.getByRole('button', { name: 'Processes' }).click()
      await wait(HIDDEN_MS)
      await pane.getByRole('button', { name: 'Processes' }).click()
      await expect(pane.locator('.xterm-rows')).toHaveCount(2)
      hidden = (await window.evaluate(() => performance.now())) - from
      await window.locator('.xterm-helper-textarea').nth(1).focus()
      await window.evaluate(() => void ((globalThis as Watched).benchKeys.length = 0))
    } else {
      await window.keyboard.press('a')
      await wait(KEY_EVERY_MS)
    }
  }
  const record = await window.evaluate(async () => {
    const [found] = (globalThis as Watched).benchStreams.toSorted((a, b) => b.received - a.received)
    if (found === undefined) throw new Error('Nothing came')
    const whole = new Uint8Array(await new Blob(found.chunks as BlobPart[]).arrayBuffer())
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole))
    found.chunks.length = 0
    return {
      doneAt: found.doneAt,
      bytes: whole.length,
      holes: found.holes,
      hash: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    }
  })
  keys.push(...visibleKeys, ...(await window.evaluate(() => [...(globalThis as Watched).benchKeys])))
  if (record.hash !== expected.hash || record.holes > 0)
    say(`other output than was printed: ${record.bytes} of ${expected.bytes} bytes, ${record.holes} holes`)
  const lost = record.hash === expected.hash ? 0 : Math.max(1, Math.abs(expected.bytes - record.bytes))
  for (const { id, groupId } of await terminalsOf(app, taskId))
    if (groupId === opened.id) await call(app, 'terminal.close', { terminalId: id, force: true })
  await expect(pane.locator('.xterm-rows')).toHaveCount(1)
  return { ms: record.doneAt - startedAt - hidden, lost, mainMb }
}

async function terminalsOf(app: App, taskId: string): Promise<Terminal[]> {
  const topic = `processes:${taskId}`
  const answer = await app.window.evaluate((name) => globalThis.foundry.subscribe(name), topic)
  if (!answer.ok) throw new Error(JSON.stringify(answer.error))
  return (answer.value.entities['terminal'] ?? []) as Terminal[]
}

/** A client of the SDK alone takes the same output. In milliseconds. */
async function drain(file: string, bytes: number): Promise<number> {
  const home = await createAgentHome()
  const server = await startServer(home, {})
  try {
    const sdk = await SandboxAgent.connect({ baseUrl: server.baseUrl, token: server.token })
    const script = `read -r _; exec cat '${file}'`
    const { id } = await sdk.createProcess({
      command: 'sh',
      args: ['-c', script],
      tty: true,
      interactive: true,
    })
    const terminal = sdk.connectProcessTerminal(id, {
      WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    })
    const done = Promise.withResolvers<void>()
    let received = 0
    terminal.onData((data) => {
      received += data.length
      if (received >= bytes) done.resolve()
    })
    terminal.onExit(() => done.resolve())
    await new Promise<void>((started) => terminal.onReady(() => started()))
    const startedAt = performance.now()
    terminal.sendInput('\u0004')
    await done.promise
    const took = performance.now() - startedAt
    terminal.close()
    return took
  } finally {
    await server.stop()
    await home.remove()
  }
}

async function startPeer(): Promise<{
  feed(block: Buffer, times: number, size: { columns: number; rows: number }): Promise<number>
  close(): Promise<void>
}> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      lib: { entry: resolve('bench/lib/peer-terminal.ts'), formats: ['iife'], name: 'peer' },
    },
  })
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) =>
    'output' in one ? one.output : [],
  )
  const content = output.flatMap((chunk) => (chunk.type === 'chunk' ? [chunk.code] : [])).join('\n')
  const css = await readFile('node_modules/@xterm/xterm/css/xterm.css', 'utf8')
  const blank = await packageBlankApp()
  const world = await createWorld()
  const app = await startApp(world, { trace: false, executable: blank.executable })
  await app.window.addScriptTag({ content })
  await app.window.addStyleTag({ content: css })
  return {
    feed: (block, times, { columns, rows }) =>
      app.window.evaluate(([base64, count, width, height]) => feedTerminal(base64, count, width, height), [
        block.toString('base64'),
        times,
        columns,
        rows,
      ] as const),
    async close() {
      await app.kill()
      await blank.remove()
      await world.remove()
    },
  }
}
