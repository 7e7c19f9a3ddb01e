import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { axeViolations } from './support/axe'
import { installOpenCode } from './support/agent'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

test.beforeEach(async ({ world, model }) => {
  await installOpenCode(world, { baseUrl: model.baseUrl, ask: true })
})

test('what is allowed once and for all is not asked again, and says by what it was allowed', async ({
  foundry,
  world,
  model,
}) => {
  model.answer(
    'Write',
    steps.write('a.txt', 'a\n'),
    steps.write('b.txt', 'b\n'),
    steps.text('Both are there.'),
  )
  model.answer('Look', steps.run('git status --short'), steps.text('Looked.'))
  model.answer('Again', steps.run('git status --short'), steps.text('Looked again.'))
  model.answer('Sneak', steps.run('git status --short; touch c.txt'))
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Write', title: 'Files' })

  await expect(ui.permission(window)).toBeVisible({ timeout: 60_000 })
  expect(await axeViolations(window)).toEqual([])
  await picture(window, 'policy-card', { everyWay: true })
  await ui.permission(window).getByRole('button', { name: 'Always allow edits in this repository' }).click()
  // The one that was open and the one after it, both without another word.
  await expect(ui.answers(window).last()).toContainText('Both are there.')
  await expect(ui.permission(window)).toHaveCount(0)
  expect(await readFile(join(await app.checkout(), 'b.txt'), 'utf8')).toBe('b\n')
  await ui.foldedSteps(window).first().click()
  const decided = ui.transcript(window).getByRole('button', { name: /Allowed by this repository's policy/ })
  await expect(decided).toHaveCount(2)
  await picture(window, 'policy-decided', { everyWay: true })

  await sendPrompt(app, 'Look')
  await expect(ui.permission(window)).toBeVisible()
  await ui
    .permission(window)
    .getByRole('button', { name: 'Always allow “git status --short” in this repository' })
    .click()
  await expect(ui.answers(window).last()).toContainText('Looked.')
  await sendPrompt(app, 'Again')
  await expect(ui.answers(window).last()).toContainText('Looked again.')
  await expect(ui.permission(window)).toHaveCount(0)

  // The same words with more behind them are asked, and cannot be allowed for good from here.
  await sendPrompt(app, 'Sneak')
  await expect(ui.permission(window)).toContainText('touch c.txt')
  await expect(
    ui.permission(window).getByRole('button', { name: /^Always allow .* repository/ }),
  ).toBeHidden()
  await expectTaskStatus(app, 'Files', 'Needs input')

  // What is allowed stands in the permissions of the repository, where commands can be refused as well.
  await window.getByRole('button', { name: 'Task actions' }).click()
  await window.getByRole('menuitem', { name: 'Permissions of the repository' }).click()
  const dialog = window.getByRole('dialog', { name: 'Permissions in sample' })
  await expect(dialog.getByRole('combobox', { name: 'Edit files' })).toContainText('Allow')
  await expect(dialog.getByRole('combobox', { name: 'Run commands' })).toContainText('Ask')
  await expect(dialog.getByRole('region', { name: 'Allowed commands' })).toContainText('git status --short')
  const command = dialog.getByRole('textbox', { name: /^Allow commands/ })
  await command.fill('npm test && rm -rf /')
  await command.press('Enter')
  await expect(dialog).toContainText('something in it that a shell acts on')
  await command.fill('npm  test')
  await command.press('Enter')
  await expect(dialog.getByRole('region', { name: 'Allowed commands' })).toContainText('npm test')
  await dialog.getByRole('combobox', { name: 'Mode' }).click()
  await window.getByRole('option', { name: 'OpenCode: plan' }).click()
  await dialog.getByRole('button', { name: 'Add rule' }).click()
  await expect(dialog).toContainText(/plan, edit files: reject/i)
  expect(await axeViolations(window)).toEqual([])
  await picture(window, 'policy-dialog', { everyWay: true })
  await dialog.getByRole('combobox', { name: 'Run commands' }).click()
  await window.getByRole('option', { name: 'Reject' }).click()
  // The open question is answered by it.
  await window.keyboard.press('Escape')
  await expectTaskStatus(app, 'Files', 'Idle')
  await expect(
    ui.transcript(window).getByRole('button', { name: /Refused by this repository's policy/ }),
  ).toBeVisible()
  await expect(access(join(await app.checkout(), 'c.txt'))).rejects.toThrow('ENOENT')

  await window.getByRole('tab', { name: 'History' }).click()
  await expect(window.getByText(/^The policy allowed /).first()).toBeVisible()
  await expect(window.getByText(/^The policy refused /)).toBeVisible()
  await picture(window, 'policy-history')
})

test('a policy outlives a restart, and belongs to its repository alone', async ({
  foundry,
  world,
  model,
}) => {
  model.answer('Write', steps.write('a.txt', 'a\n'), steps.text('Written.'))
  const first = await createRepository(world.path('first'))
  const second = await createRepository(world.path('second'))
  const app = await foundry.start()
  await openRepository(app, first)
  await createTask(app, { prompt: 'Write', title: 'One' })
  await ui
    .permission(app.window)
    .getByRole('button', { name: 'Always allow edits in this repository' })
    .click({ timeout: 60_000 })
  await expect(ui.answers(app.window).last()).toContainText('Written.')
  await expectTaskStatus(app, 'One', 'Idle')
  await app.quit()

  const again = await foundry.start()
  await again.window.keyboard.press('ControlOrMeta+N')
  await createTask(again, { prompt: 'Write', title: 'Two' })
  await expect(ui.answers(again.window).last()).toContainText('Written.', { timeout: 60_000 })
  await expect(ui.permission(again.window)).toHaveCount(0)
  await openRepository(again, second)
  await createTask(again, { prompt: 'Write', title: 'Three' })
  await expect(ui.permission(again.window)).toBeVisible({ timeout: 60_000 })
})
