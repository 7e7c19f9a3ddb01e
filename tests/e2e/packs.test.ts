import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from '@playwright/test'
import type { App } from './support/app'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

const source = Array.from({ length: 200 }, (_, number) => `export const value${number} = ${number}\n`)
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

test('an archived task is judged without checkout and store, and the rest of long output goes once a person saw what goes', async ({
  foundry,
  model,
  world,
}) => {
  test.setTimeout(240_000)
  const folder = await createRepository(world.path('sample'), { 'src/values.ts': source.join('') })
  model.answer(
    'Use words',
    steps.run(
      [
        "sed -i 's/= 99$/= ninetynine/' src/values.ts",
        `echo ${pixel} | base64 -d > logo.png`,
        'for n in $(seq 1 4000); do echo "quokka number $n"; done',
      ].join('; '),
      'Counts',
    ),
    steps.text('They are words now.'),
  )
  const app = await foundry.start()
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Use words', title: 'Words' })
  await expect(ui.answers(app.window).last()).toContainText('They are words now.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Words', 'Idle')
  await choose(app, /^Words/, 'Archive')
  await app.window.getByRole('button', { name: 'Show archived tasks' }).click()
  await expectTaskStatus(app, 'Words', 'Archived')
  await choose(app, /^Words/, 'Keep for offline reading…')
  const made = app.window.getByRole('dialog', { name: 'Offline reading' })
  await expect(made.getByRole('region', { name: 'Kept' })).toContainText(/Kept .* on the disk/, {
    timeout: 60_000,
  })
  await expect(made).toContainText('Everything that was looked for is in it.')
  await picture(app.window, 'pack', { everyWay: true, axe: true })
  await app.quit()

  // Nothing but the database is left, and it is some time later.
  for (const part of ['tasks', 'stores'])
    await rm(join(world.foundry, part), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  const database = new DatabaseSync(join(world.foundry, 'foundry.db'))
  database.exec('UPDATE session_events SET at = at - 40 * 86400000')
  database.close()

  const later = await foundry.start()
  const { window } = later
  await window.getByRole('button', { name: 'Show archived tasks' }).click()
  await ui.task(window, /^Words/).click()
  await showPanel(window, 'Changes')
  await ui
    .changes(window)
    .getByRole('tab', { name: /^Against/ })
    .click()
  await expect(ui.changedFile(window, 'src/values.ts')).toBeVisible()
  await expect(ui.diff(window).getByText('value99 = ninetynine')).toBeVisible()
  await expect(ui.diff(window).getByText('value1 = 1', { exact: false })).toHaveCount(0)
  await ui
    .diff(window)
    .getByRole('button', { name: /^Show (all )?unchanged lines/ })
    .first()
    .click()
  await expect(ui.diff(window).getByText('value1 = 1', { exact: false }).first()).toBeVisible()
  await picture(window, 'pack-context')
  await ui.diff(window).getByRole('button', { name: 'Show logo.png' }).click()
  const image = window.getByRole('dialog', { name: 'logo.png' })
  await expect(image.getByRole('img', { name: 'After the change' })).toBeVisible()
  await window.keyboard.press('Escape')

  await window.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = window.getByRole('dialog', { name: 'Settings' })
  await settings.getByRole('tab', { name: 'Storage' }).click()
  const days = settings.getByRole('spinbutton', { name: 'The rest of long output of tools, after days' })
  await days.fill('30')
  await days.press('Enter')
  await settings.getByRole('button', { name: 'Show what would go' }).click()
  const preview = settings.getByRole('region', { name: 'What would go' })
  await expect(preview.getByRole('row', { name: /^Rest of output of tools [1-9]/ })).toBeVisible()
  await expect(preview.getByRole('list', { name: 'Tasks it is of' })).toContainText('Words')
  await preview.scrollIntoViewIfNeeded()
  await picture(window, 'retention-preview', { everyWay: true, axe: true })
  await preview.getByRole('button', { name: /^Remove \d+ things? now and daily/ }).click()
  await expect(settings).toContainText('What the policy says is removed.', { timeout: 30_000 })
  await expect(settings).toContainText('In force: looked at daily while Foundry runs.')
  await window.keyboard.press('Escape')

  // To the app it is as if its clock had jumped since the last run.
  const records = new DatabaseSync(join(world.foundry, 'foundry.db'))
  records.exec(`UPDATE jobs SET ended_at = ended_at - 40 * 86400000 WHERE kind = 'app.retention'`)
  records.close()
  await window.getByRole('button', { name: 'Settings', exact: true }).click()
  await settings.getByRole('tab', { name: 'Storage' }).click()
  await expect(settings).toContainText('Nothing goes by itself now. The clock of this computer says')
  await settings.getByText('In force, but it waits.').scrollIntoViewIfNeeded()
  await picture(window, 'retention-held', { axe: true })
  await settings.getByRole('button', { name: 'Show what would go' }).click()
  const right = preview.getByRole('button', { name: /^The clock is right: remove / })
  await right.scrollIntoViewIfNeeded()
  await picture(window, 'retention-doubt', { axe: true })
  await right.click()
  await expect(settings).toContainText('In force: looked at daily while Foundry runs.')
  await window.keyboard.press('Escape')
  // A window that shows the transcript from before learns it when it asks.
  await ui.transcript(window).getByRole('button', { name: 'Load in full' }).last().click()
  await expect(ui.transcript(window)).toContainText('The rest was removed by your policy on')
  await expect(ui.transcript(window)).toContainText('quokka number')

  await choose(later, /^Words/, 'Delete…')
  const losses = window.getByRole('dialog', { name: 'Delete "Words"' })
  await expect(losses).toContainText(/What is kept of it for offline reading goes too: .*B\./)
  await picture(window, 'pack-delete')
  await losses.getByRole('button', { name: 'Cancel' }).click()
  await choose(later, /^Words/, 'Keep for offline reading…')
  const again = window.getByRole('dialog', { name: 'Offline reading' })
  await again.getByRole('button', { name: 'Remove…' }).click()
  await picture(window, 'pack-remove')
  await again.getByRole('button', { name: 'Remove what is kept' }).click()
  await expect(again).toContainText('Nothing of this task is kept yet.')
})
