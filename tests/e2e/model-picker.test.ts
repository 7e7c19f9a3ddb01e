import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, openRepository, ui } from './support/ui'

test('a model is chosen by keyboard, kept as favourite, and is what work in the repository starts with', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('First', steps.text('By one.'))
  model.answer('Second', steps.text('By two.'))
  model.answer('Third', steps.text('By two again.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  await openRepository(app, folder)
  await createTask(app, { prompt: 'First', title: 'First' })
  await expect(ui.answers(window).last()).toContainText('By one.', { timeout: 60_000 })

  // In a running session: said before it happens, and from the next turn on.
  const composer = window.getByRole('region', { name: 'Composer' })
  await composer.getByRole('combobox', { name: /^Model: / }).click()
  const popup = window.getByRole('dialog', { name: 'Agents and models' })
  await expect(popup).toContainText('The conversation goes on with the model you choose.')
  await keyboard.type('two')
  await expect(popup.getByRole('option', { name: /Two/ })).toBeVisible()
  await picture(window, 'model-picker-session')
  await keyboard.press('Enter')
  await expect(composer.getByRole('combobox', { name: /^Model: .*Two/ })).toBeVisible()
  await composer.getByRole('combobox', { name: /^Model: / }).click()
  await expect(popup).toBeVisible()
  await keyboard.type('two')
  await popup.getByRole('button', { name: 'Favourite', pressed: false }).click()
  await popup.getByRole('button', { name: 'Default in sample', pressed: false }).click()
  await expect(popup.getByRole('button', { name: 'Default in sample', pressed: true })).toBeVisible()
  await keyboard.press('Escape')
  await ui.composer(window).fill('Second')
  await ui.composer(window).press('Enter')
  await expect(ui.answers(window).last()).toContainText('By two.')
  expect((await model.request(({ prompt }) => prompt === 'Second')).model).toBe('two')

  await keyboard.press('Control+n')
  const form = window.getByRole('region', { name: 'New task' })
  await expect(form.getByRole('combobox', { name: /^Model: .*Two/ })).toBeVisible()
  await form.getByRole('combobox', { name: /^Model: / }).click()
  await expect(popup.getByText('Favourites')).toBeVisible()
  await picture(window, 'model-picker-own', { everyWay: true })
  await keyboard.type('unheard-of-1')
  await expect(popup.getByRole('option', { name: /unheard-of-1/ }).first()).toBeVisible()
  await picture(window, 'model-picker-unlisted')
  await keyboard.press('Escape')
  await createTask(app, { prompt: 'Third', title: 'Third' })
  await expect(ui.answers(window).last()).toContainText('By two again.', { timeout: 60_000 })
  expect((await model.request(({ prompt }) => prompt.includes('Third'))).model).toBe('two')
})
