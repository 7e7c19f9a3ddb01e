import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from './support/app'
import { expect, gitHubUi, openSettings, signIn, test } from './support/github'
import { searchFiles } from './support/github-token-search'
import { installLauncher } from './support/world'

const key = 'sk-ant-KeptInTheKeyring0123456789abcdef'

const backend = (app: App): Promise<string> =>
  app.electron.evaluate(({ safeStorage }) => safeStorage.getSelectedStorageBackend())

test('a key of an agent is in the keyring of the computer, and there again after a restart', async ({
  keyring,
  foundry,
  world,
}) => {
  await installLauncher(world, 'claude', '#!/bin/sh\nexit 1\n')
  const app = await foundry.start(keyring.start)
  expect(await backend(app)).toBe('gnome_libsecret')
  await app.window.getByRole('button', { name: 'Settings' }).first().click()
  const claude = gitHubUi.settings(app.window).getByRole('region', { name: 'Claude' })
  const field = claude.getByLabel(/^API key for /)
  await expect(claude).toContainText('Kept in the keychain of this computer')
  await field.fill(key)
  await claude.getByRole('button', { name: 'Save key' }).click()
  await expect(field).toHaveAttribute('placeholder', 'A key is stored')
  await app.quit()
  const secrets = join(world.foundry, 'secrets.json')
  expect((await stat(secrets)).mode & 0o777).toBe(0o600)
  expect(await searchFiles(key, world.root, keyring.folder)).toEqual([])

  const again = await foundry.start(keyring.start)
  await again.window.getByRole('button', { name: 'Settings' }).first().click()
  const stored = gitHubUi.settings(again.window).getByRole('region', { name: 'Claude' })
  await expect(stored.getByLabel(/^API key for /)).toHaveAttribute('placeholder', 'A key is stored')
  await stored.getByRole('button', { name: 'Remove key' }).click()
  await expect(stored.getByLabel(/^API key for /)).not.toHaveAttribute('placeholder', 'A key is stored')
  expect(await readFile(secrets, 'utf8')).not.toContain('agent-key')
})

test('a token of GitHub is in the keyring, survives a restart, and needs the keyring to be there', async ({
  keyring,
  foundry,
  github,
  world,
}) => {
  const app = await foundry.start(keyring.start)
  await signIn(app, github, github.token)
  await expect(gitHubUi.signedIn(app.window)).toContainText('in the keychain of this computer')
  await app.quit()
  expect(await searchFiles(github.token.value, world.root, keyring.folder)).toEqual([])

  // The token is the one that GitHub gets, not only a note that there is one.
  const again = await foundry.start(keyring.start)
  await openSettings(again.window, 'Accounts')
  const account = gitHubUi.account(again.window, 'ada')
  const before = github.requested('GET /user').length
  await account.getByRole('button', { name: 'Check' }).click()
  await github.answered('GET /user', before + 1)
  await expect(again.window.getByText('The token of ada is good')).toBeVisible()
  await again.quit()

  const without = await foundry.start()
  await openSettings(without.window, 'Accounts')
  const lost = gitHubUi.account(without.window, 'ada')
  await lost.getByRole('button', { name: 'Check' }).click()
  await expect(lost.getByRole('button', { name: 'Reconnect' })).toBeVisible()
  await expect(lost.getByRole('alert')).toContainText(/keychain/)
  await without.quit()

  // Nothing was thrown away meanwhile.
  const restored = await foundry.start(keyring.start)
  await openSettings(restored.window, 'Accounts')
  await expect(
    gitHubUi.account(restored.window, 'ada').getByRole('button', { name: 'Reconnect' }),
  ).toHaveCount(0)
  expect(await searchFiles(github.token.value, world.root, keyring.folder)).toEqual([])
})

test('without a keyring a token lives until the app ends, and the app says so', async ({
  foundry,
  github,
  world,
}) => {
  const app = await foundry.start()
  expect(await backend(app)).toBe('basic_text')
  await app.window.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }).click()
  await expect(gitHubUi.tokenForm(app.window)).toContainText(
    'no keychain: the token is kept until Foundry quits',
  )
  await gitHubUi.signIn(app.window).getByRole('button', { name: 'Close' }).click()
  await signIn(app, github, github.token)
  await expect(gitHubUi.signedIn(app.window)).toContainText('you sign in again after the next start')
  await openSettings(app.window, 'Accounts')
  await expect(gitHubUi.settings(app.window)).toContainText('The token is kept until Foundry quits')
  await app.quit()
  expect(await searchFiles(github.token.value, world.root)).toEqual([])

  const again = await foundry.start()
  await openSettings(again.window, 'Accounts')
  const account = gitHubUi.account(again.window, 'ada')
  await expect(account.getByRole('button', { name: 'Reconnect' })).toBeVisible()
  await expect(account.getByRole('alert')).toContainText('There is no token for ada')
})
