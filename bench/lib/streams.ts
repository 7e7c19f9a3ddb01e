import { resolve } from 'node:path'
import { expect } from '@playwright/test'
import type { App } from '../../tests/e2e/support/app'
import { sendPrompt, ui } from '../../tests/e2e/support/ui'
import { installLauncher, type World } from '../../tests/e2e/support/world'
import { generateRepository } from './repository'

/** Puts the agent that streams in OpenCode's place, and returns a repository to work in. */
export async function prepareStreams(world: World, folder: string): Promise<string> {
  const agent = resolve('bench/lib/streaming-agent.ts')
  await installLauncher(world, 'opencode', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
  const repository = `${folder}/repository`
  await generateRepository(repository, 50)
  return repository
}

/** Sessions of the task on screen, the first one included, each of which answers for so long; ends at the first one. */
export async function streamInAll(app: App, sessions: number, rate: number, seconds: number): Promise<void> {
  const order = `stream ${rate * seconds} chunks at ${rate}`
  for (let nth = 1; nth < sessions; nth++) {
    await app.window.getByRole('button', { name: 'New session' }).click()
    await app.window
      .getByRole('dialog', { name: 'New session' })
      .getByRole('button', { name: 'Start session' })
      .click()
    await expect(ui.prompts(app.window)).toHaveCount(0)
    await sendPrompt(app, order)
    await expect(ui.stop(app.window)).toBeVisible()
  }
  await tabs(app).first().click()
  await sendPrompt(app, order)
  await expect(ui.stop(app.window)).toBeVisible()
}

/** The app asks before it quits while agents work. */
export async function stopAll(app: App): Promise<void> {
  for (const tab of await tabs(app).all()) {
    await tab.click()
    await expect(tab).toHaveAttribute('aria-selected', 'true')
    if (!(await ui.stop(app.window).isVisible())) continue
    await ui.stop(app.window).click()
    // The button is gone before the turn is: only what has ended is not asked about.
    await expect(ui.turnEnds(app.window).last()).toContainText('Stopped by you', { timeout: 30_000 })
  }
}

export function tabs(app: App) {
  return app.window.getByRole('tablist', { name: 'Sessions' }).getByRole('tab')
}
