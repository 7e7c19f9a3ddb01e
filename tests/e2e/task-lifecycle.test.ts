import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from './support/app'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

async function choose(app: App, task: RegExp, action: string): Promise<void> {
  await ui.task(app.window, task).click({ button: 'right' })
  await app.window.getByRole('menuitem', { name: action }).click()
}

test('a task is archived and brought back, its checkout is freed, and it is deleted with what it loses', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Write a file', steps.write('parser.txt', 'half done\n'), steps.text('Half of it is there.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Write a file', title: 'Fix the parser' })
  await expect(ui.answers(window).last()).toContainText('Half of it is there.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Fix the parser', 'Idle')

  // Archived by mistake.
  await choose(app, /^Fix the parser/, 'Archive')
  await expect(window.getByText('"Fix the parser" is archived')).toBeVisible()
  await picture(window, 'archive-undo')
  await window.getByRole('button', { name: 'Undo' }).click()
  await expectTaskStatus(app, 'Fix the parser', 'Idle')

  // For good: its checkout can go.
  await choose(app, /^Fix the parser/, 'Archive')
  await window.getByRole('button', { name: 'Show archived tasks' }).click()
  await expectTaskStatus(app, 'Fix the parser', 'Archived')
  await ui.task(window, /^Fix the parser/).click({ button: 'right' })
  await expect(window.getByRole('menu')).toBeVisible()
  await picture(window, 'task-menu')
  await window.keyboard.press('Escape')
  await window.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = window.getByRole('dialog', { name: 'Settings' })
  await settings.getByRole('tab', { name: 'Storage' }).click()
  const checkouts = settings.getByRole('list', { name: 'Checkouts' })
  await expect(checkouts.getByRole('listitem')).toContainText('Fix the parser')
  await expect(settings.getByRole('list', { name: 'Stores' })).toContainText('sample')
  await picture(window, 'storage', { everyWay: true })
  await settings.getByRole('button', { name: 'Free disk space' }).click()
  const question = window.getByRole('dialog', { name: 'Free disk space' })
  await expect(question).toContainText('1 uncommitted file: kept in the store of the repository')
  await picture(window, 'prune-plan', { everyWay: true })
  const place = join(world.path('data'), 'tasks')
  await question.getByRole('button', { name: /^Remove 1 checkout/ }).click()
  await expect(question).toBeHidden()
  await expect
    .poll(async () => (existsSync(place) ? readdir(place) : []))
    .not.toContainEqual(expect.stringMatching(/^task_/))
  await expect(settings.getByText('No task has a checkout.')).toBeVisible()
  await picture(window, 'storage-freed')
  await window.keyboard.press('Escape')

  // What was secured is still known, and is lost only by saying so.
  await choose(app, /^Fix the parser/, 'Delete…')
  const dialog = window.getByRole('dialog', { name: 'Delete "Fix the parser"' })
  await expect(dialog).toContainText('parser.txt')
  await picture(window, 'delete-losses', { everyWay: true })
  await dialog.getByRole('button', { name: 'Delete and lose 1 uncommitted file' }).click()
  await expect(dialog).toBeHidden()
  await expect(ui.task(window, /^Fix the parser/)).toHaveCount(0)
})

test('several tasks are marked and deleted together, with the commits they lose', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer(
    'Commit it',
    steps.write('one.txt', 'one\n'),
    steps.run(
      'git add -A && git -c user.name=Ada -c user.email=ada@example.org commit -qm "Add the first half"',
    ),
    steps.text('It is committed.'),
  )
  model.answer('Only look', steps.text('Nothing to change.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Commit it', title: 'First half' })
  await expect(ui.answers(window).last()).toContainText('It is committed.', { timeout: 60_000 })
  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await createTask(app, { prompt: 'Only look', title: 'Second half' })
  await expect(ui.answers(window).last()).toContainText('Nothing to change.', { timeout: 60_000 })
  await expectTaskStatus(app, 'First half', 'Idle')
  await expectTaskStatus(app, 'Second half', 'Idle')

  await ui.task(window, /^First half/).click({ modifiers: ['ControlOrMeta'] })
  await ui.task(window, /^First half/).click({ button: 'right' })
  await expect(window.getByRole('menuitem', { name: 'Archive 2 tasks' })).toBeVisible()
  await picture(window, 'tasks-marked')
  await window.getByRole('menuitem', { name: 'Delete 2 tasks…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Delete 2 tasks' })
  await expect(dialog.getByRole('list', { name: 'Unpushed commits' })).toContainText('Add the first half')
  await picture(window, 'delete-several', { everyWay: true })
  await dialog.getByRole('button', { name: 'Delete and lose 1 unpushed commit' }).click()
  await expect(dialog).toBeHidden()
  await expect(ui.task(window, /half/)).toHaveCount(0)
})
