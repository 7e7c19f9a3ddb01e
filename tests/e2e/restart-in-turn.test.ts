import { askedQuestions, answerDialogs } from './support/dialogs'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, expectNoProcess, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const prompt = 'Count until you are told to stop'
const title = 'Counting'

test('quitting in the middle of a turn asks first, and the turn shows what became of it', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer(prompt, steps.write('started.txt', 'one\n'), steps.stream('number'))

  const app = await foundry.start()
  await openRepository(app, folder)
  await createTask(app, { prompt, title })
  await expect(ui.answers(app.window).last()).toContainText('number 3', { timeout: 60_000 })

  await answerDialogs(app.electron, { button: 'Keep working' })
  const asked = askedQuestions(app.electron)
  expect(await asked).toEqual([])
  await app.electron.evaluate(({ app: main }) => void setImmediate(() => main.quit()))
  await expect.poll(() => askedQuestions(app.electron)).toHaveLength(1)
  const [question] = await askedQuestions(app.electron)
  expect(question?.message).toContain('1 turn is still running')
  expect(question?.detail).toContain(title)
  expect(question?.buttons).toEqual(['Stop and quit', 'Keep working'])
  // It went on meanwhile.
  await expect(ui.stop(app.window)).toBeVisible()
  await expectTaskStatus(app, title, 'Running')

  await answerDialogs(app.electron, { button: 'Stop and quit' })
  expect(await app.quit()).toBe(0)
  await expectNoProcess(world)

  const again = await foundry.start()
  await ui.task(again.window, new RegExp(`^${title}`)).click()
  await expectTaskStatus(again, title, 'Idle')
  await expect(ui.turnEnds(again.window)).toHaveCount(1)
  await expect(ui.turnEnds(again.window)).toContainText(/Stopped by you|Interrupted/)
  await expect(ui.prompts(again.window)).toHaveText([new RegExp(prompt)])
  await expect(ui.answers(again.window).last()).toContainText('number 3')
  await expect(ui.changedFile(again.window, 'started.txt')).toBeVisible()
  // It was quit properly: nothing to warn of.
  await expect(again.window.getByText('The last run did not end properly')).toHaveCount(0)

  const next = 'Where were you?'
  model.answer(next, steps.text('At a number.'))
  await sendPrompt(again, next)
  await expect(ui.answers(again.window).last()).toContainText('At a number.', { timeout: 60_000 })
  const request = await model.request((one) => one.prompt.includes(next))
  expect(request.conversation).toContain(prompt)
  await expect(ui.turnEnds(again.window)).toHaveCount(2)
})
