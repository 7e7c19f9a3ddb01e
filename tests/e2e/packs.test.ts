import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from '@playwright/test'
import { setCheck } from '../support/github/reviews'
import type { App } from './support/app'
import { bringAcme, expect, expectSynced, syncNow, test } from './support/github'
import { picture } from './support/pictures'
import { createRepository, git } from './support/repositories'
import { steps } from './support/scripts'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

const source = Array.from({ length: 200 }, (_, number) => `export const value${number} = ${number}\n`)
const changed = source.with(99, 'export const value99 = ninetynine\n')
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

async function choose(app: App, task: RegExp, action: string): Promise<void> {
  await ui.task(app.window, task).click({ button: 'right' })
  await app.window.getByRole('menuitem', { name: action }).click()
}

async function showPanel(page: Page, name: string): Promise<void> {
  await page
    .getByRole('tablist', { name: 'Panel' })
    .getByRole('tab', { name: new RegExp(name) })
    .click()
}

test('a task that was archived is judged without checkout, store and network: context, files, pictures, logs', async ({
  foundry,
  github,
  model,
  world,
}) => {
  test.setTimeout(240_000)
  github.git.seed(github.engine, { 'src/values.ts': source.join('') })
  const origin = await github.git.folder(github.engine)
  const folder = world.path('projects', 'engine')
  await git(world.root, 'clone', '--quiet', origin, folder)
  await git(folder, 'remote', 'set-url', 'origin', `${github.url}/acme/engine.git`)
  model.answer(
    'Use words',
    steps.write('src/values.ts', changed.join('')),
    steps.run(`echo ${pixel} | base64 -d > logo.png`),
    steps.text('They are words now.'),
  )
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Use words', title: 'Words' })
  await expect(ui.answers(window).last()).toContainText('They are words now.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Words', 'Idle', { prefix: true })
  await showPanel(window, 'Pull request')
  const panel = window.getByRole('region', { name: 'Pull request', exact: true })
  await panel.getByRole('button', { name: 'Publish pull request' }).click()
  await expect(panel.getByRole('heading', { name: 'Words' })).toBeVisible({ timeout: 30_000 })
  const pull = [...github.engine.pulls.values()].at(-1)
  if (pull === undefined) throw new Error('There is no pull request')
  const stamp = '2026-03-01T12:00:00.0000000Z '
  setCheck(github.model, pull, 'build', {
    conclusion: 'failure',
    title: 'The build failed',
    summary: 'One error',
    annotations: [],
    log: Array.from({ length: 400 }, (_, number) => `${stamp}step ${number}`).join('\n'),
  })
  await syncNow(window)
  await expect(panel.getByRole('list', { name: 'Checks' })).toContainText('Failed', { timeout: 30_000 })

  await choose(app, /^Words/, 'Archive')
  await window.getByRole('button', { name: 'Show archived tasks' }).click()
  await expectTaskStatus(app, 'Words', 'Archived', { prefix: true })
  await choose(app, /^Words/, 'Keep for offline reading…')
  const dialog = window.getByRole('dialog', { name: 'Offline reading' })
  await expect(dialog.getByRole('region', { name: 'Kept' })).toContainText(/Kept .* on the disk/, {
    timeout: 60_000,
  })
  await expect(dialog).toContainText('Everything that was looked for is in it.')
  await picture(window, 'pack', { everyWay: true, axe: true })
  await dialog.getByRole('button', { name: 'Update' }).click()
  await expect(dialog.getByRole('button', { name: 'Update' })).toBeEnabled({ timeout: 60_000 })
  await window.keyboard.press('Escape')
  await app.quit()

  // Nothing but the database is left, and nobody answers.
  for (const part of ['tasks', 'stores'])
    await rm(join(world.foundry, part), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  github.faults.add(() => true, { kind: 'reset' }, { times: Infinity })

  const later = await foundry.start()
  const page = later.window
  await page.getByRole('button', { name: 'Show archived tasks' }).click()
  await ui.task(page, /^Words/).click()
  await showPanel(page, 'Changes')
  const changes = ui.changes(page)
  await changes.getByRole('tab', { name: /^Against/ }).click()
  await expect(ui.changedFile(page, 'src/values.ts')).toBeVisible()
  await expect(ui.diff(page).getByText('value99 = ninetynine')).toBeVisible()
  await expect(ui.diff(page).getByText('value1 = 1', { exact: false })).toHaveCount(0)
  await ui
    .diff(page)
    .getByRole('button', { name: /^Show (all )?unchanged lines/ })
    .first()
    .click()
  await expect(ui.diff(page).getByText('value1 = 1', { exact: false }).first()).toBeVisible()
  await picture(page, 'pack-context')

  await ui.diff(page).getByRole('button', { name: 'Show logo.png' }).click()
  const image = page.getByRole('dialog', { name: 'logo.png' })
  await expect(image.getByRole('img', { name: 'After the change' })).toBeVisible()
  await picture(page, 'pack-image')
  await page.keyboard.press('Escape')

  await showPanel(page, 'Files')
  await ui.files(page).getByRole('combobox', { name: 'Files as of' }).click()
  await page.getByRole('option', { name: /Use words/ }).click()
  await ui.treeRow(page, 'src').click()
  await ui.treeRow(page, 'values.ts').click()
  await expect(ui.editor(page, 'src/values.ts')).toContainText('value3 = 3')
  await picture(page, 'pack-file')

  await showPanel(page, 'Pull request')
  const kept = page.getByRole('region', { name: 'Pull request', exact: true })
  await expect(kept).toContainText('This is what was kept for offline reading.', { timeout: 30_000 })
  const check = kept.getByRole('list', { name: 'Checks' }).getByRole('listitem').first()
  await check.getByRole('button', { name: 'What build says' }).click()
  await expect(check.getByRole('figure', { name: 'Log' })).toContainText('step 0')
  await expect(check.getByRole('figure', { name: 'Log' })).toContainText('step 399')
  await check.scrollIntoViewIfNeeded()
  await picture(page, 'pack-check', { axe: true })

  await choose(later, /^Words/, 'Keep for offline reading…')
  const again = page.getByRole('dialog', { name: 'Offline reading' })
  await again.getByRole('button', { name: 'Conversation, complete' }).click()
  await expect(again.getByRole('article', { name: 'Description' })).toContainText('Words')
  await again.getByRole('button', { name: 'Remove…' }).click()
  await picture(page, 'pack-remove', { everyWay: true, axe: true })
  await again.getByRole('button', { name: 'Remove what is kept' }).click()
  await expect(again).toContainText('Nothing of this task is kept yet.')
})

test('output of tools goes after the time a person chose, once they have seen what goes', async ({
  foundry,
  model,
  world,
}) => {
  test.setTimeout(180_000)
  const folder = await createRepository(world.path('sample'))
  model.answer(
    'Count',
    steps.run('for n in $(seq 1 4000); do echo "quokka number $n"; done', 'Counts'),
    steps.text('Counted.'),
  )
  const app = await foundry.start()
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Count', title: 'Count' })
  await expect(ui.answers(app.window).last()).toContainText('Counted.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Count', 'Idle')
  await app.quit()

  const database = new DatabaseSync(join(world.foundry, 'foundry.db'))
  database.exec('UPDATE session_events SET at = at - 40 * 86400000')
  database.close()

  const later = await foundry.start()
  const { window } = later
  await window.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = window.getByRole('dialog', { name: 'Settings' })
  await settings.getByRole('tab', { name: 'Storage' }).click()
  const days = settings.getByRole('spinbutton', { name: 'The rest of long output of tools, after days' })
  await days.fill('30')
  await days.press('Enter')
  await settings.getByRole('button', { name: 'Show what would go' }).click()
  const preview = settings.getByRole('region', { name: 'What would go' })
  await expect(preview.getByRole('row', { name: /^Rest of output of tools [1-9]/ })).toBeVisible()
  await expect(preview.getByRole('list', { name: 'Tasks it is of' })).toContainText('Count')
  await preview.scrollIntoViewIfNeeded()
  await picture(window, 'retention-preview', { everyWay: true, axe: true })
  await preview.getByRole('button', { name: /^Remove \d+ things? now and daily/ }).click()
  await expect(settings).toContainText('What the policy says is removed.', { timeout: 30_000 })
  await expect(settings).toContainText('In force: looked at daily while Foundry runs.')
  await picture(window, 'retention-done')
  await window.keyboard.press('Escape')

  // A window that shows the transcript from before learns it when it asks.
  await ui.transcript(window).getByRole('button', { name: 'Load in full' }).last().click()
  await expect(ui.transcript(window)).toContainText('The rest was removed by your policy on')
  await later.quit()

  const { window: page } = await foundry.start()
  await ui.task(page, /^Count/).click()
  await expect(ui.transcript(page)).toContainText('the rest was removed by your policy on')
  await expect(ui.transcript(page)).toContainText('quokka number')
  await picture(page, 'retention-transcript', { axe: true })
})
