import { setTimeout as passes } from 'node:timers/promises'
import { seededRandom } from '../support/seeded-random'
import { databaseProblems, readDatabase } from './support/database'
import { isRunning } from './support/processes'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const rounds = 5
const title = 'Survive'

/** Kills come in the first second and a half of a turn. */
const KILL_WITHIN_MS = 1500

test('a kill at any moment of a turn loses nothing that was acknowledged', async ({
  foundry,
  model,
  world,
}) => {
  test.setTimeout(400_000)
  const folder = await createRepository(world.path('sample'))
  const random = seededRandom(20_260_731)
  const sent: string[] = []
  let app = await foundry.start()
  await openRepository(app, folder)

  for (let round = 1; round <= rounds; round++) {
    const prompt = `Round ${round}: write and talk`
    model.answer(
      prompt,
      steps.write(`round-${round}.txt`, `${round}\n`),
      steps.run('sleep 0.2; echo slept'),
      steps.stream(`r${round}w`),
    )
    if (round === 1) await createTask(app, { prompt, title })
    else await sendPrompt(app, prompt)
    // On screen means acknowledged: the window shows a prompt when the command has returned.
    await model.request((request) => request.prompt.includes(prompt))
    sent.push(prompt)
    await passes(random() * KILL_WITHIN_MS)
    const before = await app.processes()
    await app.kill()

    expect(databaseProblems(world), `round ${round}`).toEqual([])
    readDatabase(world, (query) => {
      const prompts = query('SELECT prompt FROM turns ORDER BY rowid').map((row) => row['prompt'])
      expect(prompts).toEqual(sent)
      // Rows follow each other without a hole or an overlap: nothing is torn.
      const rows = query(
        'SELECT first_index, last_index FROM session_events ORDER BY session_id, first_index',
      )
      for (const [index, row] of rows.entries()) {
        const earlier = rows[index - 1]
        if (earlier !== undefined)
          expect(Number(row['first_index'])).toBeGreaterThan(Number(earlier['last_index']))
      }
    })

    app = await foundry.start()
    await expect(app.window.getByText('The last run did not end properly')).toBeVisible()
    await app.window.getByRole('button', { name: 'Dismiss' }).click()
    await ui.task(app.window, new RegExp(`^${title}`)).click()
    await expectTaskStatus(app, title, 'Idle')
    // The servers and agents of the run before are gone.
    await expect
      .poll(async () => {
        const left = await Promise.all(before.map(isRunning))
        return before.filter((_one, index) => left[index]).map((one) => one.command)
      })
      .toEqual([])
    await expect(ui.prompts(app.window).last()).toContainText(prompt)
    await expect(ui.turnEnds(app.window).last()).toContainText('Interrupted')
    await expect(ui.stop(app.window)).toHaveCount(0)
  }

  // And it goes on, knowing what was said.
  const last = 'What do you remember?'
  model.answer(last, steps.text('Everything.'))
  await sendPrompt(app, last)
  await expect(ui.answers(app.window).last()).toContainText('Everything.', { timeout: 60_000 })
  const request = await model.request((one) => one.prompt.includes(last))
  for (const prompt of sent) expect(request.conversation).toContain(prompt)
})
