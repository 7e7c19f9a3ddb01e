import type { Locator, Page } from '@playwright/test'
import {
  addOrganization,
  bringAcme,
  expect,
  expectSynced,
  gitHubUi,
  giveToken,
  openList,
  openSettings,
  signIn,
  syncNow,
  test,
} from './support/github'
import { ui } from './support/ui'

/** As far as a person would go before they give up. */
const TABS = 60

/** Goes there with the Tab key alone. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  for (let pressed = 0; pressed < TABS; pressed++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${String(target)} is not reached with ${TABS} tabs`)
}

test('a wrong token and a wrong address are refused with the reason, a narrow token says what it costs', async ({
  foundry,
  github,
}) => {
  const { window } = await foundry.start()
  await window.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }).click()
  const problem = gitHubUi.tokenForm(window).getByRole('alert')
  await giveToken(window, github.host, 'ghp_thisIsNotATokenOfAnybody')
  await expect(problem).toContainText(`${github.host} does not accept the token`)
  await expect(problem).toContainText('Bad credentials')

  await giveToken(window, '127.0.0.1:1', github.token.value)
  await expect(problem).toContainText('127.0.0.1:1 could not be reached')
  await expect(gitHubUi.tokenForm(window).getByLabel('Token', { exact: true })).toHaveValue(
    github.token.value,
  )

  const narrow = github.model.addToken(github.ada, { scopes: ['public_repo'] })
  await giveToken(window, github.url, ` ${narrow.value}\n`)
  const result = gitHubUi.signedIn(window)
  await expect(result).toContainText(`ada on ${github.host}`)
  await expect(result).toContainText(
    'Without repo: Private repositories and their pull requests stay invisible',
  )
  await expect(result).toContainText('Without read:org: Organizations, their members')
  await expect(result).toContainText('Without workflow: GitHub refuses a push')
  await expect(result).toContainText('public_repo')

  // A better one takes its place: it is the same person.
  await openSettings(window, 'Accounts')
  await gitHubUi.settings(window).getByRole('button', { name: 'Add an account' }).click()
  const soon = github.model.addToken(github.ada, { expiresAt: Date.now() + 3.5 * 86_400_000 })
  await giveToken(window, github.host, soon.value)
  await expect(result).toContainText('The token expires in 3 days')
  await expect(result).not.toContainText('Without')
  await openSettings(window, 'Accounts')
  await expect(gitHubUi.settings(window).getByRole('region', { name: / on 127\.0\.0\.1/ })).toHaveCount(1)
})

test('signing in, choosing an organization and reading its pull requests needs no mouse', async ({
  foundry,
  github,
}) => {
  const { window } = await foundry.start()
  await tabTo(window, window.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }))
  await window.keyboard.press('Enter')
  const form = gitHubUi.tokenForm(window)
  await tabTo(window, form.getByRole('textbox', { name: 'Host' }))
  await window.keyboard.press('Control+A')
  await window.keyboard.type(github.host)
  await tabTo(window, form.getByLabel('Token', { exact: true }))
  await window.keyboard.type(github.token.value)
  await window.keyboard.press('Enter')
  await tabTo(window, gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }))
  await window.keyboard.press('Enter')
  const acme = gitHubUi.choice(window, 'Acme')
  await tabTo(window, acme.getByRole('button', { name: 'Add Acme' }))
  await window.keyboard.press('Enter')
  await tabTo(window, acme.getByRole('button', { name: 'Open' }))
  await window.keyboard.press('Enter')
  await expectSynced(window)

  await window.keyboard.press('Control+Shift+G')
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toBeVisible()
  await tabTo(window, gitHubUi.pullRequests(window))
  await window.keyboard.press('Home')
  await window.keyboard.press('Enter')
  const details = window.getByRole('region', { name: /^Pull request #\d+$/ })
  await expect(details).toBeVisible()
  await window.keyboard.press('Escape')
  await expect(details).toBeHidden()
  await window.keyboard.press('Control+Shift+K')
  await expect(window.getByRole('menuitemradio', { name: /^This computer/ })).toBeVisible()
  await window.keyboard.press('Escape')
})

test('a revoked token leaves everything readable, and a new one repairs it', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toBeVisible()

  github.model.revoke(github.token)
  await syncNow(window)
  const banner = gitHubUi.banner(window, 'Acme')
  await expect(banner).toContainText('GitHub does not accept the token of ada')
  await expect(banner).toContainText('Everything read before stays readable')
  await gitHubUi.pullRequest(window, 'Start faster').click()
  await expect(window.getByRole('region', { name: 'Description' })).toContainText('It starts faster.')
  await openList(window, 'Repositories')
  await expect(gitHubUi.repository(window, 'engine')).toBeVisible()

  github.model.openPullRequest(github.engine, { title: 'Opened meanwhile', author: github.ada })
  await banner.getByRole('button', { name: 'Reconnect' }).click()
  const form = gitHubUi.tokenForm(window)
  await expect(form.getByRole('textbox', { name: 'Host' })).toHaveValue(github.host)
  const fresh = github.model.addToken(github.ada)
  await form.getByLabel('Token', { exact: true }).fill(fresh.value)
  await form.getByRole('button', { name: 'Sign in with token' }).click()
  await expect(gitHubUi.signedIn(window)).toBeVisible()
  // What waited for it goes on by itself.
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'Opened meanwhile')).toBeVisible()
  await expect(banner).toBeHidden()
})

test('signing out removes the token, and what was read with it only when that is wanted', async ({
  foundry,
  github,
}) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  const signOut = async (data: string, confirm: string): Promise<void> => {
    const settings = await openSettings(window, 'Accounts')
    await gitHubUi.account(window, 'ada').getByRole('button', { name: 'Sign out' }).click()
    const question = window.getByRole('dialog', { name: 'Sign out ada' })
    await question.getByRole('radio', { name: data }).check()
    await question.getByRole('button', { name: confirm, exact: true }).click()
    await expect(gitHubUi.account(window, 'ada')).toHaveCount(0)
    await expect(settings).toContainText('Nobody is signed in')
    await window.keyboard.press('Escape')
    await expect(settings).toBeHidden()
  }
  await signOut('Keep what was read', 'Sign out')
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toBeVisible()
  const banner = gitHubUi.banner(window, 'Acme')
  await expect(banner).toContainText(`No account for ${github.host} is signed in`)
  await expect(ui.statusRow(window)).toContainText('Signed out')

  // Somebody who signs in again reads on where it was.
  await banner.getByRole('button', { name: 'Reconnect' }).click()
  await giveToken(window, github.host, github.token.value)
  await expect(gitHubUi.signedIn(window)).toBeVisible()
  await openList(window, 'Pull requests')
  await expect(banner).toBeHidden()

  await signOut('Delete what was read', 'Sign out and delete')
  await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: This computer')
  await gitHubUi.switcher(window).click()
  await expect(window.getByRole('menuitemradio', { name: /^This computer/ })).toBeVisible()
  await expect(window.getByRole('menuitemradio', { name: /^Acme/ })).toHaveCount(0)
  await window.keyboard.press('Escape')
  await signIn(app, github, github.token)
  await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
  await addOrganization(app, 'Acme')
})
