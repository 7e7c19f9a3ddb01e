import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { axeViolations } from './support/axe'
import type { App } from './support/app'
import { installOpenCode, models } from './support/agent'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createSideBySide, createTask, expectTaskStatus, openRepository, ui } from './support/ui'

const prompt = 'Write a note'
const title = 'Note'

test.beforeEach(async ({ world, model }) => {
  await installOpenCode(world, { baseUrl: model.baseUrl, ask: true })
  model.answer(prompt, steps.write('note.txt', 'noted\n'), steps.text('The note is written.'))
})

async function waitForQuestion(app: App): Promise<void> {
  await expect(ui.permission(app.window)).toBeVisible({ timeout: 60_000 })
  await expectTaskStatus(app, title, 'Needs input')
  await expect(ui.session(app.window, /Needs input/)).toBeVisible()
  await expect(ui.statusRow(app.window)).toContainText('1 needs input')
}

/** What the newest question can be answered with; beside that it has links to what it is about. */
const answersOf = (page: Page): Locator => ui.permission(page).last().locator('button[aria-keyshortcuts]')

test('a question of the agent is seen everywhere and answered from the keyboard', async ({
  foundry,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt, title })
  await waitForQuestion(app)
  await expect(ui.permission(window)).toContainText('note.txt')
  await expect(ui.permission(window).getByRole('figure', { name: /note\.txt$/ })).toContainText('noted')
  await picture(window, 'permission', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  // From wherever else somebody is.
  await window.keyboard.press('ControlOrMeta+N')
  await expect(ui.permission(window)).toBeHidden()
  await window.keyboard.press('ControlOrMeta+Shift+J')
  await expect(ui.permission(window)).toBeVisible()
  await window.keyboard.press('ControlOrMeta+N')
  await expect(ui.permission(window)).toBeHidden()
  await ui.statusRow(window).getByRole('button', { name: '1 needs input' }).click()
  await expect(ui.permission(window)).toBeVisible()

  const allow = answersOf(window).first()
  await expect(allow).toBeEnabled()
  // From the composer, where the person's hands are, backwards to the card.
  await ui.composer(window).focus()
  await expect
    .poll(async () => {
      await window.keyboard.press('Shift+Tab')
      return allow.evaluate((element) => element === document.activeElement)
    })
    .toBe(true)
  await window.keyboard.press('Enter')

  await expect(ui.answers(window).last()).toContainText('The note is written.')
  await expectTaskStatus(app, title, 'Idle')
  await expect(ui.statusRow(window)).not.toContainText('needs input')
  expect(await readFile(join(await app.checkout(), 'note.txt'), 'utf8')).toBe('noted\n')
})

test('a refusal reaches the agent, and it goes on', async ({ foundry, world, model }) => {
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  await openRepository(app, folder)
  await createTask(app, { prompt, title })
  await waitForQuestion(app)
  const buttons = answersOf(app.window)
  const names = await buttons.allTextContents()
  const nth = names.findIndex((name) => /reject/i.test(name)) + 1
  await expect(buttons.nth(nth - 1)).toHaveAttribute('aria-keyshortcuts', `Alt+${nth}`)
  // Typed, it is a text like others; with Alt it is the answer.
  await ui.composer(app.window).focus()
  await app.window.keyboard.type(String(nth))
  await expect(ui.composer(app.window)).toHaveValue(String(nth))
  await expect(buttons.nth(nth - 1)).toBeVisible()
  await app.window.keyboard.press(`Alt+Digit${nth}`)
  await expectTaskStatus(app, title, 'Idle')
  await expect(ui.permission(app.window)).toContainText(/reject/i)
  await expect(readFile(join(await app.checkout(), 'note.txt'))).rejects.toThrow('ENOENT')
  void model
})

test('whatever waits is counted and reached from one place', async ({ foundry, world, model }) => {
  model.answer('Write more', steps.write('more.txt', 'more\n'), steps.text('More is written.'))
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt, title })
  await waitForQuestion(app)
  await window.keyboard.press('ControlOrMeta+N')
  await createTask(app, { prompt: 'Write more', title: 'More' })
  await expect(ui.permission(window)).toContainText('more.txt', { timeout: 60_000 })
  await ui.statusRow(window).getByRole('button', { name: '2 need input' }).click()
  await picture(window, 'waiting')
  await window.getByRole('menuitem', { name: /^Note/ }).click()
  await expect(ui.permission(window)).toContainText('note.txt')
  await window.keyboard.press('ControlOrMeta+Shift+J')
  await expect(ui.permission(window)).toContainText('more.txt')
  await window.keyboard.press('Alt+Digit1')
  await expect(ui.answers(window).last()).toContainText('More is written.')
  await expect(ui.statusRow(window).getByRole('button', { name: '1 needs input' })).toBeVisible()
})

test('a question open at a kill is expired, and can be asked again', async ({ foundry, world, model }) => {
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  await openRepository(app, folder)
  await createTask(app, { prompt, title })
  await waitForQuestion(app)
  await app.kill()

  const again = await foundry.start()
  const { window } = again
  await ui.task(window, new RegExp(`^${title}`)).click()
  await expect(ui.permission(window)).toContainText('Expired')
  await expectTaskStatus(again, title, 'Idle')
  await expect(ui.statusRow(window)).not.toContainText('needs input')

  const before = model.requests.length
  model.answer('', steps.write('note.txt', 'noted\n'), steps.text('The note is written.'))
  await ui.permission(window).getByRole('button', { name: 'Ask again' }).click()
  await expect(ui.permission(window)).toHaveCount(2, { timeout: 60_000 })
  expect(model.requests.length).toBeGreaterThan(before)
  await expectTaskStatus(again, title, 'Needs input')
  await answersOf(window).first().click()
  await expect(ui.answers(window).last()).toContainText('The note is written.')
  expect(await readFile(join(await again.checkout(), 'note.txt'), 'utf8')).toBe('noted\n')
})

test('questions that stand side by side are answered where the focus is', async ({
  foundry,
  world,
  model,
}) => {
  model.answer('Hello', steps.text('Hello.'))
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Hello', title: 'Hello' })
  await expect(ui.turnEnds(window)).toHaveCount(1, { timeout: 60_000 })
  await createSideBySide(app, { prompt, title })
  await window.keyboard.press('ControlOrMeta+Shift+A')
  const first = ui.member(window, new RegExp(`^${models.first}, `))
  const second = ui.member(window, new RegExp(`^${models.second}, `))
  for (const column of [first, second])
    await expect(column.getByRole('region', { name: /^Permission:/ })).toBeVisible({ timeout: 60_000 })
  await picture(window, 'permission-side-by-side', { everyWay: true, axe: true })

  await second.focus()
  await window.keyboard.press('Alt+1')
  await expect(second.getByRole('article', { name: 'Agent', exact: true }).last()).toContainText(
    'The note is written.',
  )
  await expect(first).toHaveAccessibleName(/, Needs input$/)
  await first.locator('button[aria-keyshortcuts="Alt+1"]').click()
  await expect(first.getByRole('article', { name: 'Agent', exact: true }).last()).toContainText(
    'The note is written.',
  )
  await expect(ui.statusRow(window)).not.toContainText('need')
})
