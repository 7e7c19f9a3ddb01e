import { axeViolations } from './support/axe'
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
  expect(await axeViolations(window)).toEqual([])
  await keyboard.press('Enter')
  await expect(composer).toHaveValue('Explain @src/greeting.ts ')
  await keyboard.type('and @nothinglikeit')
  await expect(window.getByText('Nothing has a name like this.')).toBeVisible()
  await keyboard.press('Enter')
  await expect(ui.prompts(window).last()).toContainText('Explain @src/greeting.ts and @nothinglikeit')
  const asked = await model.request(({ prompt }) => prompt.includes('Explain'))
  expect(asked.conversation).toContain('export function greeting')
  await expect(ui.answers(window).last()).toContainText('Explained.')

  // What was sent before comes back, and is found by its words.
  await composer.focus()
  await keyboard.press('ArrowUp')
  await expect(composer).toHaveValue('Explain @src/greeting.ts and @nothinglikeit')
  await keyboard.press('ArrowUp')
  await expect(composer).toHaveValue('Begin')
  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await expect(composer).toHaveValue('')
  await keyboard.type('beg')
  await keyboard.press('Control+r')
  await expect(suggestions.getByRole('option', { selected: true })).toContainText('Begin')
  await keyboard.press('Enter')
  await expect(composer).toHaveValue('Begin')

  // What is needed again and again is saved under a name.
  await composer.fill('Look at every line, and say what is wrong with it.')
  const saved = window.getByRole('dialog', { name: 'Saved prompts' })
  await window.getByRole('button', { name: 'Saved prompts' }).click()
  await saved.getByRole('textbox', { name: 'Name of the prompt' }).fill('look')
  await saved.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(saved.getByRole('button', { name: 'Insert look' })).toBeVisible()
  await picture(window, 'saved-prompts', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await saved.getByRole('button', { name: 'Delete look' }).click()
  await expect(saved.getByRole('button', { name: 'Insert look' })).toHaveCount(0)
  await window.getByRole('button', { name: 'Undo' }).click()
  await expect(saved).toBeHidden()
  await window.getByRole('button', { name: 'Saved prompts' }).click()
  await expect(saved.getByRole('button', { name: 'Insert look' })).toBeVisible()
  await keyboard.press('Escape')
  await composer.fill('')
  await composer.focus()
  await keyboard.type('/look')
  await expect(suggestions.getByRole('option', { selected: true })).toContainText('look')
  await keyboard.press('Enter')
  await expect(composer).toHaveValue('Look at every line, and say what is wrong with it.')
})

/** A red square of 16 pixels. */
const dot =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mO4oGBAEmIY1TCqYfhqAAC85yAQqjH2iwAAAABJRU5ErkJggg=='

test('pictures and long texts are attached, survive a restart, and go with the prompt', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Begin', steps.text('Begun.'))
  model.answer('Look', steps.text('Looked.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin', title: 'Attach' })
  await expect(ui.answers(window).last()).toContainText('Begun.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Attach', 'Idle')

  const files = window.getByRole('list', { name: 'Attached files' })
  await window.getByLabel('Files to attach').setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(dot, 'base64') },
    { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('Mind the gap.') },
  ])
  await expect(files.getByRole('listitem')).toHaveCount(2)
  const long = Array.from({ length: 100 }, (_, nth) => `line ${nth}`).join('\n')
  await ui.composer(window).focus()
  await app.electron.evaluate(({ clipboard }, text) => clipboard.writeText(text), long)
  await window.keyboard.press('Control+v')
  await expect(files.getByRole('listitem').last()).toContainText('Pasted text 3.txt')
  await expect(ui.composer(window)).toHaveValue('')
  await files.getByRole('button', { name: 'Remove note.txt' }).click()
  await expect(files.getByRole('listitem')).toHaveCount(2)
  await picture(window, 'attachments', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await app.quit()

  const again = await foundry.start()
  await ui.task(again.window, /^Attach/).click()
  const kept = again.window
    .getByRole('region', { name: 'Composer' })
    .getByRole('list', { name: 'Attached files' })
  await expect(kept.getByRole('listitem')).toHaveCount(2)
  await kept.getByRole('button', { name: 'Put Pasted text 3.txt back as text' }).click()
  await expect(ui.composer(again.window)).toHaveValue(long)
  await ui.composer(again.window).fill('Look at this')
  await ui.composer(again.window).press('Enter')
  const asked = await model.request(({ prompt }) => prompt.includes('Look at this'))
  expect(JSON.stringify(asked.messages)).toContain(dot.slice(0, 40))
  await expect(ui.answers(again.window).last()).toContainText('Looked.', { timeout: 60_000 })
  await expect(ui.prompts(again.window).last()).toContainText('dot.png')
  await expect(kept).toHaveCount(0)
  await picture(again.window, 'attachments-sent')
})
