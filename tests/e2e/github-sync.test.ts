import type { PullRequest } from '../support/github/types'
import { databaseProblems, readDatabase } from './support/database'
import {
  bringAcme,
  expect,
  expectSynced,
  gitHubUi,
  openList,
  openSettings,
  syncNow,
  test,
  type SeededGitHub,
} from './support/github'
import { gate } from './support/scripts'
import { ui } from './support/ui'
import type { World } from './support/world'

const HOUR = 3_600_000

/** More than one answer can hold, so that a sync has a middle. Every repository has one title of its own. */
function fill(github: SeededGitHub): PullRequest[] {
  const filled: PullRequest[] = []
  for (let index = 0; index < 60; index++) {
    const repository = github.model.addRepository(github.acme, `part-${index}`, {
      pushedAt: Date.now() - (index + 3) * HOUR,
    })
    for (let number = 1; number <= 10; number++)
      filled.push(
        github.model.openPullRequest(repository, {
          title: `Change ${number} of part ${index}`,
          author: github.ada,
          updatedAt: Date.now() - (index + 3) * HOUR,
        }),
      )
  }
  return filled
}

const isGraphql = ({ path }: { path: string }): boolean => path === '/graphql'

/** Lets the first question for lists of pull requests through and holds the others back until it is opened. */
function holdAfterFirst(github: SeededGitHub): { open(): void } {
  const held = gate()
  const asksForLists = ({ path, body }: { path: string; body: string }): boolean =>
    path === '/graphql' && body.includes('query OpenPullRequests(')
  const remove = github.faults.add(
    asksForLists,
    { kind: 'hold', until: held.opened },
    { after: 1, times: Infinity },
  )
  return {
    open() {
      remove()
      held.open()
    },
  }
}

function count(world: World, sql: string): unknown {
  return readDatabase(world, (query) => query(`SELECT count(*) AS count FROM ${sql}`)[0]?.['count'])
}

test('the first sync shows how far it is, and what it has read before it ends', async ({
  foundry,
  github,
}) => {
  fill(github)
  const held = holdAfterFirst(github)
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  const status = gitHubUi.sync(window)
  await expect(status).toHaveAccessibleName(/^Sync: Reading pull requests \d+ of \d+/)
  await openList(window, 'Repositories')
  await expect(gitHubUi.repositories(window).getByRole('option').first()).toHaveAccessibleName(/^engine/)
  await openList(window, 'Pull requests')
  await expect(window.getByRole('main')).toContainText('First sync: more arrives while you read.')
  // The most recently pushed repositories come first.
  await gitHubUi.pullRequest(window, 'Start faster').click()
  const details = window.getByRole('region', { name: /^Pull request #\d+$/ })
  await expect(details.getByRole('region', { name: 'Description' })).toContainText('It starts faster.')
  await expect(details).toContainText('Checks passed')
  await expect(details).toContainText('start-faster')
  await window.keyboard.press('Escape')
  await status.click()
  const sync = gitHubUi.syncDetails(window)
  await expect(sync.getByRole('progressbar', { name: 'Sync progress' })).toBeVisible()
  await expect(sync.getByRole('button', { name: 'Cancel sync' })).toBeVisible()
  await window.keyboard.press('Escape')

  held.open()
  await expectSynced(window)
  await expect(window.getByRole('main')).not.toContainText('First sync')
  await expect(window.getByRole('main')).toContainText('603 open in Acme')
  const filter = window.getByRole('searchbox', { name: 'Filter pull requests' })
  await filter.fill('Change 7 of part 59')
  await expect(gitHubUi.pullRequest(window, 'Change 7 of part 59')).toBeVisible()
  await expect(gitHubUi.pullRequests(window).getByRole('option')).toHaveCount(1)
})

test('everything stays readable without GitHub, and a sync brings what happened since', async ({
  keyring,
  foundry,
  github,
}) => {
  const app = await foundry.start(keyring.start)
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequests(window).getByRole('option')).toHaveCount(3)

  const { model } = github
  const [faster] = github.engine.pulls.values()
  if (faster === undefined) throw new Error('There is no pull request')
  model.merge(faster)
  model.openPullRequest(github.site, { title: 'Opened since', author: github.ada })
  const [page] = github.site.pulls.values()
  if (page !== undefined) model.edit(page, { title: 'Newer front page' })
  await syncNow(window)
  await expect(gitHubUi.pullRequest(window, 'Opened since')).toBeVisible()
  await expect(gitHubUi.pullRequest(window, 'Newer front page')).toBeVisible()
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toHaveCount(0)
  await window.getByRole('combobox', { name: /^State/ }).click()
  await window.getByRole('option', { name: 'All', exact: true }).click()
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toHaveAccessibleName(/, Merged, /)
  await app.quit()

  await github.goDown()
  const offline = await foundry.start(keyring.start)
  const page2 = offline.window
  await syncNow(page2)
  await expect(gitHubUi.sync(page2)).toHaveAccessibleName(/^Sync: Offline, synced just now/)
  await openList(page2, 'Pull requests')
  await expect(gitHubUi.pullRequest(page2, 'Newer front page')).toBeVisible()
  await expect(page2.getByRole('main')).toContainText(
    'GitHub cannot be reached. This is how it was just now.',
  )
  await openList(page2, 'Repositories')
  await expect(gitHubUi.repositories(page2).getByRole('option')).toHaveCount(3)
  const settings = await openSettings(page2, 'Accounts')
  await settings.getByRole('button', { name: 'Members' }).click()
  await expect(settings.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2)
  await expect(gitHubUi.account(page2, 'ada').getByRole('button', { name: 'Reconnect' })).toHaveCount(0)
})

test('a first sync that was killed in the middle goes on at the next start, and nothing is there twice', async ({
  keyring,
  foundry,
  github,
  world,
}) => {
  const filled = fill(github)
  const held = holdAfterFirst(github)
  const app = await foundry.start(keyring.start)
  await bringAcme(app, github)
  await expect(gitHubUi.sync(app.window)).toHaveAccessibleName(/^Sync: Reading pull requests \d+ of \d+/)
  await openList(app.window, 'Pull requests')
  await expect(gitHubUi.pullRequest(app.window, 'Start faster')).toBeVisible()
  await app.kill()
  expect(databaseProblems(world)).toEqual([])
  const before = Number(count(world, 'pull_requests'))
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(filled.length)
  held.open()

  const [first] = filled
  if (first !== undefined) github.model.merge(first)
  const again = await foundry.start(keyring.start)
  await expectSynced(again.window)
  await openList(again.window, 'Pull requests')
  await expect(again.window.getByRole('main')).toContainText(`${filled.length + 3 - 1} open in Acme`)
  await again.quit()
  expect(databaseProblems(world)).toEqual([])
  expect(count(world, "pull_requests WHERE state = 'open'")).toBe(filled.length + 3 - 1)
  expect(count(world, '(SELECT DISTINCT repository_id, number FROM pull_requests)')).toBe(
    count(world, 'pull_requests'),
  )
  expect(count(world, 'repositories')).toBe(github.acme.repositories.size)
  expect(count(world, 'members')).toBe(2)
})

test("at GitHub's limit a sync says until when it waits, and goes on by itself", async ({
  foundry,
  github,
}) => {
  const app = await foundry.start()
  const { window } = app
  github.budgets.leave(github.ada.id, 'graphql', 0, Date.now() + 6000)
  await bringAcme(app, github)
  await expect(gitHubUi.sync(window)).toHaveAccessibleName(/^Sync: Waiting until \d.*: GitHub's limit$/)
  await expect(
    ui.statusRow(window).getByRole('button', { name: /^GitHub's limits: API 0 % left/ }),
  ).toBeVisible()
  // What was read before the limit is there.
  await openList(window, 'Repositories')
  await expect(gitHubUi.repository(window, 'engine')).toBeVisible()
  const asked = github.requested(isGraphql).length
  await expectSynced(window)
  expect(github.requested(isGraphql).length).toBeGreaterThan(asked)
  const limited = github.requested(isGraphql).slice(0, asked)
  expect(limited.length, 'GitHub is not asked again while it waits').toBeLessThanOrEqual(2)
  await openList(window, 'Pull requests')
  await expect(gitHubUi.pullRequest(window, 'Start faster')).toBeVisible()
})
