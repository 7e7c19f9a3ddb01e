import type { Locator } from '@playwright/test'
import { bringAcme, expect, expectSynced, gitHubUi, openList, openSettings, test } from './support/github'

/** The pictures that are drawn: a broken one has no width. */
const pictures = (within: Locator): Promise<number> =>
  within
    .locator('img')
    .evaluateAll((all) => all.filter((one) => one instanceof HTMLImageElement && one.naturalWidth > 0).length)

test('members have pictures and are found, also with GitHub out of reach', async ({ foundry, github }) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await expect.poll(() => pictures(gitHubUi.switcher(window))).toBe(1)
  const settings = await openSettings(window, 'Accounts')
  await settings.getByRole('button', { name: 'Members' }).click()
  const members = settings.getByRole('list', { name: 'Members' })
  await expect(members.getByRole('listitem')).toHaveCount(2)
  await expect.poll(() => pictures(members)).toBe(2)
  await expect.poll(() => pictures(gitHubUi.account(window, 'ada'))).toBeGreaterThan(0)
  // Ada, Grace and Acme: each asked for once, however many places show them.
  expect(github.requested('GET /avatars/u/*')).toHaveLength(3)
  expect(github.leaks()).toEqual([])

  const search = settings.getByRole('searchbox', { name: 'Find a member' })
  await search.fill('gra')
  await expect(members.getByRole('listitem')).toHaveText([/grace/])
  await search.fill('nobody')
  await expect(settings.getByText('Nobody here matches "nobody".')).toBeVisible()
  await app.quit()

  await github.goDown()
  const offline = (await foundry.start()).window
  await expect(gitHubUi.switcher(offline)).toHaveAccessibleName('Organization: Acme')
  await expect.poll(() => pictures(gitHubUi.switcher(offline))).toBe(1)
})

test('a repository is hidden, looked at and shown again; an archived one is marked', async ({
  foundry,
  github,
}) => {
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openList(window, 'Repositories')
  await expect(gitHubUi.repository(window, 'attic')).toHaveAccessibleName(/Archived/)
  await expect(gitHubUi.repository(window, 'engine')).not.toHaveAccessibleName(/Archived/)

  await gitHubUi.repository(window, 'site').click()
  await window
    .getByRole('region', { name: 'Repository site' })
    .getByRole('button', { name: 'Hide', exact: true })
    .click()
  await expect(gitHubUi.repository(window, 'site')).toHaveCount(0)
  await expect(gitHubUi.repositories(window).getByRole('option')).toHaveCount(2)
  await app.quit()

  const again = (await foundry.start()).window
  await openList(again, 'Repositories')
  await expect(gitHubUi.repositories(again).getByRole('option')).toHaveCount(2)
  await again.getByRole('button', { name: 'Show hidden ones (1)' }).click()
  await expect(gitHubUi.repository(again, 'site')).toHaveAccessibleName(/Hidden/)
  await gitHubUi.repository(again, 'site').click({ button: 'right' })
  await again.getByRole('menuitem', { name: 'Show in lists' }).click()
  await expect(gitHubUi.repository(again, 'site')).not.toHaveAccessibleName(/Hidden/)
  await expect(gitHubUi.repositories(again).getByRole('option')).toHaveCount(3)
})
