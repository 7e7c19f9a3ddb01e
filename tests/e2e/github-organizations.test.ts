import { readDatabase } from './support/database'
import {
  addOrganization,
  bringAcme,
  expect,
  expectSynced,
  gitHubUi,
  openList,
  openSettings,
  signIn,
  syncNow,
  switchTo,
  test,
} from './support/github'

test('two organizations and this computer stand beside each other', async ({ foundry, github }) => {
  const { model } = github
  const beta = model.addOrganization('beta', { name: 'Beta' })
  model.addMember(beta, github.ada)
  const lab = model.addRepository(beta, 'lab')
  model.openPullRequest(lab, { title: 'An experiment', author: github.ada })

  const app = await foundry.start()
  const { window } = app
  await signIn(app, github, github.token)
  await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
  await addOrganization(app, 'Acme')
  await addOrganization(app, 'Beta')
  await gitHubUi.choice(window, 'Beta').getByRole('button', { name: 'Open' }).click()
  await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: Beta')
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'An experiment')).toBeVisible()
  await expect(gitHubUi.pullRequests(window).getByRole('option')).toHaveCount(1)

  await switchTo(window, 'Acme')
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toBeVisible()
  await expect(gitHubUi.pullRequests(window).getByRole('option')).toHaveCount(3)
  await expect(gitHubUi.pullRequest(window, 'An experiment')).toHaveCount(0)
  await openList(window, 'Repositories')
  await expect(gitHubUi.repository(window, 'attic')).toHaveAccessibleName(/Archived/)
  await expect(gitHubUi.repositories(window).getByRole('option')).toHaveCount(3)

  await switchTo(window, 'This computer')
  await expect(gitHubUi.sync(window)).toHaveCount(0)
  await expect(window.getByText('Welcome to Foundry')).toBeVisible()
  await app.quit()
  // The window shows what it showed last.
  const again = await foundry.start()
  await expect(gitHubUi.switcher(again.window)).toHaveAccessibleName('Organization: This computer')
  await switchTo(again.window, 'Beta')
})

test('an organization with single sign-on says so, before it is added and after', async ({
  foundry,
  github,
}) => {
  const { model } = github
  const guarded = model.addOrganization('guarded', { name: 'Guarded', saml: true })
  model.addMember(guarded, github.ada)
  model.openPullRequest(model.addRepository(guarded, 'vault'), { title: 'Locked away', author: github.ada })

  const app = await foundry.start()
  const { window } = app
  await signIn(app, github, github.token)
  await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
  const row = gitHubUi.choice(window, 'guarded')
  await expect(row).toContainText(/single sign-on/)
  await expect(row.getByRole('button', { name: 'Open single sign-on' })).toBeVisible()
  await expect(row.getByRole('button', { name: /^Add / })).toHaveAttribute('aria-disabled', 'true')

  model.authorize(github.token, guarded)
  await window.getByRole('button', { name: 'Ask GitHub again' }).click()
  await addOrganization(app, 'Guarded')
  await gitHubUi.choice(window, 'Guarded').getByRole('button', { name: 'Open' }).click()
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'Locked away')).toBeVisible()

  github.token.authorized.delete(guarded)
  await syncNow(window)
  const banner = gitHubUi.banner(window, 'Guarded')
  await expect(banner).toContainText('Guarded asks for single sign-on.')
  await expect(gitHubUi.pullRequest(window, 'Locked away')).toBeVisible()
  model.authorize(github.token, guarded)
  await banner.getByRole('button', { name: 'Check again' }).click()
  await expect(banner).toBeHidden()
  await expectSynced(window)
})

test('what was read of an organization that is left is kept or deleted, as it is wanted', async ({
  foundry,
  github,
  world,
}) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  const leave = async (data: string, confirm: string): Promise<void> => {
    await gitHubUi.switcher(window).click()
    await window.getByRole('menuitem', { name: 'Leave Acme' }).click()
    const question = window.getByRole('dialog', { name: 'Leave Acme' })
    await question.getByRole('radio', { name: data }).check()
    await question.getByRole('button', { name: confirm, exact: true }).click()
    await expect(question).toBeHidden()
    await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: This computer')
  }
  await leave('Keep what was read', 'Leave')
  await gitHubUi.switcher(window).click()
  await expect(window.getByRole('menuitemradio', { name: /^Acme/ })).toHaveAccessibleName(/Left, not synced/)
  await window.keyboard.press('Escape')
  await switchTo(window, 'Acme')
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toBeVisible()
  await expect(gitHubUi.banner(window, 'Acme')).toContainText('You left Acme.')

  await gitHubUi.switcher(window).click()
  await window.getByRole('menuitem', { name: 'Add organization' }).click()
  await gitHubUi.choice(window, 'Acme').getByRole('button', { name: /^Add / }).click()
  await gitHubUi.choice(window, 'Acme').getByRole('button', { name: 'Open' }).click()
  await expectSynced(window)
  await leave('Delete what was read', 'Leave and delete')
  await gitHubUi.switcher(window).click()
  await expect(window.getByRole('menuitemradio', { name: /^This computer/ })).toBeVisible()
  await expect(window.getByRole('menuitemradio', { name: /^Acme/ })).toHaveCount(0)
  await app.quit()
  const left = readDatabase(world, (query) =>
    ['pull_requests', 'members', "organizations WHERE kind <> 'local'", 'repositories'].map(
      (table) => query(`SELECT count(*) AS count FROM ${table}`)[0]?.['count'],
    ),
  )
  expect(left).toEqual([0, 0, 0, 0])
})

test('what was kept of an organization can be deleted later', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await gitHubUi.switcher(window).click()
  await window.getByRole('menuitem', { name: 'Leave Acme' }).click()
  await window
    .getByRole('dialog', { name: 'Leave Acme' })
    .getByRole('button', { name: 'Leave', exact: true })
    .click()
  await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: This computer')

  const settings = await openSettings(window, 'Accounts')
  await settings
    .getByRole('region', { name: /^Acme/ })
    .getByRole('button', { name: 'Delete what was kept' })
    .click()
  const question = window.getByRole('dialog', { name: 'Delete what was kept of Acme' })
  await expect(question).toContainText('are deleted from this computer')
  await expect(question.getByRole('radio')).toHaveCount(0)
  await question.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(question).toBeHidden()
  await expect(settings.getByRole('region', { name: /^Acme/ })).toHaveCount(0)
})
