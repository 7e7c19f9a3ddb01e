import { axeViolations } from './support/axe'
import type { App } from './support/app'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

/** What the transcript on screen ends with grows. */
async function expectGrowth(app: App): Promise<void> {
  // A long answer goes on in another part.
  const end = ui
    .transcript(app.window)
    .getByRole('article', { name: /^Agent(, continued)?$/ })
    .last()
  const before = await end.innerText()
  await expect.poll(() => end.innerText()).not.toBe(before)
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
  await expectTaskStatus(app, 'Two', 'Idle')
  expect(first.aborted).toBe(false)
  await ui.task(window, /^One/).click()
  await ui.stop(window).click()
  await first.closed
  await expectTaskStatus(app, 'One', 'Idle')

  // What is new is as a person says.
  await ui.task(window, /^Two/).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Mark as unread' }).click()
  await expect(ui.task(window, /^Two, .*unread/)).toBeVisible()
  await ui.task(window, /^Two/).click({ button: 'right' })
  await picture(window, 'task-menu')
  expect(await axeViolations(window)).toEqual([])
  await window.getByRole('menuitem', { name: 'Mark as read' }).click()
  await expect(ui.task(window, /^Two, .*unread/)).toHaveCount(0)
  await ui.task(window, /^Two/).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Copy link to task' }).click()
  const copied = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
  expect(copied).toMatch(/^foundry:\/\/task\/task_[0-9a-f-]+$/)
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

test('sessions are named, moved, closed with a way back and reopened, by keyboard', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Keep going', steps.stream('word'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Keep going', title: 'Strip' })
  await expect(ui.answers(window).last()).toContainText('word 3', { timeout: 60_000 })
  for (const name of ['Second', 'Third']) {
    await window.getByRole('button', { name: 'New session' }).click()
    await window
      .getByRole('dialog', { name: 'New session' })
      .getByRole('button', { name: 'Start session' })
      .click()
    const made = ui.session(window, /^New session, /)
    await made.focus()
    await keyboard.press('F2')
    await window.getByRole('textbox', { name: 'Session name' }).fill(name)
    await keyboard.press('Enter')
    await expect(ui.session(window, new RegExp(`^${name}, `))).toBeVisible()
  }
  const tabs = window.getByRole('tablist', { name: 'Sessions' }).getByRole('tab')
  const names = async () => (await tabs.allTextContents()).map((text) => text.replace(/^Running/, ''))
  await expect.poll(names).toEqual(['Keep going', 'Second', 'Third'])
  await tabs.nth(2).focus()
  await keyboard.press('Alt+ArrowLeft')
  await expect.poll(names).toEqual(['Keep going', 'Third', 'Second'])
  await tabs.nth(2).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Move left' }).click()
  await expect.poll(names).toEqual(['Keep going', 'Second', 'Third'])
  await tabs.nth(2).dragTo(tabs.nth(0))
  await expect.poll(names).toEqual(['Third', 'Keep going', 'Second'])
  await picture(window, 'strip', { everyWay: true })

  await keyboard.press('Control+1')
  await expect(tabs.nth(0)).toHaveAttribute('aria-selected', 'true')
  await keyboard.press('Control+PageDown')
  await expect(tabs.nth(1)).toHaveAttribute('aria-selected', 'true')

  // What works is closed only once a person has said so; the others at once, with a way back.
  await tabs.nth(1).focus()
  await keyboard.press('Delete')
  const question = window.getByRole('dialog', { name: 'Stop the agent and close the session?' })
  await picture(window, 'strip-close')
  expect(await axeViolations(window)).toEqual([])
  await question.getByRole('button', { name: 'Keep it open' }).click()
  await expect(ui.session(window, /^Keep going, Running/)).toBeVisible()
  await window.getByRole('button', { name: 'Close Third' }).click()
  await expect.poll(names).toEqual(['Keep going', 'Second'])
  await window.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(names).toEqual(['Third', 'Keep going', 'Second'])
  await window.getByRole('button', { name: 'Close Third' }).click()
  await expect.poll(names).toEqual(['Keep going', 'Second'])
  await keyboard.press('Control+Shift+T')
  await expect.poll(names).toEqual(['Third', 'Keep going', 'Second'])
  await tabs.nth(1).focus()
  await keyboard.press('Delete')
  await question.getByRole('button', { name: 'Stop and close' }).click()
  await expect.poll(names).toEqual(['Third', 'Second'])
  await expectTaskStatus(app, 'Strip', 'Idle')

  await app.quit()
  const again = await foundry.start()
  await ui.task(again.window, /^Strip/).click()
  const restored = again.window.getByRole('tablist', { name: 'Sessions' }).getByRole('tab')
  await expect(restored).toHaveText(['Third', 'Second'])
  await again.window.getByRole('button', { name: 'All sessions (3)' }).click()
  await again.window.getByRole('menuitem', { name: /^Keep going/ }).click()
  await expect(ui.answers(again.window).first()).toContainText('word 3')
})

test('a session is handed over with its record, as a person left that', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Count the lines', steps.text('There are seven.'))
  model.answer('Carry on', steps.text('Carried on.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Count the lines', title: 'Relay' })
  await expect(ui.answers(window).last()).toContainText('There are seven.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Relay', 'Idle')

  await ui.session(window, /^Count the lines/).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Hand over to another agent' }).click()
  const dialog = window.getByRole('dialog', { name: 'Hand “Count the lines” over' })
  const told = dialog.getByRole('textbox', { name: /^What it is told/ })
  await expect(told).toHaveValue(/Count the lines[\s\S]*There are seven\./)
  await told.fill(`${await told.inputValue()}\nMind the gap.`)
  await expect(dialog).toContainText(/\d+ characters, about \d+ tokens/)
  await dialog.getByRole('textbox', { name: 'What it should do' }).fill('Carry on')
  await picture(window, 'hand-over', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await dialog.getByRole('button', { name: 'Hand over' }).click()
  await expect(dialog).toBeHidden()
  await expect(ui.answers(window).last()).toContainText('Carried on.', { timeout: 60_000 })
  const asked = await model.request(({ prompt }) => prompt.includes('Carry on'))
  expect(asked.conversation).toContain('There are seven.')
  expect(asked.conversation).toContain('Mind the gap.')
  // The one before is as it was.
  await ui.session(window, /^Count the lines/).click()
  await expect(ui.answers(window)).toHaveCount(1)
})
