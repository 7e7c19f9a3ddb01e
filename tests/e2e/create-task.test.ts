import { steps } from './support/scripts'
import { bringAcme, expect, expectSynced, gitHubUi, openList, test } from './support/github'
import { git } from './support/repositories'
import { picture } from './support/pictures'
import { createTask, expectTaskStatus, ui } from './support/ui'
import type { Page } from '@playwright/test'

const form = (window: Page) => window.getByRole('region', { name: 'New task' })

async function choose(window: Page, control: string, option: string | RegExp): Promise<void> {
  await form(window).getByRole('combobox', { name: control, exact: true }).click()
  await window.getByRole('option', { name: option }).click()
}

async function openForm(window: Page): Promise<void> {
  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await expect(form(window)).toBeVisible()
}

test('an agent works in a repository that has no folder here', async ({ foundry, github, model }) => {
  model.answer('Say hello', steps.run('echo hello > hello.txt'), steps.text('There it is.'))
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openForm(window)
  await choose(window, 'Repository', /^engine/)
  await form(window).getByRole('textbox', { name: 'Prompt' }).fill('Say hello in a file')
  await expect(form(window).getByText('Will be feat-say-hello-in-a-file')).toBeVisible()
  await form(window)
    .getByRole('textbox', { name: /^Branch/ })
    .fill('main')
  await expect(form(window).getByText('There is a branch main already.')).toBeVisible()
  await expect(form(window).getByRole('button', { name: 'Create task' })).toBeDisabled()
  await picture(window, 'new-task-taken', { everyWay: true, axe: true })
  await form(window).getByRole('button', { name: 'Use main-2' }).click()
  await expect(form(window).getByRole('textbox', { name: /^Branch/ })).toHaveValue('main-2')
  await createTask(app, { prompt: 'Say hello in a file', branch: '' })
  await expect(ui.answers(window).last()).toContainText('There it is.', { timeout: 60_000 })
  await expect(ui.changedFile(window, 'hello.txt')).toBeVisible()
  await expectTaskStatus(app, 'feat: Say hello in a file', 'Idle')

  // Somebody makes a branch of that name meanwhile: another name is the way out, and the prompt is kept.
  const origin = await github.git.folder(github.engine)
  model.answer('Say it again', steps.text('Under another name.'))
  await openForm(window)
  github.faults.between('GET */info/refs', 0, async () => void (await git(origin, 'branch', 'again', 'main')))
  await createTask(app, { prompt: 'Say it again', title: 'Again', branch: 'again' })
  const failed = window.getByRole('region', { name: 'Preparing the task' })
  await expect(failed.getByRole('alert')).toContainText('again', { timeout: 60_000 })
  await picture(window, 'provisioning-taken', { everyWay: true, axe: true })
  await failed.getByRole('textbox', { name: 'Branch' }).fill('once-more')
  await failed.getByRole('button', { name: 'Retry' }).click()
  await expect(ui.answers(window).last()).toContainText('Under another name.', { timeout: 60_000 })
  await expect(window.getByRole('button', { name: 'Copy branch once-more' })).toBeVisible()
})

test('a task starts from a branch, an issue, or an address that was pasted', async ({
  foundry,
  github,
  model,
}) => {
  const issue = github.model.addIssue(github.engine, {
    title: 'Crash at start',
    body: 'It crashes.',
    labels: ['bug'],
  })
  github.model.setBranch(github.engine, 'spike')
  model.answer('Go on', steps.text('On the branch.'))
  model.answer('It crashes', steps.text('Understood.'))
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)

  await openForm(window)
  await choose(window, 'Repository', /^engine/)
  await choose(window, 'Starts from', 'Existing branch')
  await form(window).getByRole('combobox', { name: 'Existing branch', exact: true }).click()
  await expect(window.getByRole('option', { name: /^spike/ })).toBeVisible()
  await picture(window, 'new-task-branches')
  await window.getByRole('option', { name: /^spike/ }).click()
  await createTask(app, { prompt: 'Go on', title: 'Spike' })
  await expect(ui.answers(window).last()).toContainText('On the branch.', { timeout: 60_000 })
  await expect(window.getByRole('button', { name: 'Copy branch spike' })).toBeVisible()

  await openForm(window)
  await choose(window, 'Starts from', 'Issue')
  await form(window).getByRole('combobox', { name: 'Issue', exact: true }).click()
  await expect(window.getByRole('option', { name: /Crash at start/ })).toBeVisible()
  await picture(window, 'new-task-issues')
  await window.getByRole('option', { name: /Crash at start/ }).click()
  await expect(form(window).getByText('Will be feat-crash-at-start')).toBeVisible()
  await form(window).getByRole('button', { name: 'Create task' }).click()
  await expect(ui.prompts(window).last()).toContainText(`Issue #${issue.number} of acme/engine`)
  await expect(ui.answers(window).last()).toContainText('Understood.', { timeout: 60_000 })

  await openForm(window)
  const prompt = form(window).getByRole('textbox', { name: 'Prompt' })
  await prompt.focus()
  await app.electron.evaluate(
    ({ clipboard }, text) => clipboard.writeText(text),
    `${github.url}/acme/site/pull/1`,
  )
  await window.keyboard.press('ControlOrMeta+V')
  await expect(form(window).getByRole('combobox', { name: 'Repository', exact: true })).toContainText('site')
  await expect(form(window).getByRole('combobox', { name: 'Pull request', exact: true })).toContainText('#1')
  await expect(prompt).toHaveValue('')
  await picture(window, 'new-task-pull-request')

  await github.goDown()
  await choose(window, 'Starts from', 'Issue')
  await form(window).getByRole('combobox', { name: 'Issue', exact: true }).click()
  await expect(window.getByRole('alert').getByRole('button', { name: 'Try again' })).toBeVisible()
  await picture(window, 'new-task-issues-offline')
})

test('the first prompt begins the work on a pull request', async ({ foundry, github, model }) => {
  model.answer('Finish it', steps.text('Finished.'))
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await gitHubUi.pullRequest(window, 'Start faster').click()
  await window
    .getByRole('region', { name: 'Pull request #1' })
    .getByRole('button', { name: 'Open task' })
    .click()
  await expect(window.getByRole('region', { name: 'Description' })).toContainText('It starts faster.')
  const composer = window.getByRole('region', { name: 'Composer' })
  await composer.getByRole('textbox', { name: 'Prompt' }).fill('Finish it')
  await picture(window, 'virtual-task', { everyWay: true, axe: true })
  await composer.getByRole('button', { name: 'Start work' }).click()
  await expect(ui.answers(window).last()).toContainText('Finished.', { timeout: 60_000 })
  await expect(window.getByRole('button', { name: 'Copy branch start-faster' })).toBeVisible()
  await expectTaskStatus(app, 'Start faster', 'Idle')
})

test('one prompt goes to two repositories, and a task is given to somebody with an author of its own', async ({
  foundry,
  github,
  model,
}) => {
  model.answer('Everywhere', steps.text('Done here.'))
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openForm(window)
  await choose(window, 'Repository', /^engine/)
  await choose(window, 'Also in another repository', /^site/)
  await expect(form(window).getByRole('list', { name: 'Also in' })).toContainText('acme/site')
  await form(window).getByRole('textbox', { name: 'Prompt' }).fill('Everywhere the same')
  await picture(window, 'new-task-several')
  const create = form(window).getByRole('button', { name: 'Create 2 tasks' })
  await expect(create).toBeEnabled()
  await create.click()
  await expect(ui.task(window, /^feat: Everywhere the same, /)).toHaveCount(2)
  await expect(ui.answers(window).last()).toContainText('Done here.', { timeout: 60_000 })

  await window.getByRole('button', { name: 'Task actions' }).click()
  await window.getByRole('menuitem', { name: 'Owner and author' }).click()
  const dialog = window.getByRole('dialog', { name: 'Owner and author' })
  await dialog.getByRole('combobox', { name: 'Owner', exact: true }).click()
  await window.getByRole('option', { name: /^grace/ }).click()
  await expect(dialog.getByRole('combobox', { name: 'Owner', exact: true })).toContainText('grace')
  await dialog.getByRole('textbox', { name: 'Author name' }).fill('Ada at work')
  await dialog.getByRole('textbox', { name: 'Author e-mail' }).fill('ada@example.org')
  await picture(window, 'owner-and-author')
  await dialog.getByRole('button', { name: 'Save author' }).click()
  await expect(dialog.getByText('Commits of this task are by:')).toBeVisible()
  await window.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})
