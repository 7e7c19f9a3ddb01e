import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from './support/app'
import { answerDialogs } from './support/dialogs'
import {
  addOrganization,
  expect,
  expectSynced,
  gitHubUi,
  giveToken,
  openList,
  openSettings,
  signIn,
  switchTo,
  test,
} from './support/github'
import {
  pageTexts,
  processTexts,
  receivedTexts,
  recordReceived,
  requestTexts,
  searchFiles,
  searchIn,
  textsOf,
  watchProcesses,
} from './support/github-token-search'
import { createRepository, git } from './support/repositories'
import { steps } from './support/scripts'
import { createTask, expectTaskStatus, openRepository } from './support/ui'

/** Stands where a token must never stand, so that the search is known to look there. */
const canary = 'ghp_CanaryThatIsMeantToBeFound0123456789'

/** Asks for everything the window can ask for, as a page would that has been taken over. */
async function askForEverything({ window }: App): Promise<void> {
  await window.evaluate(async () => {
    const read = async (operation: string, input?: unknown): Promise<unknown> => {
      const result = await globalThis.foundry.call(operation, input)
      return result.ok ? result.value : null
    }
    const snapshot = await globalThis.foundry.subscribe('app')
    if (!snapshot.ok) throw new Error(snapshot.error.message)
    const { organization = [], account = [] } = snapshot.value.entities
    await read('account.signInWays')
    for (const { id } of account) {
      await read('account.check', { accountId: id })
      await read('organization.available', { accountId: id })
    }
    for (const { id } of organization) {
      await globalThis.foundry.subscribe(`organization:${id}`)
      await globalThis.foundry.subscribe(`tasks:${id}`)
      await read('organization.members', { organizationId: id, search: '', cursor: null })
      await read('organization.pullRequests', {
        organizationId: id,
        repositoryId: null,
        state: 'all',
        search: '',
        cursor: null,
      })
    }
  })
}

test('after a full run the token is in the keyring and nowhere else', async ({
  keyring,
  foundry,
  github,
  model,
  world,
}) => {
  const { faults, token } = github
  const fresh = github.model.addToken(github.ada)
  const secrets = [token.value, fresh.value]
  github.model.openPullRequest(github.engine, { title: canary, author: github.ada })
  const watches = secrets.map((secret) => watchProcesses(world.root, secret))
  const searched = async (app: App): Promise<string[]> => {
    const texts = [...(await textsOf(app)), ...(await processTexts(world.root)), ...requestTexts(github)]
    return secrets.flatMap((secret) => searchIn(secret, texts))
  }

  const app = await foundry.start(keyring.start)
  const { window } = app
  await recordReceived(app)
  await signIn(app, github, token)
  await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
  await addOrganization(app, 'Acme')
  await gitHubUi.choice(window, 'Acme').getByRole('button', { name: 'Open' }).click()
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await gitHubUi.pullRequest(window, canary).click()
  expect(searchIn(canary, await receivedTexts(app))).not.toEqual([])
  expect(searchIn(canary, await pageTexts(app))).not.toEqual([])

  // Something between us and GitHub repeats what it was sent, in an error and in what is shown of it.
  const echo = { message: `Bad request with "authorization: token ${token.value}"` }
  for (const status of [400, 403, 500]) {
    faults.add('GET /user', { kind: 'answer', status, body: echo })
    await openSettings(window, 'Accounts')
    await gitHubUi.account(window, 'ada').getByRole('button', { name: 'Check' }).click()
    await expect(gitHubUi.account(window, 'ada').getByRole('alert')).toContainText('Bad request')
    await window.keyboard.press('Escape')
  }
  faults.add(/^GET \/(orgs|organizations)\//, { kind: 'answer', status: 502, body: echo })
  await gitHubUi.sync(window).click()
  const sync = gitHubUi.syncDetails(window)
  await sync.getByRole('button', { name: 'Sync now' }).click()
  await expect(sync).toContainText('failed while answering')
  await sync.getByRole('button', { name: 'Try again now' }).click()
  await window.keyboard.press('Escape')
  await expectSynced(window)

  // An agent at work in a clone of a repository of it.
  model.answer('Work there', steps.run('env; sleep 0.5'), steps.text('Done.'))
  const clone = await createRepository(world.path('engine'))
  await git(clone, 'remote', 'add', 'origin', `${github.url}/acme/engine.git`)
  await openRepository(app, clone)
  await createTask(app, { prompt: 'Work there', title: 'At work' })
  await expectTaskStatus(app, 'At work', 'Idle')

  github.model.revoke(token)
  await openSettings(window, 'Accounts')
  await gitHubUi.account(window, 'ada').getByRole('button', { name: 'Check' }).click()
  await gitHubUi.account(window, 'ada').getByRole('button', { name: 'Reconnect' }).click()
  await giveToken(window, github.host, fresh.value)
  await expect(gitHubUi.signedIn(window)).toBeVisible()
  await switchTo(window, 'Acme')
  await expectSynced(window)
  await askForEverything(app)
  expect(await searched(app)).toEqual([])

  // Neither the window nor main leaves a dump of its memory.
  await answerDialogs(app.electron, { button: 'Not now' })
  await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  )
  await expect
    .poll(() => readFile(join(world.foundry, 'logs', 'main.log'), 'utf8'))
    .toContain("the window's process ended: crashed")
  await expect
    .poll(() => readdir(join(world.foundry, 'logs')))
    .toContainEqual(expect.stringMatching(/^crash-\d+\.txt$/))
  await app.kill()

  const again = await foundry.start(keyring.start)
  await recordReceived(again)
  await again.window.reload()
  await expectSynced(again.window)
  await askForEverything(again)
  await openSettings(again.window, 'Accounts')
  await gitHubUi.account(again.window, 'ada').getByRole('button', { name: 'Check' }).click()
  await expect(again.window.getByText('The token of ada is good')).toBeVisible()
  expect(await searched(again)).toEqual([])
  await gitHubUi.account(again.window, 'ada').getByRole('button', { name: 'Sign out' }).click()
  await again.window.getByRole('button', { name: 'Sign out', exact: true }).last().click()
  await expect(gitHubUi.settings(again.window)).toContainText('Nobody is signed in')
  expect(await searched(again)).toEqual([])
  await again.quit()

  for (const watch of watches) expect(await watch.stop()).toEqual([])
  expect(await searchFiles(canary, world.root)).not.toEqual([])
  for (const secret of secrets) expect(await searchFiles(secret, world.root, keyring.folder)).toEqual([])
  const files = await readdir(world.root, { recursive: true })
  expect(files.filter((name) => name.endsWith('.dmp'))).toEqual([])
  expect(github.leaks()).toEqual([])
})
