import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

test('a prompt points at files that are found as they are typed, and the agent gets them', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Begin', steps.text('Begun.'))
  model.answer('Explain', steps.text('Explained.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin', title: 'Point' })
  await expect(ui.answers(window).last()).toContainText('Begun.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Point', 'Idle')

  const composer = ui.composer(window)
  const suggestions = window.getByRole('listbox', { name: 'Suggestions' })
  await composer.focus()
  await keyboard.type('/')
  await expect(suggestions.getByRole('option').first()).toBeVisible()
  await picture(window, 'completion-commands')
  await keyboard.press('Escape')
  await expect(suggestions).toBeHidden()
  await keyboard.press('Backspace')

  await keyboard.type('Explain @gree')
  await expect(suggestions.getByRole('option', { selected: true })).toContainText('greeting.ts')
  await picture(window, 'completion-files', { everyWay: true })
  await keyboard.press('Enter')
  await expect(composer).toHaveValue('Explain @src/greeting.ts ')
  await keyboard.type('and @nothinglikeit')
  await expect(window.getByText('Nothing has a name like this.')).toBeVisible()
  await keyboard.press('Enter')
  await expect(ui.prompts(window).last()).toContainText('Explain @src/greeting.ts and @nothinglikeit')
  const asked = await model.request(({ prompt }) => prompt.includes('Explain'))
  expect(asked.conversation).toContain('export function greeting')
  await expect(ui.answers(window).last()).toContainText('Explained.')
})
