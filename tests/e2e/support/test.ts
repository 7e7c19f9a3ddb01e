import { cp, rm } from 'node:fs/promises'
import { expect, test as base, type TestInfo } from '@playwright/test'
import { startScriptedModel, type ScriptedModel } from '../../support/scripted-model'
import { installOpenCode } from './agent'
import { startApp, type App, type StartOptions } from './app'
import { answerDialogs } from './dialogs'
import { describeProcesses, processesOf } from './processes'
import { createWorld, type World } from './world'

export { expect }

/** Starts the app in the test's world, as often as the test likes. */
export interface Foundry {
  start(options?: StartOptions): Promise<App>
}

export interface Fixtures {
  world: World
  /** What the real agent believes is its model. */
  model: ScriptedModel
  foundry: Foundry
}

export const test = base.extend<Fixtures>({
  world: async ({}, use) => {
    const world = await createWorld()
    await use(world)
    await world.remove()
  },

  model: async ({ world }, use) => {
    const model = await startScriptedModel()
    await installOpenCode(world, { baseUrl: model.baseUrl })
    await use(model)
    await model.close()
  },

  // After the model: an agent that ends is still answered.
  foundry: async ({ world, model }, use, testInfo) => {
    void model
    const apps: App[] = []
    await use({
      async start(options) {
        const app = await startApp(world, options)
        apps.push(app)
        return app
      },
    })
    const failed = testInfo.status !== testInfo.expectedStatus
    if (failed) await keepEvidence(testInfo, world, apps)
    await endAll(world, apps)
  },
})

/** Quits what still runs, as a person would, and proves that nothing is left of it. */
async function endAll(world: World, apps: readonly App[]): Promise<void> {
  for (const app of apps) {
    if (app.hasEnded()) continue
    await answerDialogs(app.electron, { button: 'Stop and quit' })
    await app.quit()
  }
  try {
    await expectNoProcess(world)
  } finally {
    for (const { pid } of await processesOf(world.root)) kill(pid)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Nothing of this test runs any more: no helper of the app, no server, no agent. */
export async function expectNoProcess(world: World): Promise<void> {
  await expect
    .poll(async () => describeProcesses(await processesOf(world.root)), {
      message: 'processes of this test that are left',
      timeout: 5000,
    })
    .toBe('')
}

async function keepEvidence(testInfo: TestInfo, world: World, apps: readonly App[]): Promise<void> {
  for (const [index, app] of apps.entries()) {
    await testInfo.attach(`output-${index}.txt`, { body: app.output(), contentType: 'text/plain' })
    if (app.hasEnded()) continue
    for (const [number, page] of app.electron.windows().entries()) {
      // A page that hangs has none; that must not hide why the test failed.
      await page
        .screenshot({ path: testInfo.outputPath(`window-${index}-${number}.png`), timeout: 10_000 })
        .catch((error: unknown) => testInfo.attach('no-screenshot.txt', { body: String(error) }))
    }
    await app
      .stopTrace(testInfo.outputPath(`trace-${index}.zip`))
      .catch((error: unknown) => testInfo.attach('no-trace.txt', { body: String(error) }))
  }
  await testInfo.attach('processes.txt', {
    body: describeProcesses(await processesOf(world.root)),
    contentType: 'text/plain',
  })
  const kept = testInfo.outputPath('foundry')
  await rm(kept, { recursive: true, force: true })
  // Logs, settings and databases; the checkouts would only be in the way.
  await cp(world.foundry, kept, {
    recursive: true,
    filter: (source) => !/\/foundry\/(tasks|stores|chromium)(\/|$)/.test(source),
  }).catch((error: unknown) => testInfo.attach('not-kept.txt', { body: String(error) }))
}
