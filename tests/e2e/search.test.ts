import type { Page } from '@playwright/test'
import { axeViolations } from './support/axe'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const field = (page: Page) => page.getByRole('combobox', { name: 'Search everything' })
const results = (page: Page) => page.getByRole('listbox', { name: 'Results' })
const hits = (page: Page) => results(page).getByRole('option')
const open = (page: Page) => ui.navigation(page).getByRole('button', { name: 'Search everything' }).click()

test('everything is searched while it is typed, opens where it stands, and leads back', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer(
    'Begin',
    steps.write('src/zebraCrossing.ts', 'export const zebraCrossing = 1\n'),
    steps.text('The crossing is striped like a zebra.'),
  )
  const filler = Array.from({ length: 40 }, (_, n) => `Paragraph ${n} says nothing of note.`).join('\n\n')
  for (const prompt of ['More', 'Again']) model.answer(prompt, steps.text(`${filler}\n\nThat was ${prompt}.`))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin with the zebra', title: 'Stripes' })
  await expect(ui.answers(window).last()).toContainText('striped', { timeout: 60_000 })
  await expectTaskStatus(app, 'Stripes', 'Idle')
  for (const prompt of ['More', 'Again']) {
    await sendPrompt(app, prompt)
    await expect(ui.answers(window).last()).toContainText(`That was ${prompt}.`)
    await expectTaskStatus(app, 'Stripes', 'Idle')
  }

  await keyboard.press('Control+Shift+S')
  await expect(field(window)).toBeFocused()
  await picture(window, 'search-empty', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await keyboard.type('zebra')
  await expect(hits(window).filter({ hasText: 'striped like a zebra' })).toHaveCount(1)
  await expect(hits(window).filter({ hasText: 'Begin with the zebra' }).first()).toBeVisible()
  // Parts of names of code are words.
  await expect(hits(window).filter({ hasText: 'src/zebraCrossing.ts' }).first()).toBeVisible()
  await expect(results(window).locator('mark').first()).toHaveText(/zebra/i)
  await picture(window, 'search-results', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  // A filter is completed from the keyboard.
  await keyboard.type(' ki')
  await keyboard.press('Tab')
  await expect(field(window)).toHaveValue('zebra kind:')
  await keyboard.type('mess')
  await keyboard.press('ArrowDown')
  await picture(window, 'search-filter')
  expect(await axeViolations(window)).toEqual([])
  await keyboard.press('Enter')
  await expect(field(window)).toHaveValue('zebra kind:message ')
  await expect(hits(window)).toHaveCount(1)

  // The message is far above what the transcript shows first.
  await keyboard.press('Enter')
  await expect(results(window)).toBeFocused()
  await keyboard.press('Enter')
  await expect(ui.answers(window).filter({ hasText: 'striped like a zebra' })).toBeInViewport()
  await expect
    .poll(() => window.evaluate(() => [...(CSS.highlights.get('found-now') ?? [])].map(String).length))
    .toBeGreaterThan(0)
  await picture(window, 'search-opened')
  await keyboard.press('Alt+ArrowLeft')
  await expect(field(window)).toHaveValue('zebra kind:message ')
  await expect(hits(window)).toHaveCount(1)
  await expect(hits(window).first()).toHaveAttribute('aria-selected', 'true')

  // The diff of a turn, at its file.
  await field(window).fill('zebraCrossing kind:diff ')
  await expect(hits(window)).toHaveText([/src\/zebraCrossing\.ts/])
  await hits(window).first().click()
  await expect(ui.diff(window).getByRole('heading', { name: 'src/zebraCrossing.ts' })).toBeVisible()
  await expect(ui.changes(window).getByRole('tab', { name: 'Turns' })).toHaveAttribute(
    'aria-selected',
    'true',
  )
  await window.getByRole('button', { name: 'Back to results' }).click()

  // What was done, at its entry.
  await field(window).fill('kind:activity author:you "task created" ')
  await expect(hits(window).first()).toContainText('created it')
  await hits(window).first().click()
  await expect(window.getByRole('tab', { name: 'History' })).toHaveAttribute('aria-selected', 'true')
  await expect(
    window.getByRole('list', { name: 'Timeline' }).getByRole('button', { expanded: true }),
  ).toContainText('created it')
  await window.getByRole('button', { name: 'Back to results' }).click()

  await field(window).fill('kind:cake nothinglikeit ')
  await expect(window.getByText('“cake” is no kind.')).toBeVisible()
  await expect(window.getByText('Nothing was found')).toBeVisible()
  await picture(window, 'search-nothing')
})

test('searches are kept under names, and what is archived is found and read', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Begin', steps.text('The quagga is extinct.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin', title: 'Old work' })
  await expect(ui.answers(window).last()).toContainText('extinct', { timeout: 60_000 })
  await expectTaskStatus(app, 'Old work', 'Idle')
  await window.getByRole('button', { name: 'Task actions' }).click()
  await window.getByRole('menuitem', { name: 'Archive' }).click()
  await expect(window.getByText('"Old work" is archived')).toBeVisible()

  await open(window)
  await field(window).fill('quagga is:archived')
  await expect(hits(window)).toHaveCount(1)
  await expect(hits(window).first()).toContainText('Archived')
  await window.getByRole('button', { name: 'Saved searches' }).click()
  await window.getByRole('textbox', { name: 'Name of the search' }).fill('Animals')
  await window.getByRole('button', { name: 'Save', exact: true }).click()
  const saved = window.getByRole('list', { name: 'Saved searches' })
  await expect(saved.getByRole('button', { name: /^Animals/ })).toBeVisible()
  await picture(window, 'search-saved')
  expect(await axeViolations(window)).toEqual([])
  await window.getByRole('button', { name: 'Rename “Animals”' }).click()
  await window.getByRole('textbox', { name: 'Name of “Animals”' }).fill('Extinct ones')
  await window.keyboard.press('Enter')
  await expect(saved.getByRole('button', { name: /^Extinct ones/ })).toBeVisible()
  await window.keyboard.press('Escape')

  // After a restart they are there, and so is the index.
  await app.quit()
  const again = await foundry.start()
  await open(again.window)
  await again.window
    .getByRole('list', { name: 'Saved searches' })
    .getByRole('button', { name: /^Extinct ones/ })
    .click()
  await expect(hits(again.window)).toHaveCount(1)
  await hits(again.window).first().click()
  await expect(ui.answers(again.window).last()).toContainText('extinct')
  await again.window.keyboard.press('Alt+ArrowLeft')
  await again.window.getByRole('button', { name: 'Clear search' }).click()
  await again.window.getByRole('button', { name: 'Delete “Extinct ones”' }).click()
  await expect(again.window.getByRole('button', { name: 'Delete “Extinct ones”' })).toBeHidden()
  await again.window.getByRole('button', { name: 'Undo' }).click()
  await expect(again.window.getByRole('button', { name: 'Delete “Extinct ones”' })).toBeVisible()
})
