import { installOpenCode } from './support/agent'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, openRepository, ui } from './support/ui'

test('the filter finds letters in order as they are typed, and marks them', async ({
  foundry,
  world,
  model,
}) => {
  await installOpenCode(world, { baseUrl: model.baseUrl })
  model.answer('', steps.text('Done.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, await createRepository(world.path('sample')))
  await createTask(app, { prompt: 'Go', title: 'Fix the Login loop' })
  await window.keyboard.press('ControlOrMeta+N')
  await createTask(app, { prompt: 'Go on', title: 'Speed up the parser' })

  const filter = ui.navigation(window).getByRole('searchbox', { name: 'Filter tasks' })
  await filter.fill('fxlgn')
  await expect(ui.task(window, /^Fix the Login loop/)).toBeVisible()
  await expect(ui.task(window, /^Speed up/)).toHaveCount(0)
  const marked = () =>
    window.evaluate(() =>
      [...(CSS.highlights.get('filtered') ?? [])]
        .map((range) => range.startContainer.textContent?.slice(range.startOffset, range.endOffset))
        .join(''),
    )
  await expect.poll(marked).toBe('FxLgn')
  await picture(window, 'filter-marks', { everyWay: true })
  await filter.fill('parser')
  await expect(ui.task(window, /^Speed up/)).toBeVisible()
  await expect.poll(marked).toBe('parser')
  await filter.fill('prsx')
  await expect(window.getByText('No task matches')).toBeVisible()
  await filter.fill('')
  await expect(ui.task(window, /^Fix the Login loop/)).toBeVisible()
  await expect.poll(marked).toBe('')
})
