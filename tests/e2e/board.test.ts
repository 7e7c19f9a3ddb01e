import type { Page } from '@playwright/test'
import { bringAcme, expect, expectSynced, test } from './support/github'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

const column = (page: Page, name: string) => page.getByRole('listbox', { name, exact: true })

test('the board says whose turn it is, and is gone through with the keyboard', async ({
  foundry,
  github,
}) => {
  const { model, engine, ada } = github
  const author = model.addUser('linus', { name: 'Linus Other' })
  model.openPullRequest(engine, { title: 'Wait for checks', author, headRef: 'wait', checks: 'PENDING' })
  model.openPullRequest(engine, { title: 'Ready to go', author: ada, headRef: 'ready', checks: 'SUCCESS' })
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await ui.navigation(window).getByRole('button', { name: 'Board' }).click()
  const board = window.getByRole('region', { name: 'Board', exact: true })

  await expect(column(window, 'You').getByRole('option')).toHaveCount(3)
  await expect(column(window, 'You').getByRole('option', { name: /^Start faster, / })).toHaveAccessibleName(
    'Start faster, Your review, engine, pull request 1',
  )
  await expect(column(window, 'You').getByRole('option', { name: /^Stop cleanly, Draft, / })).toBeVisible()
  await expect(
    column(window, 'You').getByRole('option', { name: /^New front page, Checks failing, / }),
  ).toBeVisible()
  await expect(column(window, 'Checks').getByRole('option', { name: /^Wait for checks, / })).toBeVisible()
  await expect(column(window, 'Merge').getByRole('option', { name: /^Ready to go, / })).toBeVisible()
  await picture(window, 'board', { everyWay: true, axe: true })
  await window.setViewportSize({ width: 2560, height: 1440 })
  await picture(window, 'board-large')
  await window.setViewportSize({ width: 1440, height: 900 })

  // From the filter into the first column, and on to the next ones that hold something.
  await board.getByRole('searchbox', { name: 'Filter the board' }).press('ArrowDown')
  await expect(column(window, 'You')).toBeFocused()
  await window.keyboard.press('ArrowRight')
  await expect(column(window, 'Checks')).toBeFocused()
  await window.keyboard.press('ArrowLeft')
  await expect(column(window, 'You')).toBeFocused()

  await board.getByRole('combobox', { name: 'Order' }).click()
  await window.getByRole('option', { name: 'By repository' }).click()
  const heading = column(window, 'You').getByRole('option', { name: 'site, 1 task, unfolded' })
  await expect(heading).toBeVisible()
  await picture(window, 'board-repositories')
  await heading.click()
  await expect(column(window, 'You').getByRole('option', { name: /^New front page, / })).toBeHidden()

  const filter = board.getByRole('searchbox', { name: 'Filter the board' })
  await filter.fill('is:draft')
  await expect(board).toContainText('1 task in Acme')
  await filter.fill('nothing like it')
  await expect(board.getByText('No task matches')).toBeVisible()
  await picture(window, 'board-nothing')
  await board.getByRole('button', { name: 'Clear filter' }).last().click()

  await column(window, 'Merge').focus()
  await window.keyboard.press('End')
  await window.keyboard.press('Enter')
  await expect(window.getByRole('region', { name: 'Task: Ready to go' })).toBeVisible()
})

test('what was done is told newest first, filtered, and unfolds', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await ui.navigation(window).getByRole('button', { name: 'Activity' }).click()
  const activity = window.getByRole('region', { name: 'Activity', exact: true })
  const entries = activity.getByRole('list', { name: 'Timeline' }).getByRole('listitem')
  await expect(entries).toHaveCount(1)
  await expect(entries.first()).toContainText('You added the organization')

  // Done elsewhere while it is looked at.
  await ui.task(window, /^Stop cleanly/).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Rename' }).click()
  await window.getByRole('textbox', { name: 'Task title' }).fill('Stop very cleanly')
  await window.keyboard.press('Enter')
  await expect(entries).toHaveCount(2)
  await expect(entries.first()).toContainText('You renamed it to')
  await expect(entries.first()).toContainText('engine')
  const newest = entries.first().getByRole('button', { name: /^You renamed it to/ })
  await newest.focus()
  await window.keyboard.press('Enter')
  await expect(entries.first()).toContainText('"task.title.changed"')
  await expect(entries.first().getByRole('button', { name: 'Copy details' })).toBeVisible()
  await picture(window, 'activity', { everyWay: true, axe: true })
  await window.setViewportSize({ width: 2560, height: 1440 })
  await picture(window, 'activity-large')
  await window.setViewportSize({ width: 1440, height: 900 })
  await newest.focus()
  await window.keyboard.press('ArrowDown')
  await expect(entries.last().getByRole('button').first()).toBeFocused()

  await activity.getByRole('combobox', { name: 'Who' }).click()
  await window.getByRole('option', { name: 'GitHub' }).click()
  await expect(activity.getByText('Nothing matches')).toBeVisible()
  await picture(window, 'activity-nothing')
  await activity.getByRole('button', { name: 'Clear filter' }).click()
  await expect(entries).toHaveCount(2)
  await entries.first().getByRole('button', { name: 'Stop very cleanly', exact: true }).click()
  await expect(window.getByRole('region', { name: 'Task: Stop very cleanly' })).toBeVisible()
})

test('the history of a task stands beside it', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Say hello', steps.text('Hello.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Say hello', title: 'Be polite' })
  await expectTaskStatus(app, 'Be polite', 'Idle')
  await window.getByRole('tablist', { name: 'Panel' }).getByRole('tab', { name: 'Changes' }).focus()
  await window.keyboard.press('ArrowLeft')
  const history = window.getByRole('region', { name: 'History', exact: true })
  const entries = history.getByRole('list', { name: 'Timeline' }).getByRole('listitem')
  await expect(entries.last()).toContainText('You created it on branch')
  await expect(entries.filter({ hasText: 'Foundry made its checkout' })).toBeVisible()
  await expect(entries.filter({ hasText: 'You: \u2068Say hello' })).toBeVisible()
  await picture(window, 'task-history', { everyWay: true, axe: true })
  await history.getByRole('combobox', { name: 'Kind' }).click()
  await window.getByRole('option', { name: 'The task itself' }).click()
  await expect(entries.filter({ hasText: 'Say hello' })).toBeHidden()
  await expect(entries.last()).toContainText('You created it on branch')
})
