import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, openRepository, ui } from './support/ui'

test('the scripts of a repository are looked at, set checkouts up, run on demand and clean up', async ({
  foundry,
  model,
  world,
}) => {
  const go = world.path('go')
  const gone = world.path('gone')
  const scripts = {
    setup: `echo preparing; test -e .env || exit 3; until [ -e '${go}' ]; do sleep 0.1; done; echo prepared`,
    run: { dev: 'echo serving; sleep 1000', lint: 'echo all is well' },
    teardown: `echo bye > '${gone}'`,
    copy: ['.env'],
  }
  const folder = await createRepository(world.path('sample'), {
    'a.txt': 'a\n',
    '.gitignore': '.env\n',
    '.foundry/scripts.json': JSON.stringify(scripts),
  })
  model.answer('First', steps.text('Begun without them.'))
  model.answer('Second', steps.text('Begun after setup.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)

  // Nobody allowed them: the agent works, and nothing of them runs.
  await createTask(app, { prompt: 'First', title: 'One' })
  await expect(ui.answers(window).last()).toContainText('Begun without them.', { timeout: 60_000 })
  await expect(window.getByText('Nothing of them was run.')).toBeVisible()
  await picture(window, 'scripts-not-allowed', { everyWay: true })
  await window.getByRole('button', { name: 'Review scripts' }).first().click()
  const dialog = window.getByRole('dialog', { name: 'Scripts of the repository' })
  await expect(dialog).toContainText('echo preparing; test -e .env')
  await expect(dialog).toContainText('echo serving; sleep 1000')
  await expect(dialog).toContainText(folder)
  await picture(window, 'scripts-review', { everyWay: true })
  await dialog.getByRole('button', { name: 'Allow and set up' }).click()

  // It fails, says how, and is run again.
  const problem = window.getByRole('alert').filter({ hasText: 'Setup ended with code 3.' }).first()
  await expect(problem).toContainText('preparing')
  await picture(window, 'scripts-failed', { everyWay: true })
  await writeFile(join(folder, '.env'), 'A=1\n')
  await problem.getByRole('button', { name: 'Run again' }).click()
  await expect(window.getByText('An agent that starts meanwhile waits for it.')).toBeVisible()
  await expect(window.getByLabel('Log of the job').first()).toContainText('.env is there.')
  await picture(window, 'scripts-setting-up', { everyWay: true })
  await writeFile(go, '')
  await expect(window.getByText('An agent that starts meanwhile waits for it.')).toBeHidden()
  await expect(problem).toBeHidden()

  // What is run on demand.
  await window.getByRole('tab', { name: 'Scripts' }).click()
  const panel = window.getByRole('region', { name: 'Scripts', exact: true })
  await panel.getByRole('button', { name: 'Run dev' }).click()
  await expect(panel.getByLabel('Log of the job').first()).toContainText('serving')
  await picture(window, 'scripts-running', { everyWay: true })
  await panel.getByRole('button', { name: 'Stop dev' }).click()
  await expect(panel.getByText(/^Stopped after/)).toBeVisible()
  await panel.getByRole('button', { name: 'Run lint' }).click()
  await expect(panel.getByText(/^Done after/)).toHaveCount(2)

  // The next task is set up before its agent begins.
  await rm(go)
  await window.keyboard.press('ControlOrMeta+N')
  await createTask(app, { prompt: 'Second', title: 'Two' })
  await expect(window.getByText('An agent that starts meanwhile waits for it.')).toBeVisible({
    timeout: 60_000,
  })
  await expect(ui.answers(window)).toHaveCount(0)
  await writeFile(go, '')
  await expect(ui.answers(window).last()).toContainText('Begun after setup.', { timeout: 60_000 })

  // Its checkout goes after teardown.
  await ui.task(window, /^One/).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Delete…' }).click()
  await window
    .getByRole('dialog', { name: 'Delete "One"' })
    .getByRole('button', { name: /^Delete/ })
    .click()
  await expect.poll(() => existsSync(gone)).toBe(true)
  expect(await readFile(gone, 'utf8')).toBe('bye\n')
  await expect(ui.task(window, /^One/)).toHaveCount(0)
})
