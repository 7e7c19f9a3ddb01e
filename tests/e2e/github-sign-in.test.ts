import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, gitHubUi, test, type SeededGitHub } from './support/github'
import { picture } from './support/pictures'
import { ui } from './support/ui'
import { writeExecutable, type World } from './support/world'

/** A `gh` on the person's PATH that does what a script says, and its file of hosts. */
async function installGh(
  world: World,
  script: string,
  hosts: string | null,
): Promise<{ env: Record<string, string> }> {
  const bin = world.path('gh-bin')
  await mkdir(bin, { recursive: true })
  await writeExecutable(join(bin, 'gh'), `#!/bin/sh\n${script}\n`)
  const config = world.path('home', '.config', 'gh')
  await mkdir(config, { recursive: true })
  if (hosts !== null) await writeFile(join(config, 'hosts.yml'), hosts)
  return { env: { PATH: `${bin}:${world.environment['PATH'] ?? ''}` } }
}

async function openSignIn(page: Page): Promise<Locator> {
  await page.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }).click()
  const view = gitHubUi.signIn(page)
  await expect(view).toBeVisible()
  return view
}

test.describe('with the gh command', () => {
  test('that is signed in, one click takes its token over', async ({ world, foundry, github }) => {
    const gh = await installGh(
      world,
      `[ "$*" = "auth token --hostname ${github.host}" ] && echo ${github.token.value}`,
      `${github.host}:\n    user: ada\n    oauth_token: not-this-one\n`,
    )
    const { window } = await foundry.start(gh)
    const view = await openSignIn(window)
    const way = view.getByRole('region', { name: 'With the gh command' })
    await expect(way).toContainText('Foundry takes over its token')
    await picture(window, 'sign-in-gh')
    await way.getByRole('button', { name: `Continue as ada on ${github.host}` }).click()
    await expect(gitHubUi.signedIn(window)).toContainText(`ada on ${github.host}`)
    await picture(window, 'signed-in')
  })

  test('that gives no token any more, its own words are shown and another way is left', async ({
    world,
    foundry,
    github,
  }) => {
    const gh = await installGh(
      world,
      `echo "no oauth token found for ${github.host}" >&2; exit 1`,
      `${github.host}:\n    user: ada\n`,
    )
    const { window } = await foundry.start(gh)
    const view = await openSignIn(window)
    await view.getByRole('button', { name: /^Continue as ada/ }).click()
    const alert = view.getByRole('region', { name: 'With the gh command' }).getByRole('alert')
    await expect(alert).toContainText(`The gh command gave no token for ${github.host}`)
    await expect(alert).toContainText(`gh auth login --hostname ${github.host}`)
    await expect(alert).toContainText('no oauth token found')
    await expect(gitHubUi.tokenForm(window)).toBeVisible()
    await picture(window, 'sign-in-gh-refused')
  })

  test('whose token GitHub refuses, that is said', async ({ world, foundry, github }) => {
    const gh = await installGh(world, 'echo gho_ofNobody', `${github.host}:\n    user: ada\n`)
    const { window } = await foundry.start(gh)
    const view = await openSignIn(window)
    await view.getByRole('button', { name: /^Continue as ada/ }).click()
    await expect(view.getByRole('alert')).toContainText('Bad credentials')
  })

  test('that is signed out or missing, a line says so', async ({ world, foundry, github }) => {
    void github
    const gh = await installGh(world, 'exit 1', null)
    const signedOut = await foundry.start(gh)
    await expect(await openSignIn(signedOut.window)).toContainText('Sign in with: gh auth login')
    await picture(signedOut.window, 'sign-in-gh-signed-out')
    await signedOut.quit()

    const missing = await foundry.start({ env: { PATH: '/usr/bin:/bin' } })
    await expect(await openSignIn(missing.window)).toContainText('The gh command is not installed')
    await picture(missing.window, 'sign-in', { everyWay: true })
  })
})

test.describe('in the browser', () => {
  const WAY = 'In the browser'

  const device = (github: SeededGitHub): { env: Record<string, string> } => {
    github.devices.interval = 1
    return { env: { FOUNDRY_GITHUB_CLIENT_ID: `${github.host}=Iv1.foundry` } }
  }

  /** Starts it, and returns the code that is shown. */
  async function askForCode(page: Page, github: SeededGitHub, button: string): Promise<string> {
    const way = gitHubUi.signIn(page).getByRole('region', { name: WAY })
    await way.getByRole('button', { name: button }).click()
    const code = way.getByRole('status', { name: 'Code' })
    await expect.poll(() => github.devices.waiting).toHaveLength(1)
    const [waiting = ''] = github.devices.waiting
    await expect(code).toHaveText(waiting)
    return waiting
  }

  test('the code waits, is copied and refused, a new one is agreed to', async ({ foundry, github }) => {
    const { window, electron } = await foundry.start(device(github))
    await electron.evaluate(({ shell }) => {
      const opened: string[] = []
      Object.assign(globalThis, { opened })
      shell.openExternal = (url) => {
        opened.push(url)
        return Promise.resolve()
      }
    })
    const view = await openSignIn(window)
    const way = view.getByRole('region', { name: WAY })
    await picture(window, 'sign-in-device')
    const first = await askForCode(window, github, `Sign in to ${github.host} in the browser`)
    const copy = way.getByRole('button', { name: 'Copy code and open browser' })
    await expect(copy).toBeFocused()
    await expect(way).toContainText('left')
    await picture(window, 'sign-in-device-waiting', { everyWay: true })
    await window.keyboard.press('Enter')
    await expect
      .poll(() => electron.evaluate(() => (globalThis as { opened?: string[] }).opened))
      .toEqual([`${github.url}/login/device`])
    expect(await electron.evaluate(({ clipboard }) => clipboard.readText())).toBe(first)

    github.devices.deny(first)
    await expect(way.getByRole('alert')).toContainText(`The sign-in was denied on ${github.host}`)
    await picture(window, 'sign-in-device-denied')

    const second = await askForCode(window, github, 'Get a new code')
    expect(second).not.toBe(first)
    github.devices.approve(second, github.ada)
    await expect(gitHubUi.signedIn(window)).toContainText(`ada on ${github.host}`)
    await gitHubUi.signedIn(window).getByRole('button', { name: 'Choose organizations' }).click()
    await expect(gitHubUi.choice(window, 'Acme')).toBeVisible()
  })

  test('a code that nobody enters expires, and one can be cancelled', async ({ foundry, github }) => {
    const { window } = await foundry.start(device(github))
    const view = await openSignIn(window)
    const way = view.getByRole('region', { name: WAY })
    github.devices.lifetime = 2
    await askForCode(window, github, `Sign in to ${github.host} in the browser`)
    await expect(way.getByRole('alert')).toContainText('The code was not entered in time')
    await picture(window, 'sign-in-device-expired')

    github.devices.lifetime = 900
    const code = await askForCode(window, github, 'Get a new code')
    await way.getByRole('button', { name: 'Cancel' }).click()
    await expect(way).toContainText('The sign-in was cancelled')
    await picture(window, 'sign-in-device-cancelled')
    // What is agreed to afterwards signs nobody in.
    const asked = github.requests.length
    github.devices.approve(code, github.ada)
    await ui.navigation(window).getByRole('button', { name: 'Settings' }).click()
    await gitHubUi.settings(window).getByRole('tab', { name: 'Accounts' }).click()
    await expect(gitHubUi.settings(window)).toContainText('Nobody is signed in')
    expect(github.requests.length).toBe(asked)
  })

  test('without a client id of the host there is no such way', async ({ foundry, github }) => {
    void github
    const { window } = await foundry.start({ env: { FOUNDRY_GITHUB_CLIENT_ID: '' } })
    const view = await openSignIn(window)
    await expect(view.getByRole('region', { name: 'With a token' })).toBeVisible()
    await expect(view.getByRole('region', { name: WAY })).toHaveCount(0)
  })

  test('a host that cannot be reached gives no code, and says why', async ({ foundry, github }) => {
    const { window } = await foundry.start(device(github))
    const view = await openSignIn(window)
    await github.goDown()
    const way = view.getByRole('region', { name: WAY })
    await way.getByRole('button', { name: `Sign in to ${github.host} in the browser` }).click()
    await expect(way.getByRole('alert')).toContainText(`The sign-in at ${github.host} failed`)
    await picture(window, 'sign-in-device-unreachable')
  })
})
