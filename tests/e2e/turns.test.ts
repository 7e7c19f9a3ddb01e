import { axeViolations } from './support/axe'
import { installOpenCode, models } from './support/agent'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

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
  await expect(group.getByRole('button')).toHaveCount(2)
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
