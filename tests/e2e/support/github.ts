import { expect, type Locator, type Page } from '@playwright/test'
import { startGitHub, type GitHubServer } from '../../support/github/server'
import type { Organization, Repository, Token, User } from '../../support/github/types'
import type { App } from './app'
import { noKeyring, startKeyring, type Keyring } from './keyring'
import { test as base } from './test'
import { escaped, ui } from './ui'

export { expect } from './test'

/** A GitHub Enterprise server on this machine, with one organization of three repositories. */
export interface SeededGitHub extends GitHubServer {
  readonly ada: User
  readonly acme: Organization
  /** The most recently pushed one, with two pull requests. */
  readonly engine: Repository
  readonly site: Repository
  readonly attic: Repository
  /** May do all that Foundry asks for. */
  readonly token: Token
  /** Nothing answers at its address any more. */
  goDown(): Promise<void>
}

export interface GitHubFixtures {
  github: SeededGitHub
  /**
   * A real one; a test that asks for it is skipped where there is none. Ask for it before `foundry`: Chromium dies
   * with its session bus.
   */
  keyring: Keyring
}

const HOUR = 3_600_000

export const test = base.extend<GitHubFixtures>({
  github: async ({}, use) => {
    const github = await startSeeded()
    await use(github)
    await github.goDown()
  },

  keyring: async ({}, use) => {
    test.skip(noKeyring() !== '', noKeyring())
    const keyring = await startKeyring()
    await use(keyring)
    await keyring.close()
  },

  // The app ends before the server it asks.
  foundry: async ({ github, foundry }, use) => {
    void github
    await use(foundry)
  },
})

async function startSeeded(): Promise<SeededGitHub> {
  const server = await startGitHub()
  const { model } = server
  const ada = model.addUser('ada', { name: 'Ada Person' })
  const grace = model.addUser('grace', { name: 'Grace Other' })
  const acme = model.addOrganization('acme', { name: 'Acme' })
  model.addMember(acme, ada, 'admin')
  model.addMember(acme, grace)
  const repository = (name: string, hoursAgo: number, archived = false): Repository =>
    model.addRepository(acme, name, { pushedAt: Date.now() - hoursAgo * HOUR, archived })
  const engine = repository('engine', 1)
  const site = repository('site', 2)
  const attic = repository('attic', 1000, true)
  model.openPullRequest(engine, {
    title: 'Start faster',
    author: grace,
    headRef: 'start-faster',
    body: 'It **starts** faster.',
    checks: 'SUCCESS',
    requestedReviewers: [ada],
  })
  model.openPullRequest(engine, { title: 'Stop cleanly', author: ada, isDraft: true })
  model.openPullRequest(site, { title: 'New front page', author: ada, checks: 'FAILURE' })
  const token = model.addToken(ada)
  let down: Promise<void> | null = null
  return { ...server, ada, acme, engine, site, attic, token, goDown: () => (down ??= server.close()) }
}

/** What a person meets of GitHub, by role and name. */
export const gitHubUi = {
  signIn: (page: Page): Locator => page.getByRole('region', { name: 'Sign in to GitHub' }),
  signedIn: (page: Page): Locator => page.getByRole('region', { name: 'Signed in' }),
  tokenForm: (page: Page): Locator => page.getByRole('form', { name: 'Sign in with a token' }),
  chooser: (page: Page): Locator => page.getByRole('region', { name: 'Choose organizations' }),
  /** A row of the chooser. */
  choice: (page: Page, name: string): Locator =>
    gitHubUi
      .chooser(page)
      .getByRole('list', { name: 'Organizations' })
      .getByRole('listitem')
      .filter({ hasText: name }),
  switcher: (page: Page): Locator => page.getByRole('button', { name: /^Organization: / }),
  /** Says why nothing new is read, over everything else. */
  banner: (page: Page, name: string): Locator => page.getByRole('region', { name: `${name} is not synced` }),
  sync: (page: Page): Locator => ui.statusRow(page).getByRole('button', { name: /^Sync: / }),
  /** What the button above opens. */
  syncDetails: (page: Page): Locator => page.getByRole('dialog', { name: 'Sync' }),
  repositories: (page: Page): Locator => page.getByRole('listbox', { name: 'Repositories' }),
  repository: (page: Page, name: string): Locator =>
    gitHubUi.repositories(page).getByRole('option', { name: new RegExp(`^${escaped(name)}(,|$)`) }),
  pullRequests: (page: Page): Locator => page.getByRole('listbox', { name: 'Pull requests' }),
  pullRequest: (page: Page, title: string): Locator =>
    gitHubUi.pullRequests(page).getByRole('option', { name: new RegExp(`^#\\d+ ${escaped(title)}, `) }),
  settings: (page: Page): Locator => page.getByRole('dialog', { name: 'Settings' }),
  account: (page: Page, login: string): Locator =>
    gitHubUi.settings(page).getByRole('region', { name: new RegExp(`^${login} on `) }),
} as const

/** Fills in host and token where a person is asked for them, and sends them. */
export async function giveToken(page: Page, host: string, token: string): Promise<void> {
  const form = gitHubUi.tokenForm(page)
  await form.getByRole('textbox', { name: 'Host' }).fill(host)
  await form.getByLabel('Token', { exact: true }).fill(token)
  await form.getByRole('button', { name: 'Sign in with token' }).click()
}

/** From the first screen to somebody signed in. */
export async function signIn({ window }: App, github: GitHubServer, token: Token): Promise<void> {
  await window.getByRole('main').getByRole('button', { name: 'Sign in to GitHub' }).click()
  await giveToken(window, github.host, token.value)
  await expect(gitHubUi.signedIn(window)).toBeVisible()
}

/** Adds one in the chooser, which stays open. */
export async function addOrganization({ window }: App, name: string): Promise<void> {
  const row = gitHubUi.choice(window, name)
  await row.getByRole('button', { name: `Add ${name}` }).click()
  await expect(row.getByRole('button', { name: 'Open' })).toBeVisible()
}

/** Signs in, adds Acme, and opens it. */
export async function bringAcme(app: App, github: SeededGitHub): Promise<void> {
  await signIn(app, github, github.token)
  await gitHubUi.signedIn(app.window).getByRole('button', { name: 'Choose organizations' }).click()
  await addOrganization(app, 'Acme')
  await gitHubUi.choice(app.window, 'Acme').getByRole('button', { name: 'Open' }).click()
  await expect(gitHubUi.switcher(app.window)).toHaveAccessibleName('Organization: Acme')
}

export async function expectSynced(page: Page): Promise<void> {
  await expect(gitHubUi.sync(page)).toHaveAccessibleName(/^Sync: Synced/)
}

/** Asks for a sync, whether the last one ended or waits. */
export async function syncNow(page: Page): Promise<void> {
  await gitHubUi.sync(page).click()
  await gitHubUi
    .syncDetails(page)
    .getByRole('button', { name: /^(Sync|Try again) now$/ })
    .click()
  await page.keyboard.press('Escape')
  await expect(gitHubUi.syncDetails(page)).toBeHidden()
}

export async function openList(page: Page, name: 'Pull requests' | 'Repositories'): Promise<void> {
  await ui
    .navigation(page)
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
}

/** Through the switcher at the top of the sidebar. */
export async function switchTo(page: Page, name: string): Promise<void> {
  await gitHubUi.switcher(page).click()
  await page.getByRole('menuitemradio', { name: new RegExp(`^${escaped(name)}`) }).click()
  await expect(gitHubUi.switcher(page)).toHaveAccessibleName(`Organization: ${name}`)
}

export async function openSettings(page: Page, tab: 'General' | 'Accounts' | 'Sync'): Promise<Locator> {
  await ui.navigation(page).getByRole('button', { name: 'Settings' }).click()
  const settings = gitHubUi.settings(page)
  await settings.getByRole('tab', { name: tab }).click()
  return settings
}
