import type { App } from './support/app'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

/** What the transcript on screen ends with grows. */
async function expectGrowth(app: App): Promise<void> {
  const answer = ui.answers(app.window).last()
  const length = (await answer.innerText()).length
  await expect.poll(async () => (await answer.innerText()).length).toBeGreaterThan(length)
}

test('two tasks work at once, and stopping one leaves the other alone', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('First job', steps.stream('first'))
  model.answer('Second job', steps.stream('second'))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'First job', title: 'One' })
  await expect(ui.answers(window).last()).toContainText('first 3', { timeout: 60_000 })
  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await createTask(app, { prompt: 'Second job', title: 'Two' })
  await expect(ui.answers(window).last()).toContainText('second 3', { timeout: 60_000 })
  await expectTaskStatus(app, 'One', 'Running')
  await expectTaskStatus(app, 'Two', 'Running')
  await expect(ui.statusRow(window)).toContainText('2 running')

  const first = await model.request((request) => request.prompt.includes('First job'))
  const second = await model.request((request) => request.prompt.includes('Second job'))
  expect(first.cwd).not.toBe(second.cwd)

  await ui.stop(window).click()
  await second.closed
  await expect(ui.turnEnds(window).last()).toContainText('Stopped by you')
  await expectTaskStatus(app, 'Two', 'Idle')
  expect(first.aborted).toBe(false)

  await ui.task(window, /^One/).click()
  await expectGrowth(app)
  await expectTaskStatus(app, 'One', 'Running')

  // The one that was stopped goes on with its context.
  await ui.task(window, /^Two/).click()
  model.answer('Go on', steps.text('Going on.'))
  await sendPrompt(app, 'Go on')
  await expect(ui.answers(window).last()).toContainText('Going on.')
  const next = await model.request((request) => request.prompt.includes('Go on'))
  expect(next.conversation).toContain('Second job')
  expect(first.aborted).toBe(false)
  await ui.task(window, /^One/).click()
  await ui.stop(window).click()
  await first.closed
  await expectTaskStatus(app, 'One', 'Idle')
})

test('two sessions of one task work at once in one checkout', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Left half', steps.write('left.txt', 'left\n'), steps.stream('left'))
  model.answer('Right half', steps.write('right.txt', 'right\n'), steps.stream('right'))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Left half', title: 'Both' })
  await expect(ui.answers(window).last()).toContainText('left 3', { timeout: 60_000 })

  await window.getByRole('button', { name: 'New session' }).click()
  await window
    .getByRole('dialog', { name: 'New session' })
    .getByRole('button', { name: 'Start session' })
    .click()
  await expect(ui.prompts(window)).toHaveCount(0)
  await sendPrompt(app, 'Right half')
  await expect(ui.answers(window).last()).toContainText('right 3', { timeout: 60_000 })
  // The step after the file was written, which streams.
  const left = await model.request(({ prompt, step }) => prompt.includes('Left half') && step === 1)
  const right = await model.request(({ prompt, step }) => prompt.includes('Right half') && step === 1)
  expect(left.cwd).toBe(right.cwd)
  expect(right.conversation).not.toContain('Left half')

  await ui.stop(window).click()
  await right.closed
  await expect(ui.turnEnds(window).last()).toContainText('Stopped by you')
  expect(left.aborted).toBe(false)
  await expect(ui.session(window, /Running/)).toHaveCount(1)
  await ui.session(window, /Running/).click()
  await expectGrowth(app)
  await expect(ui.changedFile(window, 'right.txt')).toBeVisible()

  // What waits is changed, put elsewhere, and one of it is sent at once: the turn is stopped for it.
  model.answer('Say at last', steps.text('Said at last.'))
  model.answer('Say at once', steps.text('Said at once.'))
  await sendPrompt(app, 'Say later')
  await sendPrompt(app, 'Say at once')
  const queue = window.getByRole('list', { name: 'Queued prompts' })
  await queue.getByRole('button', { name: 'Edit queued prompt' }).first().click()
  await queue.getByRole('textbox', { name: 'Queued prompt' }).fill('Say at last')
  await picture(window, 'queue-edit', { everyWay: true })
  await queue.getByRole('button', { name: 'Save prompt' }).click()
  await expect(queue.getByRole('listitem').first()).toContainText('Say at last')
  await queue.getByRole('button', { name: 'Move queued prompt up' }).last().click()
  await expect(queue.getByRole('listitem').first()).toContainText('Say at once')
  await picture(window, 'queue', { everyWay: true })
  await queue.getByRole('button', { name: 'Stop the turn and send this prompt now' }).first().click()
  await left.closed
  await expect(ui.answers(window).filter({ hasText: 'Said at once.' })).toBeVisible({ timeout: 60_000 })
  await expect(ui.answers(window).last()).toContainText('Said at last.')
  await expect(queue).toBeHidden()
  await expectTaskStatus(app, 'Both', 'Idle')
  await expect(ui.changedFile(window, 'left.txt')).toBeVisible()
})
