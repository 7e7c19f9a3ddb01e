import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { axeViolations } from './support/axe'
import { picture } from './support/pictures'
import { createRepository, git } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const files = { 'src/greet.ts': 'export function greet(name: string) {\n  return name\n}\n' }

test('a line leads to the turn and the tool call that wrote it, and a turn to the lines that are left', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  model.answer('Begin', steps.text('Begun.'))
  model.answer(
    'Be polite',
    steps.read('src/greet.ts'),
    steps.edit('src/greet.ts', '  return name\n', '  const polite = `Dear ${name}`\n  return polite\n'),
    steps.run("printf 'export const shell = 1\\n' >> src/greet.ts", 'Appends a line'),
    steps.text('Polite now.'),
  )
  model.answer('Add a test', steps.write('src/greet.test.ts', 'test one\ntest two\n'), steps.text('Tested.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin', title: 'Manners' })
  await expect(ui.answers(window).last()).toContainText('Begun.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Manners', 'Idle')
  const checkout = await app.checkout()
  await sendPrompt(app, 'Be polite to people')
  await expect(ui.answers(window).last()).toContainText('Polite now.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Manners', 'Idle')
  // Committed lines count as well as those that are not, and what a person adds is theirs.
  await git(checkout, 'add', '--all')
  await git(checkout, 'commit', '--quiet', '--message', 'Manners')
  await appendFile(join(checkout, 'src/greet.ts'), 'export const mine = 1\n')
  await sendPrompt(app, 'Add a test')
  await expect(ui.answers(window).last()).toContainText('Tested.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Manners', 'Idle')

  const changes = ui.changes(window)
  const diff = ui.diff(window)
  await keyboard.press('ControlOrMeta+Shift+E')
  await changes.getByRole('tab', { name: /^Against/ }).click()
  await expect(diff).toContainText('polite')
  await changes.getByRole('treeitem', { name: /^src\/greet\.ts,/ }).click()
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  const chosen = diff.getByRole('toolbar', { name: 'Chosen lines' })
  await expect(async () => {
    await keyboard.press('n')
    await expect(chosen).toContainText('Lines 2 to 3', { timeout: 1000 })
  }).toPass({ timeout: 20_000 })
  await keyboard.press('w')
  const card = diff.getByRole('region', { name: 'Who wrote this' })
  await expect(card).toContainText('Line 2, before the change. Removed by a turn.')
  await expect(card).toContainText('Lines 2 to 3. Written by a turn.')
  await expect(card).toContainText('Be polite to people')
  await expect(card).toContainText('its edit holds it')
  await picture(window, 'provenance-card', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await keyboard.press('Escape')
  await expect(card).toBeHidden()

  // The block below it: one line of a command of the turn, and one that nobody's turn wrote.
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  await keyboard.press('n')
  await expect(chosen).toContainText('Lines 5 to 6')
  await chosen.getByRole('button', { name: 'Who wrote this' }).click()
  await expect(card).toContainText('Line 5. Written during a turn, by a command or by hand')
  await expect(card).toContainText('Line 6. Written while no turn ran')
  await picture(window, 'provenance-hand')

  await changes.getByRole('button', { name: 'Diff options' }).click()
  await window.getByRole('menuitem', { name: /^Show who wrote lines/ }).click()
  const mark = diff.locator('[data-author="2"]').first()
  await expect(mark).toHaveAttribute('title', 'Turn 2: Be polite to people')
  await expect(diff.locator('[data-author="·"]')).toHaveAttribute('title', /while no turn ran/)
  await picture(window, 'provenance-marks', { everyWay: true })

  // To the tool call, in its session.
  await card.getByRole('button', { name: 'Close' }).click()
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  await keyboard.press('p')
  await keyboard.press('w')
  await card.getByRole('list', { name: 'Tool calls' }).getByRole('button').first().click()
  await expect(ui.composer(window)).toBeVisible()
  const edit = ui.tool(window, 'src/greet.ts').filter({ hasText: 'Edit: src/greet.ts' })
  await expect(edit).toBeInViewport()
  await picture(window, 'provenance-tool-call')

  // And from a turn to what is left of it.
  await appendFile(join(checkout, 'src/greet.test.ts'), 'mine\n')
  const turn = ui.transcript(window).getByRole('article', { name: 'You', exact: true }).last()
  await turn.scrollIntoViewIfNeeded()
  await ui.transcript(window).getByRole('button', { name: 'Actions of this turn' }).last().click()
  await window.getByRole('menuitem', { name: /^What is left of this turn/ }).click()
  const left = window.getByRole('dialog', { name: 'What is left of this turn' })
  await expect(left).toContainText('2 of 2 lines still in the branch.')
  await picture(window, 'provenance-turn', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await left.getByRole('button', { name: 'Lines 1 to 2 of src/greet.test.ts' }).click()
  await expect(left).toBeHidden()
  await expect(chosen).toContainText('Line 1')

  await changes.getByRole('tab', { name: 'Turns' }).click()
  await changes.getByRole('button', { name: '2 of 2 lines still in the branch' }).click()
  await expect(left).toBeVisible()
})
