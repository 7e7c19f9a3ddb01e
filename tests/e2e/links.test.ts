import type { Locator, Page } from '@playwright/test'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type App, startSecond } from './support/app'
import { bringAcme, expect, expectSynced, gitHubUi, giveToken, switchTo, test } from './support/github'
import { createRepository } from './support/repositories'
import type { World } from './support/world'
import { steps } from './support/scripts'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

const NO_TASK = 'task_00000000-0000-0000-0000-000000000000'

const view = (window: Page, name: 'Pull request' | 'Task'): Locator =>
  window.getByRole('region', { name, exact: true })
const newTask = (window: Page): Locator => window.getByRole('region', { name: 'New task' })
const fromLink = (window: Page): Locator => window.getByRole('region', { name: 'From a link' })

/** As the system's clipboard would bring it to whatever has the focus. */
async function paste(app: App, text: string): Promise<void> {
  await app.electron.evaluate(({ clipboard }, value) => clipboard.writeText(value), text)
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.paste())
}

async function drop(window: Page, list: string): Promise<void> {
  const dataTransfer = await window.evaluateHandle((text) => {
    const data = new DataTransfer()
    data.setData('text/uri-list', text)
    return data
  }, list)
  const target = window.getByRole('main')
  await target.dispatchEvent('dragover', { dataTransfer })
  await expect(window.getByText('Drop the link to follow it')).toBeVisible()
  await target.dispatchEvent('drop', { dataTransfer })
  await expect(window.getByText('Drop the link to follow it')).toBeHidden()
}

/** Beside the app, which goes on writing. */
function query(world: World, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(join(world.foundry, 'foundry.db'), { readOnly: true })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

test('a link to a pull request goes from a first start to its task, one step at a time', async ({
  foundry,
  github,
  world,
}) => {
  const address = `http://${github.host}/acme/engine/pull/1/files#diff`
  const app = await foundry.start({ args: [`foundry://pull?url=${encodeURIComponent(address)}`] })
  const { window } = app
  const link = view(window, 'Pull request')
  await expect(link).toContainText('Nobody is signed in')
  await expect(link).toContainText('acme/engine #1')
  await window.screenshot({ path: test.info().outputPath('1-nobody.png') })
  await link.getByRole('button', { name: `Sign in to ${github.host}` }).click()
  await expect(gitHubUi.tokenForm(window).getByRole('textbox', { name: 'Host' })).toHaveValue(github.host)
  const waiting = window.getByRole('region', { name: 'Link that waits' })
  await expect(waiting).toBeVisible()
  await window.screenshot({ path: test.info().outputPath('2-waits.png') })
  await giveToken(window, github.host, github.token.value)
  await expect(gitHubUi.signedIn(window)).toBeVisible()
  await waiting.getByRole('button', { name: 'Open it' }).click()

  await expect(link).toContainText('Nothing of acme is on this computer yet')
  await window.screenshot({ path: test.info().outputPath('3-bring.png') })
  await link.getByRole('button', { name: 'Bring acme to this computer' }).click()
  await expect(window.getByRole('region', { name: 'Task: Start faster' })).toBeVisible()
  await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: Acme')
  await expectSynced(window)

  // What is not among what was read is asked for, and comes up as soon as it is.
  await startSecond(world, `https://${github.host}/acme/parser/pull/1`)
  await expect(link).toContainText('parser is not among the repositories of acme that were read')
  await window.screenshot({ path: test.info().outputPath('4-no-repository.png') })
  await link.getByRole('button', { name: 'Read it from GitHub' }).click()
  await expect(link).toContainText('it is not among what it showed')
  await window.screenshot({ path: test.info().outputPath('5-in-vain.png') })
  const parser = github.model.addRepository(github.acme, 'parser')
  github.model.openPullRequest(parser, { title: 'Parse more', author: github.ada })
  await link.getByRole('button', { name: 'Read again' }).click()
  await expect(window.getByRole('region', { name: 'Task: Parse more' })).toBeVisible()

  await startSecond(world, `http://${github.host}/umbrella/x/pull/1`)
  await link.getByRole('button', { name: 'Bring umbrella to this computer' }).click()
  await expect(link).toContainText('ada belongs to no organization called umbrella')
  await window.screenshot({ path: test.info().outputPath('6-no-member.png') })
})

test('a link is followed when it is pasted, dropped, typed, or looked for', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  const address = (number: number): string => `http://${github.host}/acme/engine/pull/${number}`
  const task = (title: string): Locator => window.getByRole('region', { name: `Task: ${title}` })

  await switchTo(window, 'This computer')
  await window.getByRole('main').click({ position: { x: 5, y: 5 } })
  await paste(app, ` <${address(1)}>\n`)
  await expect(task('Start faster')).toBeVisible()
  await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: Acme')

  await drop(window, `# a comment\r\n${address(2)}?w=1\r\n`)
  await expect(task('Stop cleanly')).toBeVisible()
  await drop(window, 'https://example.org/')
  await expect(window.getByText('The link could not be followed').first()).toBeVisible()

  const filter = window.getByRole('searchbox', { name: 'Filter tasks' })
  await filter.click()
  await paste(app, address(1))
  await expect(filter).toHaveValue(address(1))
  await expect(task('Stop cleanly')).toBeVisible()
  await window.screenshot({ path: test.info().outputPath('filter.png') })
  await ui
    .navigation(window)
    .getByRole('button', { name: `Open pull request acme/engine #1 on ${github.host}` })
    .click()
  await expect(task('Start faster')).toBeVisible()
  await expect(filter).toHaveValue('')

  await window.keyboard.press('ControlOrMeta+l')
  const dialog = window.getByRole('dialog', { name: 'Open link' })
  const field = dialog.getByRole('textbox', { name: 'Link' })
  await expect(field).toBeFocused()
  await field.fill('nothing')
  await window.keyboard.press('Enter')
  await expect(dialog).toContainText('neither the address of a pull request nor a link of Foundry')
  await window.screenshot({ path: test.info().outputPath('dialog.png') })
  await window.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await window.keyboard.press('ControlOrMeta+l')
  await expect(field).toHaveValue('nothing')
  await field.fill(`[Stop cleanly](${address(2)})`)
  await window.keyboard.press('Enter')
  await expect(task('Stop cleanly')).toBeVisible()
  await expect(dialog).toBeHidden()
})

test('a link fills in a new task, creates nothing, and takes nothing away', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Say hello', steps.text('Hello.'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, await createRepository(world.path('sample')))
  const form = newTask(window)
  const prompt = form.getByRole('textbox', { name: 'Prompt' })
  await startSecond(
    world,
    `foundry://new?repo=acme/engine&title=Hello&prompt=${encodeURIComponent('Say hello\nto all')}`,
  )
  await expect(prompt).toHaveValue('Say hello\nto all')
  await expect(fromLink(window)).toContainText('A link filled in this form')
  await expect(fromLink(window)).toContainText('acme/engine')
  await window.screenshot({ path: test.info().outputPath('filled.png') })
  await fromLink(window).getByRole('button', { name: 'Empty the form' }).click()
  await expect(prompt).toHaveValue('')
  await expect(fromLink(window)).toBeHidden()

  await prompt.fill('What I am about to write')
  await startSecond(world, 'foundry://new?prompt=Say%20hello')
  await expect(fromLink(window)).toContainText('Say hello')
  await expect(prompt).toHaveValue('What I am about to write')
  await window.screenshot({ path: test.info().outputPath('offered.png') })
  await fromLink(window).getByRole('button', { name: 'Keep what you typed' }).click()
  await expect(fromLink(window)).toBeHidden()
  await startSecond(world, 'foundry://new?prompt=Say%20hello')
  await fromLink(window).getByRole('button', { name: 'Use what the link says' }).click()
  await expect(prompt).toHaveValue('Say hello')
  await fromLink(window).getByRole('button', { name: 'Back to what you typed' }).click()
  await expect(prompt).toHaveValue('What I am about to write')
  expect(query(world, 'SELECT id FROM tasks')).toEqual([])

  // What came from a link is told from what was typed, also by the next run.
  await prompt.fill('')
  await startSecond(world, 'foundry://new?prompt=Say%20hello')
  await expect(fromLink(window)).toBeVisible()
  await app.quit()
  const again = await foundry.start()
  await ui.navigation(again.window).getByRole('button', { name: 'New task' }).click()
  await expect(fromLink(again.window)).toBeVisible()
  await createTask(again, { prompt: 'Say hello' })
  await ui.navigation(again.window).getByRole('button', { name: 'New task' }).click()
  await expect(fromLink(again.window)).toBeHidden()
})

test('a link leads to a task, its session, a file and a line, wherever the window is', async ({
  foundry,
  github,
  model,
  world,
}) => {
  model.answer(
    'Do it',
    steps.write('src/long.txt', Array.from({ length: 400 }, (_, n) => `line ${n + 1}`).join('\n')),
    steps.text('Done.'),
  )
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, await createRepository(world.path('sample')))
  await createTask(app, { prompt: 'Do it', title: 'First' })
  await expectTaskStatus(app, 'First', 'Idle')
  const [ids] = query(
    world,
    'SELECT t.id AS task, s.id AS session, u.id AS turn FROM tasks t JOIN sessions s ON s.task_id = t.id JOIN turns u ON u.session_id = s.id',
  )
  const { task, session, turn } = ids as Record<string, string>
  await bringAcmeFromHere(app, github)
  await expectSynced(window)

  await startSecond(world, `foundry://task/${task}/session/${session}/turn/${turn}`)
  await expect(window.getByRole('region', { name: 'Task: First' })).toBeVisible()
  await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: This computer')

  await startSecond(world, `foundry://task/${task}/file?path=src/long.txt&line=300`)
  await expect(ui.editor(window, 'src/long.txt').getByText('line 300', { exact: true })).toBeInViewport()
  await window.screenshot({ path: test.info().outputPath('line.png') })
  await startSecond(world, `foundry://task/${task}/file?path=none.md&line=3`)
  await expect(ui.file(window, 'none.md')).toContainText('There is no such file')
  await window.screenshot({ path: test.info().outputPath('none.png') })

  await startSecond(world, `foundry://task/${NO_TASK}/session/${session}`)
  await expect(view(window, 'Task')).toContainText('This task is not on this computer')
  await expect(view(window, 'Task')).toContainText(NO_TASK)
  await window.screenshot({ path: test.info().outputPath('no-task.png') })
  await startSecond(world, `foundry://task/${task}/session/session_00000000-0000-0000-0000-000000000000`)
  await expect(window.getByText('The session of the link is not in this task')).toBeVisible()
  await expect(window.getByRole('region', { name: 'Task: First' })).toBeVisible()
})

async function bringAcmeFromHere(app: App, github: Parameters<typeof bringAcme>[1]): Promise<void> {
  await app.window.keyboard.press('ControlOrMeta+l')
  const dialog = app.window.getByRole('dialog', { name: 'Open link' })
  await dialog.getByRole('textbox', { name: 'Link' }).fill(`http://${github.host}/acme/engine/pull/1`)
  await app.window.keyboard.press('Enter')
  const link = view(app.window, 'Pull request')
  await link.getByRole('button', { name: /^Sign in to / }).click()
  await giveToken(app.window, github.host, github.token.value)
  await app.window
    .getByRole('region', { name: 'Link that waits' })
    .getByRole('button', { name: 'Open it' })
    .click()
  await link.getByRole('button', { name: 'Bring acme to this computer' }).click()
  await expect(gitHubUi.switcher(app.window)).toHaveAccessibleName('Organization: Acme')
}
