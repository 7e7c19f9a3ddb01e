import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { installOpenCode } from './support/agent'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'
import { installLauncher } from './support/world'

const words = 'the licence server could not be reached (code 4711)'

test('an agent that cannot start says so in its session, and starts once it is repaired', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Healthy work', steps.stream('fine'))
  model.answer('Broken work', steps.text('Now it works.'))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Healthy work', title: 'Healthy' })
  await expect(ui.answers(window).last()).toContainText('fine 3', { timeout: 60_000 })

  await installLauncher(world, 'opencode', `#!/bin/sh\necho '${words}' >&2\nexit 1\n`)
  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await createTask(app, { prompt: 'Broken work', title: 'Broken' })
  await expectTaskStatus(app, 'Broken', 'Error')
  const notice = window.getByRole('alert').filter({ hasText: words }).first()
  await expect(notice).toBeVisible({ timeout: 60_000 })

  // The prompt is not lost, and nothing else ended.
  const healthy = await model.request((request) => request.prompt.includes('Healthy work'))
  expect(healthy.aborted).toBe(false)
  await expectTaskStatus(app, 'Healthy', 'Running')

  await installOpenCode(world, { baseUrl: model.baseUrl })
  await window.getByRole('button', { name: 'Start the agent again' }).click()
  await expectTaskStatus(app, 'Broken', 'Idle')
  await expect(ui.answers(window).last()).toContainText('Now it works.', { timeout: 60_000 })
  const asked = model.requests.filter((request) => request.prompt.includes('Broken work'))
  expect(asked, 'the prompt was sent once').toHaveLength(1)
  expect(healthy.aborted).toBe(false)
})

test('an agent that dies in the middle of a turn ends that turn and nothing else', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Healthy work', steps.stream('fine'))
  model.answer('Doomed work', steps.stream('doomed'))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Healthy work', title: 'Healthy' })
  await expect(ui.answers(window).last()).toContainText('fine 3', { timeout: 60_000 })
  const bystanders = new Set((await app.processes()).map(({ pid }) => pid))
  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await createTask(app, { prompt: 'Doomed work', title: 'Doomed' })
  await expect(ui.answers(window).last()).toContainText('doomed 3', { timeout: 60_000 })

  const doomed = (await app.processes()).filter(
    ({ pid, command }) => !bystanders.has(pid) && /opencode acp/.test(command),
  )
  expect(doomed.length).toBeGreaterThan(0)
  for (const { pid } of doomed) process.kill(pid, 'SIGKILL')
  await expect(ui.turnEnds(window).last()).toContainText(/Interrupted|Failed/, { timeout: 30_000 })
  await expect(ui.stop(window)).toHaveCount(0)
  await expect(ui.answers(window).last()).toContainText('doomed 3')
  await expectTaskStatus(app, 'Healthy', 'Running')

  const again = window.getByRole('button', { name: 'Start the agent again' })
  if (await again.isVisible()) await again.click()
  model.answer('Try again', steps.text('Alive.'))
  await sendPrompt(app, 'Try again')
  await expect(ui.answers(window).last()).toContainText('Alive.', { timeout: 60_000 })
  const request = await model.request((one) => one.prompt.includes('Try again'))
  expect(request.conversation, 'what was said before the death is known').toContain('Doomed work')
  const healthy = await model.request((one) => one.prompt.includes('Healthy work'))
  expect(healthy.aborted).toBe(false)
})

test('without an agent the new-task view says what is missing, and works once there is one', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  await rm(join(world.data, 'sandbox-agent'), { recursive: true })
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  const form = window.getByRole('region', { name: 'New task' })
  await form.getByRole('textbox', { name: 'Prompt' }).fill('Anything')
  await expect(form.getByRole('button', { name: 'Create task' })).toBeDisabled()
  await form.getByRole('combobox', { name: /^Model: / }).click()
  await expect(window.getByRole('button', { name: 'Install OpenCode' })).toBeVisible({ timeout: 30_000 })

  await installOpenCode(world, { baseUrl: model.baseUrl })
  model.answer('Anything', steps.text('Here I am.'))
  await window.getByRole('button', { name: 'Refresh agents' }).click()
  await expect(window.getByRole('option').first()).toBeVisible({ timeout: 30_000 })
  await window.keyboard.press('Escape')
  await createTask(app, { prompt: 'Anything', title: 'Works' })
  await expect(ui.answers(window).last()).toContainText('Here I am.', { timeout: 60_000 })
})

test('an install that fails offline shows the words of the vendor', async ({ foundry, world }) => {
  test.skip(process.env['FOUNDRY_E2E_ONLINE'] !== undefined, 'would really install it')
  const folder = await createRepository(world.path('sample'))
  // No name is found from here, whatever the machine can reach.
  const app = await foundry.start({
    env: { HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' },
  })
  const { window } = app
  await openRepository(app, folder)
  await window.getByRole('button', { name: 'Settings' }).first().click()
  const settings = window.getByRole('dialog', { name: 'Settings' })
  const codex = settings.getByRole('region', { name: 'Codex' })
  await codex.getByRole('button', { name: 'Install Codex' }).click()
  await expect(codex.getByRole('alert')).toContainText(/install/i, { timeout: 60_000 })
  await expect(codex.getByRole('alert').locator('pre')).not.toBeEmpty()
})
