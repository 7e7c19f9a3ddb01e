/** Walks every state of GitHub there is to see, on the real server of the tests, and takes a picture of each. */
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
  switchTo,
  syncNow,
  test,
  type SeededGitHub,
} from './support/github'
import { picture } from './support/pictures'
import { gate } from './support/scripts'

const HOUR = 3_600_000
const LONG =
  'A title that somebody wrote as if it were the description, with every detail of what happens when '.repeat(
    3,
  )

/** What a list has to bear: many, long, right-to-left, every state. */
function fill(github: SeededGitHub): void {
  const { model, acme, ada } = github
  const grace = model.addUser('grace-with-a-very-long-login-name-indeed', { name: 'Grace' })
  const far = model.addRepository(
    acme,
    'a-repository-whose-name-is-as-long-as-names-may-be-at-github-and-then-some',
    {
      pushedAt: Date.now() - 3 * HOUR,
      private: true,
    },
  )
  model.openPullRequest(far, {
    title: LONG,
    author: grace,
    body: '# Why\n\n- one\n- two\n\n`code` and more. '.repeat(20),
  })
  model.openPullRequest(far, { title: 'תיקון של הניתוח', author: ada, labels: ['bug', 'help wanted', 'p1'] })
  const broken = model.openPullRequest(far, { title: 'Does not fit', author: ada, checks: 'PENDING' })
  model.setMergeable(broken, 'CONFLICTING')
  for (let index = 0; index < 40; index++) {
    const repository = model.addRepository(acme, `part-${index}`, {
      pushedAt: Date.now() - (index + 4) * HOUR,
    })
    for (let number = 1; number <= 8; number++)
      model.openPullRequest(repository, { title: `Change ${number} of part ${index}`, author: ada })
  }
}

test('signing in with a token', async ({ foundry, github }) => {
  const { window } = await foundry.start()
  await picture(window, 'start')
  await window.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }).click()
  const problem = gitHubUi.tokenForm(window).getByRole('alert')
  await giveToken(window, github.host, 'ghp_thisIsNotATokenOfAnybody')
  await expect(problem).toContainText('Bad credentials')
  await picture(window, 'sign-in-token-refused', { everyWay: true })
  await giveToken(window, '127.0.0.1:1', github.token.value)
  await expect(problem).toContainText('could not be reached')
  await picture(window, 'sign-in-token-unreachable')
  await giveToken(window, 'ghe.com', github.token.value)
  await expect(problem).toContainText('is not a GitHub host itself')
  await picture(window, 'sign-in-host-refused')
  const narrow = github.model.addToken(github.ada, {
    scopes: ['public_repo'],
    expiresAt: Date.now() + 3.5 * 24 * HOUR,
  })
  await giveToken(window, github.host, narrow.value)
  await expect(gitHubUi.signedIn(window)).toContainText('Without repo')
  await picture(window, 'signed-in-narrow', { everyWay: true })
})

test('the chooser', async ({ foundry, github }) => {
  const { model, ada } = github
  for (const [login, more] of [
    ['guarded', { saml: true }],
    ['blocked', {}],
    ['passing', {}],
    [
      'an-organization-with-a-long-login-for-long',
      { name: 'An organization with a name that does not end soon '.repeat(3) },
    ],
  ] as const) {
    const organization = model.addOrganization(login, { name: login, ...more })
    model.addMember(organization, ada)
    model.openPullRequest(model.addRepository(organization, 'main'), { title: `Of ${login}`, author: ada })
    if (login === 'blocked') organization.suspended = true
  }
  const held = gate()
  const app = await foundry.start()
  const { window } = app
  await signIn(app, github, github.token)
  const removeHold = github.faults.add(
    'GET /user/orgs',
    { kind: 'hold', until: held.opened },
    { times: Infinity },
  )
  await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
  await expect(gitHubUi.chooser(window)).toBeVisible()
  await picture(window, 'chooser-loading')
  removeHold()
  held.open()
  await expect(gitHubUi.choice(window, 'guarded')).toBeVisible()
  await picture(window, 'chooser', { everyWay: true })
  await addOrganization(app, 'Acme')
  await addOrganization(app, 'passing')
  await picture(window, 'chooser-added')
  github.faults.add('GET /user/orgs', { kind: 'server', status: 502 })
  await window.getByRole('button', { name: 'Ask GitHub again' }).click()
  await expect(gitHubUi.chooser(window).getByRole('alert')).toBeVisible()
  await picture(window, 'chooser-failed')

  await gitHubUi.chooser(window).getByRole('button', { name: /again/ }).first().click()
  await gitHubUi.choice(window, 'passing').getByRole('button', { name: 'Open' }).click()
  await expectSynced(window)
  await gitHubUi.switcher(window).click()
  await expect(window.getByRole('menu')).toBeVisible()
  await picture(window, 'switcher', { everyWay: true })
  await window.keyboard.press('Escape')
  const passing = model.owner('passing')
  if (passing === undefined) throw new Error('It has to be there')
  model.deleteOwner(passing)
  await syncNow(window)
  await expect(gitHubUi.banner(window, 'passing')).toContainText('is not on GitHub any more')
  await openList(window, 'Pull requests')
  await picture(window, 'organization-gone', { everyWay: true })
  await switchTo(window, 'Acme')
  github.acme.suspended = true
  await expectSynced(window)
  await syncNow(window)
  await expect(gitHubUi.banner(window, 'Acme')).toContainText('GitHub blocks Acme')
  await picture(window, 'organization-suspended')
  github.acme.suspended = false
  github.acme.saml = true
  await gitHubUi.banner(window, 'Acme').getByRole('button', { name: 'Check again' }).click()
  await expect(gitHubUi.banner(window, 'Acme')).toContainText('asks for single sign-on')
  await picture(window, 'organization-saml')
})

test('a sync', async ({ foundry, github }) => {
  fill(github)
  const app = await foundry.start()
  const { window } = app
  const hold = (matches: (request: { path: string; body: string }) => boolean, after = 0): (() => void) => {
    const held = gate()
    const remove = github.faults.add(
      matches,
      { kind: 'hold', until: held.opened },
      { after, times: Infinity },
    )
    return () => {
      remove()
      held.open()
    }
  }
  const status = gitHubUi.sync(window)
  const goOn = [
    hold(({ path }) => path.endsWith('/repos')),
    hold(({ path }) => path.endsWith('/members')),
    hold(({ path, body }) => path === '/graphql' && body.includes('query OpenPullRequests('), 1),
  ]
  await bringAcme(app, github)
  for (const [index, [name, label]] of (
    [
      ['sync-repositories', /^Sync: Reading repositories/],
      ['sync-members', /^Sync: Reading members/],
      ['sync-pull-requests', /^Sync: Reading pull requests [1-9]/],
    ] as const
  ).entries()) {
    await expect(status).toHaveAccessibleName(label)
    await openList(window, index === 0 ? 'Repositories' : 'Pull requests')
    await status.click()
    await expect(gitHubUi.syncDetails(window)).toBeVisible()
    await picture(window, name, { everyWay: index === 2 })
    if (index < 2) {
      await window.keyboard.press('Escape')
      goOn[index]?.()
    }
  }
  await gitHubUi.syncDetails(window).getByRole('button', { name: 'Cancel sync' }).click()
  await expect(status).toHaveAccessibleName(/^Sync: Sync cancelled/)
  await picture(window, 'sync-cancelled')
  await window.keyboard.press('Escape')
  goOn[2]?.()
  await syncNow(window)
  await expectSynced(window)
  await status.click()
  await expect(gitHubUi.syncDetails(window)).toBeVisible()
  await picture(window, 'sync-synced')
  await window.keyboard.press('Escape')

  const broken = github.faults.add(/./, { kind: 'wrong_type' }, { times: Infinity })
  await syncNow(window)
  await expect(status).toHaveAccessibleName(/^Sync: (Waiting|Trying)/)
  await status.click()
  await expect(gitHubUi.syncDetails(window)).toBeVisible()
  await picture(window, 'sync-wrong-answer')
  await window.keyboard.press('Escape')
  broken()
  const legal = github.faults.add('POST /graphql', { kind: 'scope', accepted: ['repo'] }, { times: Infinity })
  const rest = github.faults.add('GET /repos/*', { kind: 'scope', accepted: ['repo'] }, { times: Infinity })
  const forbidden = github.faults.add(
    'GET /organizations/*',
    { kind: 'scope', accepted: ['repo'] },
    { times: Infinity },
  )
  await syncNow(window)
  await expect(status).toHaveAccessibleName(/^Sync: .*(failed|Failed)/)
  await status.click()
  await expect(gitHubUi.syncDetails(window)).toBeVisible()
  await picture(window, 'sync-failed', { everyWay: true })
  await window.keyboard.press('Escape')
  for (const remove of [legal, rest, forbidden]) remove()
  await syncNow(window)
  await expectSynced(window)

  await openSettings(window, 'Sync')
  await picture(window, 'sync-page', { everyWay: true })
  await window.keyboard.press('Escape')
  await github.goDown()
  await syncNow(window)
  await expect(status).toHaveAccessibleName(/^Sync: Offline/)
  await openList(window, 'Pull requests')
  await picture(window, 'offline', { everyWay: true })
  await openSettings(window, 'Sync')
  await picture(window, 'sync-page-offline')
})

test("GitHub's limit", async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  const status = gitHubUi.sync(window)
  github.budgets.leave(github.ada.id, 'graphql', 0, Date.now() + HOUR)
  await syncNow(window)
  await expect(status).toHaveAccessibleName(/^Sync: Waiting until/)
  await status.click()
  await expect(gitHubUi.syncDetails(window)).toBeVisible()
  await picture(window, 'sync-waiting', { everyWay: true })
  await window.keyboard.press('Escape')
  await openSettings(window, 'Accounts')
  await picture(window, 'accounts-limit')
  await window.keyboard.press('Escape')
})

test('accounts, members and what is asked before they go', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  const settings = await openSettings(window, 'Accounts')
  await picture(window, 'accounts-none')
  await window.keyboard.press('Escape')
  await bringAcme(app, github)
  await expectSynced(window)
  await openSettings(window, 'Accounts')
  await expect(gitHubUi.account(window, 'ada')).toBeVisible()
  await picture(window, 'accounts', { everyWay: true })
  await settings.getByRole('button', { name: 'Members' }).click()
  await expect(settings.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2)
  await picture(window, 'members')
  await settings.getByRole('searchbox', { name: 'Find a member' }).fill('nobody')
  await picture(window, 'members-none')
})

test('questions before leaving and signing out, and a token that is revoked', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await gitHubUi.switcher(window).click()
  await window.getByRole('menuitem', { name: 'Leave Acme' }).click()
  const question = window.getByRole('dialog', { name: 'Leave Acme' })
  await expect(question).toBeVisible()
  await picture(window, 'leave-keep')
  await question.getByRole('radio', { name: 'Delete what was read' }).check()
  await picture(window, 'leave-delete', { everyWay: true })
  await window.keyboard.press('Escape')
  await openSettings(window, 'Accounts')
  await gitHubUi.account(window, 'ada').getByRole('button', { name: 'Sign out' }).click()
  await expect(window.getByRole('dialog', { name: 'Sign out ada' })).toBeVisible()
  await picture(window, 'sign-out')
  await window.keyboard.press('Escape')
  await window.keyboard.press('Escape')
  await expect(gitHubUi.settings(window)).toBeHidden()
  github.model.revoke(github.token)
  await syncNow(window)
  await expect(gitHubUi.banner(window, 'Acme')).toContainText('does not accept the token')
  await openList(window, 'Pull requests')
  await picture(window, 'reconnect', { everyWay: true })
  await openSettings(window, 'Accounts')
  await picture(window, 'accounts-reconnect')
})

test('lists, pull requests and repositories', async ({ foundry, github }) => {
  fill(github)
  for (let index = 0; index < 12; index++)
    github.model.setBranch(github.engine, `branch-${index}`, {
      headline: index % 3 === 0 ? LONG : `Work ${index}`,
      aheadBy: index,
      behindBy: 12 - index,
      ...(index % 2 === 0 ? { checks: 'SUCCESS' as const } : {}),
      committedAt: Date.now() - index * 30 * HOUR,
    })
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequests(window).getByRole('option').first()).toBeVisible()
  await picture(window, 'pull-requests', { everyWay: true })
  const filter = window.getByRole('searchbox', { name: 'Filter pull requests' })
  await filter.fill('there is no such thing')
  await expect(gitHubUi.pullRequests(window).getByRole('option')).toHaveCount(0)
  await picture(window, 'pull-requests-none')
  await filter.fill('Start faster')
  await gitHubUi.pullRequest(window, 'Start faster').click()
  await expect(window.getByRole('region', { name: 'Description' })).toBeVisible()
  await picture(window, 'pull-request', { everyWay: true })
  await filter.fill('Does not fit')
  await gitHubUi.pullRequest(window, 'Does not fit').click()
  await expect(window.getByRole('region', { name: /^Pull request #/ })).toContainText('Does not fit')
  await picture(window, 'pull-request-conflicts')
  await filter.fill('A title that somebody')
  await gitHubUi
    .pullRequests(window)
    .getByRole('option', { name: /A title that somebody/ })
    .click()
  await expect(window.getByRole('region', { name: 'Description' })).toContainText('and more')
  await picture(window, 'pull-request-long')

  await openList(window, 'Repositories')
  await expect(gitHubUi.repository(window, 'engine')).toBeVisible()
  await picture(window, 'repositories', { everyWay: true })
  await gitHubUi.repository(window, 'engine').click()
  const section = window.getByRole('region', { name: 'Branches', exact: true })
  await expect(section.getByRole('listbox', { name: 'Branches' }).getByRole('option')).toHaveCount(15)
  await picture(window, 'repository', { everyWay: true })
  await window.getByRole('searchbox', { name: 'Filter repositories' }).fill('attic')
  await gitHubUi.repository(window, 'attic').click()
  await expect(window.getByRole('region', { name: 'Repository attic' })).toBeVisible()
  await picture(window, 'repository-archived')
})
