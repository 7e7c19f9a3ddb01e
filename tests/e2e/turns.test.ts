import { axeViolations } from './support/axe'
import { installOpenCode, models } from './support/agent'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createSideBySide, createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

test.beforeEach(async ({ world, model }) => {
  await installOpenCode(world, { baseUrl: model.baseUrl })
})

test('a turn is done again, by another model too, and a session goes on from any of its turns', async ({
  foundry,
  world,
  model,
}) => {
  model.answer('Name a fruit', steps.text('It is plum.'))
  model.answer('Name a colour', steps.text('It is teal.'))
  model.answer('What do you know', steps.text('What I was told.'))
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Name a fruit', title: 'Names' })
  await expect(ui.turnEnds(window)).toHaveCount(1, { timeout: 60_000 })
  await sendPrompt(app, 'Name a colour')
  await expect(ui.turnEnds(window)).toHaveCount(2)

  // From the keyboard, from the end of the first turn on.
  const actions = ui.turnEnds(window).first().getByRole('button', { name: 'Actions of this turn' })
  await actions.focus()
  await window.keyboard.press('Enter')
  const menu = window.getByRole('menu')
  await expect(menu).toBeVisible()
  await picture(window, 'turn-menu', { everyWay: true })
  await window.keyboard.press('Escape')
  await expect(menu).toBeHidden()
  await expect(actions).toBeFocused()

  await window.keyboard.press('Enter')
  await menu.getByRole('menuitem', { name: /^Retry Sends/ }).press('Enter')
  await expect(ui.turnEnds(window)).toHaveCount(3)
  await expect(ui.prompts(window).last()).toContainText('Name a fruit')
  await expect(ui.answers(window).last()).toContainText('It is plum.')

  // The first turn again with another model, which was told nothing: nothing was before it.
  await ui.prompts(window).first().getByRole('button', { name: 'Actions of this prompt' }).click()
  await menu.getByRole('menuitem', { name: /^Retry with another model/ }).click()
  const retry = window.getByRole('dialog', { name: 'Retry the turn in a new session' })
  await retry.getByRole('combobox', { name: /^Model:/ }).click()
  await window.getByRole('option', { name: new RegExp(models.second) }).click()
  expect(await axeViolations(window)).toEqual([])
  await picture(window, 'turn-retry', { everyWay: true })
  await retry.getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(ui.session(window, /^Retry of Name a fruit/)).toHaveAttribute('aria-selected', 'true')
  await expect(ui.answers(window).last()).toContainText('It is plum.')
  expect(model.requests.at(-1)?.model).toBe('two')
  await expect(ui.boundary(window)).toHaveCount(0)

  // On from the end of the first turn: what came later is not known.
  await ui.session(window, /^Name a fruit/).click()
  await ui.turnEnds(window).first().getByRole('button', { name: 'Actions of this turn' }).click()
  await menu.getByRole('menuitem', { name: /^Fork session from here/ }).click()
  const fork = window.getByRole('dialog', { name: 'Fork the session from here' })
  await fork.getByRole('button', { name: 'Fork', exact: true }).click()
  await expect(ui.session(window, /^Fork of Name a fruit/)).toHaveAttribute('aria-selected', 'true')
  const forked = ui.transcript(window).getByRole('article', { name: 'Forked' })
  await expect(forked).toContainText('Forked from “Name a fruit”, after “Name a fruit”')
  await expect(ui.boundary(window)).toContainText('about 1 of 1 turns')
  await sendPrompt(app, 'What do you know')
  await expect(ui.answers(window).last()).toContainText('What I was told.')
  expect(model.requests.at(-1)?.conversation).toContain('It is plum.')
  expect(model.requests.at(-1)?.conversation).not.toContain('teal')
  expect(await axeViolations(window)).toEqual([])
  await picture(window, 'turn-forked', { everyWay: true })
  await forked.getByRole('button', { name: 'Show it' }).click()
  await expect(ui.session(window, /^Name a fruit/)).toHaveAttribute('aria-selected', 'true')
})

test('one prompt is worked on by several models side by side', async ({ foundry, world, model }) => {
  model.answer('Hello', steps.text('Hello.'))
  model.answer(
    'Write a note',
    async (answer) => {
      const name = answer.request.model === 'two' ? 'second.txt' : 'first.txt'
      await steps.write(name, `${name}\n`)(answer)
    },
    steps.text('Written.'),
  )
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  // What models there are is known from the first session on.
  await createTask(app, { prompt: 'Hello', title: 'Hello' })
  await expect(ui.turnEnds(window)).toHaveCount(1, { timeout: 60_000 })
  await window.keyboard.press('ControlOrMeta+N')
  const form = window.getByRole('region', { name: 'New task' })
  const others = form.getByRole('group', { name: 'Others that do the same side by side' })
  await expect(others.getByRole('button', { name: 'Compare with another agent' })).toBeEnabled({
    timeout: 60_000,
  })
  await others.getByRole('button', { name: 'Compare with another agent' }).click()
  await others.getByRole('combobox', { name: /^Model:/ }).click()
  await window.getByRole('option', { name: new RegExp(models.second) }).click()
  await expect(others).toContainText('2 tasks, each on its own branch')
  await form.getByRole('textbox', { name: 'Prompt' }).fill('Write a note')
  expect(await axeViolations(window)).toEqual([])
  await picture(window, 'side-by-side-new', { everyWay: true })
  await createTask(app, { prompt: 'Write a note', title: 'Note' })

  const group = window.getByRole('navigation', { name: 'From the same prompt' })
  await expect(group.getByRole('listitem')).toHaveCount(2)
  await expectTaskStatus(app, `Note (${models.second})`, 'Idle')
  await expect(group.getByRole('button', { name: new RegExp(`${models.second}.* 1 file`) })).toBeVisible()
  await expect(group.getByRole('button', { name: /Idle 1 file/ })).toHaveCount(2)
  expect(await axeViolations(window)).toEqual([])
  await picture(window, 'side-by-side', { everyWay: true })
  await group.getByRole('button').first().focus()
  await window.keyboard.press('ArrowRight')
  await window.keyboard.press('Enter')
  await expect(
    window.getByRole('button', { name: new RegExp(`^Rename task Note .*${models.second}`) }),
  ).toBeVisible()
  await expect(ui.changedFile(window, 'second.txt')).toBeVisible()
})

test('both agents are asked side by side, compared, and one of them is kept', async ({
  foundry,
  world,
  model,
}) => {
  model.answer('Hello', steps.text('Hello.'))
  model.answer(
    'Write a note',
    async (answer) => {
      const own = answer.request.model === 'two' ? 'second.txt' : 'first.txt'
      await steps.together(
        steps.write(own, `${own}\n`),
        steps.write('both.txt', answer.request.model === 'two' ? 'one\ntwo\n' : 'one\n'),
      )(answer)
    },
    steps.text('Written.'),
  )
  model.answer('Go on', async (answer) => {
    await steps.text(`Gone on as ${answer.request.model}.`)(answer)
  })
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Hello', title: 'Hello' })
  await expect(ui.turnEnds(window)).toHaveCount(1, { timeout: 60_000 })
  await createSideBySide(app, { prompt: 'Write a note', title: 'Note' })
  const strip = window.getByRole('navigation', { name: 'From the same prompt' })
  await strip.getByRole('button', { name: 'Side by side' }).click()

  // Both are there with what they are, what they did and what they said.
  const first = ui.member(window, new RegExp(`^${models.first}, `))
  const second = ui.member(window, new RegExp(`^${models.second}, `))
  for (const column of [first, second]) {
    await expect(column.getByRole('article', { name: 'Turn ended' })).toHaveCount(1, { timeout: 60_000 })
    await expect(column).toHaveAccessibleName(/, Idle$/)
    const figures = column.getByRole('list', { name: 'Figures' })
    await expect(figures).toContainText(/2 files \+[23] −0/)
    await expect(figures).toContainText('Last turn')
    await expect(column.getByRole('article', { name: 'Agent', exact: true }).last()).toContainText('Written.')
  }
  await picture(window, 'columns', { everyWay: true, axe: true })

  // From column to column and to the field, and round.
  await expect(first).toBeFocused()
  await window.keyboard.press('ArrowRight')
  await expect(second).toBeFocused()
  await window.keyboard.press('F6')
  const field = ui.sideBySide(window).getByRole('textbox', { name: 'Prompt to all' })
  await expect(field).toBeFocused()
  await window.keyboard.press('F6')
  await expect(first).toBeFocused()
  await window.keyboard.press('Shift+F6')
  await expect(field).toBeFocused()

  // One prompt for both.
  await expect(ui.sideBySide(window)).toContainText('Goes to 2 of 2.')
  await window.keyboard.type('Go on')
  await window.keyboard.press('Enter')
  await expect(first.getByRole('article', { name: 'Agent', exact: true }).last()).toContainText(
    'Gone on as one.',
  )
  await expect(second.getByRole('article', { name: 'Agent', exact: true }).last()).toContainText(
    'Gone on as two.',
  )
  await expect(field).toHaveValue('')

  // Which of them changed what.
  await ui.sideBySide(window).getByRole('button', { name: 'Changes', exact: true }).click()
  const files = ui.sideBySide(window).getByRole('listbox', { name: 'Changed files' })
  await expect(files.getByRole('option')).toHaveCount(3)
  await expect(
    files.getByRole('option', {
      name: `first.txt, ${models.first}: added +1 −0, ${models.second}: not changed`,
    }),
  ).toBeVisible()
  const both = files.getByRole('option', { name: /^both\.txt/ })
  await both.click()
  await expect(
    ui.sideBySide(window).getByRole('region', { name: `both.txt, by ${models.first}` }),
  ).toBeVisible()
  await window.keyboard.press('ArrowRight')
  const diff = ui.sideBySide(window).getByRole('region', { name: `both.txt, by ${models.second}` })
  await expect(diff.getByText('two', { exact: true })).toBeVisible()
  await picture(window, 'columns-changes', { everyWay: true, axe: true })
  await ui.sideBySide(window).getByRole('button', { name: 'Sessions', exact: true }).click()

  // A reloaded window shows it again.
  await window.reload()
  await expect(second.getByRole('article', { name: 'Turn ended' })).toHaveCount(2)

  await second.getByRole('button', { name: `Keep this one: ${models.second}` }).click()
  const question = window.getByRole('dialog', { name: `Keep ${models.second}` })
  await expect(question.getByRole('list', { name: 'Tasks to archive' })).toContainText(
    `Note (${models.first})`,
  )
  await picture(window, 'columns-keep', { axe: true })
  await question.getByRole('button', { name: 'Archive 1 task' }).click()
  await expect(window.getByRole('region', { name: `Task: Note (${models.second})` })).toBeVisible()

  // What went is still there to read, and comes back.
  await window.keyboard.press('ControlOrMeta+Shift+A')
  await expect(first).toHaveAccessibleName(/, Archived$/)
  await expect(first.getByRole('article', { name: 'Agent', exact: true }).last()).toContainText(
    'Gone on as one.',
  )
  await expect(ui.sideBySide(window)).toContainText(`Goes to 1 of 2. Not to ${models.first} (archived).`)
  await picture(window, 'columns-archived', { everyWay: true, axe: true })
  await window.getByRole('button', { name: 'Undo' }).click()
  await expect(first).toHaveAccessibleName(/, Idle$/)
  await expect(ui.sideBySide(window)).toContainText('Goes to 2 of 2.')
  await first.focus()
  await window.keyboard.press('Escape')
  await expect(window.getByRole('region', { name: `Task: Note (${models.second})` })).toBeVisible()

  // A new run of the app begins where the last one ended, and looks into the checkouts again.
  await window.keyboard.press('ControlOrMeta+Shift+A')
  await expect(first).toBeVisible()
  await app.quit()
  const again = await foundry.start()
  const column = ui.member(again.window, `${models.first}, Idle`)
  await expect(column.getByRole('article', { name: 'Turn ended' })).toHaveCount(2)
  await expect(column.getByRole('list', { name: 'Figures' })).toContainText('2 files +2 −0')
})
