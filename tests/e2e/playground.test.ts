import { startPlayground } from '../support/github/playground'
import { startApp, type App } from './support/app'
import {
  addOrganization,
  expect,
  expectSynced,
  gitHubUi,
  giveToken,
  openList,
  openSettings,
  switchTo,
  syncNow,
} from './support/github'
import { picture } from './support/pictures'
import { test } from './support/test'

test('the playground can be walked through from what it prints', async ({ world }) => {
  const playground = await startPlayground()
  const printed = new Map(playground.lines.map((line) => [line.slice(0, 12).trim(), line.slice(12).trim()]))
  const start = (): Promise<App> => startApp(world, { env: playground.environment })
  try {
    const app = await start()
    const { window } = app
    await window.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }).click()
    await giveToken(window, printed.get('host') ?? '', printed.get('token') ?? '')
    await expect(gitHubUi.signedIn(window)).toBeVisible()
    await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
    const name = 'Acme'
    await expect(gitHubUi.choice(window, name)).toBeVisible()
    await picture(window, 'playground-chooser')
    await addOrganization(app, name)
    await gitHubUi.choice(window, name).getByRole('button', { name: 'Open' }).click()
    await expectSynced(window)

    await openList(window, 'Pull requests')
    await gitHubUi.pullRequests(window).getByRole('option').first().click()
    await expect(window.getByRole('region', { name: /^Pull request #\d+$/ })).toBeVisible()
    await picture(window, 'playground-pull-request')
    await window.keyboard.press('Escape')
    await openList(window, 'Repositories')
    await expect(gitHubUi.repositories(window).getByRole('option').first()).toBeVisible()
    await gitHubUi.repositories(window).getByRole('option').first().click()
    const branches = window.getByRole('region', { name: 'Branches', exact: true })
    await expect(branches.getByRole('option').first()).toHaveAccessibleName(/default branch/)
    await picture(window, 'playground-repository')

    await syncNow(window)
    await expectSynced(window)
    const settings = await openSettings(window, 'Accounts')
    await settings.getByRole('button', { name: 'Members' }).click()
    await expect(settings.getByRole('list', { name: 'Members' }).getByRole('listitem').first()).toBeVisible()
    await picture(window, 'playground-members')
    await settings.getByRole('tab', { name: 'Developer' }).click()
    await picture(window, 'playground-developer')
    const resync = settings.getByRole('button', { name: `Resync everything of ${name}` })
    await resync.click()
    await resync.click()
    await window.keyboard.press('Escape')

    await expectSynced(window)
    await switchTo(window, 'This computer')
    await switchTo(window, name)
    await openSettings(window, 'Accounts')
    await settings.getByRole('button', { name: 'Sign out' }).click()
    const question = window.getByRole('dialog', { name: /^Sign out / })
    await question.getByRole('radio', { name: 'Delete what was read' }).check()
    await question.getByRole('button', { name: 'Sign out and delete' }).click()
    await expect(settings).toContainText('Nobody is signed in')
    await window.keyboard.press('Escape')
    await expect(gitHubUi.switcher(window)).toHaveAccessibleName('Organization: This computer')
    expect(await app.quit()).toBe(0)
  } finally {
    await playground.close()
  }
})
