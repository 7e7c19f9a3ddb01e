import { gate, steps } from './support/scripts'
import { createRepository, fingerprint, git } from './support/repositories'
import { expect, expectNoProcess, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const prompt = 'Add a farewell beside the greeting'
const title = 'Add a farewell'

test('a task is done in a real repository, comes home, and is all there after a restart', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('projects', 'sample'))
  const before = await fingerprint(folder)
  const seen = gate()
  model.answer(
    prompt,
    steps.together(
      steps.text('I will look at the greeting first.', () => seen.opened),
      steps.write('src/farewell.ts', "export const farewell = 'Goodbye'\n"),
    ),
    steps.read('src/greeting.ts'),
    steps.edit('src/greeting.ts', "'Hello'", "'Hello there'"),
    steps.text('The farewell stands beside the greeting now.'),
  )

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt, title })

  // The first words are on screen while the model still holds its answer.
  await expect(ui.answers(window).first()).toContainText('I will look at the greeting first.', {
    timeout: 60_000,
  })
  await expectTaskStatus(app, title, 'Running')
  await expect(ui.stop(window)).toBeVisible()
  seen.open()

  await expect(ui.answers(window).last()).toContainText('The farewell stands beside the greeting now.')
  await ui.foldedSteps(window).click()
  await expect(ui.tool(window, 'src/farewell.ts')).toBeVisible()
  await expectTaskStatus(app, title, 'Idle')

  await expect(ui.changedFile(window, 'src/farewell.ts')).toBeVisible()
  await ui.changedFile(window, 'src/greeting.ts').click()
  await expect(ui.diff(window)).toContainText("return 'Hello there'")

  await ui.changes(window).getByRole('textbox', { name: 'Commit message' }).fill('Add a farewell')
  await ui.changes(window).getByRole('button', { name: 'Commit 2 files' }).click()
  await expect(ui.changes(window)).toContainText('Nothing is uncommitted')
  await expect(ui.changes(window)).toContainText('1 commit ahead')

  const checkout = await app.checkout()
  const branch = await git(checkout, 'symbolic-ref', '--short', 'HEAD')
  expect(branch).not.toBe('main')
  expect(await git(checkout, 'log', '--format=%s', 'origin/main..HEAD')).toBe('Add a farewell')
  expect((await git(checkout, 'show', '--format=', '--name-only', 'HEAD')).split('\n').sort()).toEqual([
    'src/farewell.ts',
    'src/greeting.ts',
  ])
  expect(await git(checkout, 'status', '--porcelain')).toBe('')
  expect(await fingerprint(folder), 'the folder of the person is as it was').toEqual(before)

  await window.getByRole('button', { name: 'Bring branch into my folder' }).click()
  await expect(window.getByText(`Branch "${branch}" is in your folder`).first()).toBeVisible()
  await expect
    .poll(() => git(folder, 'rev-parse', `refs/heads/${branch}`))
    .toBe(await git(checkout, 'rev-parse', 'HEAD'))
  expect(await git(folder, 'symbolic-ref', '--short', 'HEAD')).toBe('main')
  expect(await git(folder, 'status', '--porcelain')).toBe('')
  expect(await git(folder, 'fsck', '--strict')).toBe('')

  await app.quit()
  await expectNoProcess(world)

  const again = await foundry.start()
  await ui.task(again.window, new RegExp(`^${title}`)).click()
  await expect(ui.prompts(again.window).first()).toContainText(prompt)
  await expect(ui.answers(again.window).last()).toContainText('The farewell stands beside the greeting now.')
  await ui.foldedSteps(again.window).click()
  await expect(ui.tool(again.window, 'src/farewell.ts')).toBeVisible()
  await expectTaskStatus(again, title, 'Idle')
  await ui
    .changes(again.window)
    .getByRole('tab', { name: /^Against / })
    .click()
  await expect(ui.changedFile(again.window, 'src/farewell.ts')).toBeVisible()

  const next = 'Say it louder'
  model.answer(next, steps.text('GOODBYE.'))
  await sendPrompt(again, next)
  await expect(ui.answers(again.window).last()).toContainText('GOODBYE.', { timeout: 60_000 })
  const request = await model.request((one) => one.prompt.includes(next))
  expect(request.conversation).toContain(prompt)
  expect(request.conversation).toContain('The farewell stands beside the greeting now.')
  // The agent itself remembered; nobody told it again.
  await expect(ui.boundary(again.window)).toHaveCount(0)
  await expect(ui.prompts(again.window)).toHaveCount(2)
  expect(checkout).toBe(await again.checkout())
})
