import { readDatabase } from './support/database'
import { createRepository } from './support/repositories'
import { gate, steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

test('a turn is on disk when the machine falls asleep, and goes on when it wakes', async ({
  foundry,
  model,
  world,
}) => {
  const awake = gate()
  model.answer(
    'Work through the night',
    steps.together(
      steps.text('Before the sleep. '),
      steps.text('', () => awake.opened),
      steps.text('After the sleep.'),
    ),
  )
  const app = await foundry.start()
  await openRepository(app, await createRepository(world.path('sample')))
  await createTask(app, { prompt: 'Work through the night', title: 'Night' })
  const answer = ui.answers(app.window).last()
  await expect(answer).toContainText('Before the sleep.', { timeout: 60_000 })

  await app.electron.evaluate(({ powerMonitor }) => {
    return new Promise<void>((resolve) =>
      setImmediate(() => {
        powerMonitor.emit('suspend')
        resolve()
      }),
    )
  })
  const stored = readDatabase(world, (query) => query('SELECT payload FROM session_events'))
  expect(JSON.stringify(stored)).toContain('Before the sleep.')

  await app.electron.evaluate(({ powerMonitor }) => {
    setImmediate(() => powerMonitor.emit('resume'))
  })
  awake.open()
  await expect(answer).toContainText('After the sleep.')
  await expectTaskStatus(app, 'Night', 'Idle')
})
