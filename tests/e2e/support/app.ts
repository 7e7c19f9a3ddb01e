import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { _electron, type ElectronApplication, errors, type Page } from '@playwright/test'
import { sandboxArguments } from '../../../scripts/run/electron.mjs'
import { keepEvaluations } from './evaluate'
import { processesOf, type RunningProcess } from './processes'
import type { World } from './world'

/** The packaged app under test: the release build but for the fuse that lets a test in. */
export function appExecutable(): string {
  return resolve(
    process.env['FOUNDRY_E2E_APP'] ??
      resolve(import.meta.dirname, '../../../dist/e2e/linux-unpacked/foundry'),
  )
}

export interface StartOptions {
  /** For instance a deep link. */
  args?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** `main` waits until the task list can be used, `recovery` for the recovery window. */
  page?: 'main' | 'recovery'
  trace?: boolean
  /** Another way to start the same app. */
  executable?: string
  /** Also where the tests run as root; `executable` then becomes somebody else. */
  withChromiumSandbox?: boolean
}

/** One run of the app. */
export interface App {
  readonly electron: ElectronApplication
  readonly window: Page
  readonly pid: number
  /** Everything the app printed. */
  output(): string
  hasEnded(): boolean
  /** Writes what was traced; once. */
  stopTrace(path: string): Promise<void>
  /** Quits as a person does, and waits until the process has ended; returns its exit code. */
  quit(): Promise<number | null>
  /** Waits for an end that something else brings about. */
  ended(): Promise<number | null>
  /** SIGKILL, without a word before it. Servers it had started may outlive it. */
  kill(): Promise<void>
  processes(): Promise<RunningProcess[]>
  /** The checkout of the only task there is. */
  checkout(): Promise<string>
}

const START_MS = 60_000
/** It takes a second or two. */
const LAUNCH_MS = 30_000

export async function startApp(world: World, options: StartOptions = {}): Promise<App> {
  const launch = (): Promise<ElectronApplication> =>
    _electron.launch({
      executablePath: options.executable ?? appExecutable(),
      chromiumSandbox: options.withChromiumSandbox === true || sandboxArguments().length === 0,
      args: [...(options.withChromiumSandbox === true ? [] : sandboxArguments()), ...(options.args ?? [])],
      env: { ...world.environment, ...options.env },
      cwd: world.home,
      timeout: LAUNCH_MS,
    })
  const isFirst = !existsSync(world.foundry)
  const again = async (error: unknown): Promise<ElectronApplication> => {
    // Both connections are made and the app has started, as its log says, and Playwright waits for an answer that got
    // lost: seen once in some hundred starts, and once twice in a row.
    if (!(error instanceof errors.TimeoutError)) throw error
    if (isFirst) await rm(world.foundry, { recursive: true, force: true })
    return launch()
  }
  const electron = await launch().catch(again).catch(again)
  keepEvaluations(electron)
  const child = electron.process()
  const { pid } = child
  if (pid === undefined) throw new Error('The app has no process')
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  let ended = false
  void exit.then(() => (ended = true))
  const printed: string[] = []
  child.stdout?.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => printed.push(chunk.toString()))

  let tracing = false
  if (options.trace !== false) {
    await electron.context().tracing.start({ snapshots: true, screenshots: false, sources: false })
    tracing = true
  }
  try {
    const window = await (options.page === 'recovery' ? recoveryWindow(electron) : electron.firstWindow())
    window.setDefaultTimeout(20_000)
    if (options.page !== 'recovery')
      await window.locator('html[data-ready="true"]').waitFor({ state: 'attached', timeout: START_MS })
    return {
      electron,
      window,
      pid,
      output: () => printed.join(''),
      hasEnded: () => ended,
      async stopTrace(path) {
        if (!tracing || ended) return
        tracing = false
        await electron.context().tracing.stop({ path })
      },
      async quit() {
        // The answer may not arrive: the process that gives it is ending. Never at once: an evaluation interrupts
        // whatever main is at, even a query, which no click of a person does.
        await electron.evaluate(({ app }) => void setImmediate(() => app.quit())).catch(() => undefined)
        return exit
      },
      ended: () => exit,
      async kill() {
        process.kill(pid, 'SIGKILL')
        await exit
      },
      processes: () => processesOf(world.root),
      checkout: () => onlyCheckout(world),
    }
  } catch (error) {
    if (!ended) child.kill('SIGKILL')
    throw new Error(`The app did not get to a usable window.\n${printed.join('').slice(-4000)}`, {
      cause: error,
    })
  }
}

/** Starts the same app again while it runs, as a click on a link does; resolves when that start has ended. */
export async function startSecond(world: World, ...args: string[]): Promise<number | null> {
  const child = spawn(appExecutable(), [...sandboxArguments(), ...args], {
    env: world.environment,
    cwd: world.home,
    stdio: 'ignore',
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** Takes the place of the main window, whose page may already be there when the start fails. */
async function recoveryWindow(electron: ElectronApplication): Promise<Page> {
  const isRecovery = (page: Page): boolean => page.url().includes('recovery.html')
  for (;;) {
    const found = electron.windows().find(isRecovery)
    if (found !== undefined) return found
    const next = await electron.waitForEvent('window', { timeout: START_MS })
    await next.waitForURL(/\.html/, { timeout: START_MS }).catch((error: unknown) => {
      if (!next.isClosed()) throw error
    })
  }
}

/** Found by its `.git`; a spare checkout, which belongs to no task yet, does not count. */
async function onlyCheckout(world: World): Promise<string> {
  const found = await checkouts(world)
  const [first, ...rest] = found
  if (first === undefined || rest.length > 0) throw new Error(`There are ${found.length} checkouts, not one`)
  return first
}

export async function checkouts(world: World): Promise<string[]> {
  const tasks = join(world.foundry, 'tasks')
  const entries = await readdir(tasks, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.name === '.git' && /\/task_[^/]+(\/|$)/.test(entry.parentPath))
    .map((entry) => entry.parentPath)
}
