import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Locator, Page } from '@playwright/test'
import { addThread, setCheck } from '../support/github/reviews'
import { type App, appExecutable } from './support/app'
import { installOpenCode } from './support/agent'
import { bringAcme, expect, expectSynced, syncNow, test } from './support/github'
import { picture } from './support/pictures'
import { git } from './support/repositories'
import { steps } from './support/scripts'
import type { World } from './support/world'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const title = 'Faster engine'
const history = (page: Page): Locator => page.getByRole('region', { name: 'History', exact: true })
const entries = (page: Page): Locator =>
  history(page).getByRole('list', { name: 'Timeline' }).getByRole('listitem')
const pullRequest = (page: Page): Locator => page.getByRole('region', { name: 'Pull request', exact: true })
const panelTab = (page: Page, name: RegExp): Locator =>
  page.getByRole('tablist', { name: 'Panel' }).getByRole('tab', { name })

/** Allows what the agent asks for, one thing after the other, until it has said something. */
async function allow(app: App, asked: readonly string[], said: string): Promise<void> {
  const { window } = app
  for (const about of asked) {
    const yes = ui.permission(window).filter({ hasText: about }).locator('button[aria-keyshortcuts]').first()
    // oxlint-disable-next-line no-await-in-loop -- the agent asks one thing after the other
    await expect(yes).toBeEnabled({ timeout: 60_000 })
    // oxlint-disable-next-line no-await-in-loop -- the same
    await yes.click()
  }
  await expect(ui.answers(window).last()).toContainText(said, { timeout: 60_000 })
  await expectTaskStatus(app, title, 'Idle', { prefix: true })
}

/** The same app without the program that sandboxes are made with. */
async function withoutSandboxAgent(world: World): Promise<string> {
  const copy = world.path('app-without-agent')
  await promisify(execFile)('cp', ['-a', '--reflink=auto', dirname(appExecutable()), copy])
  const names = await readdir(copy, { recursive: true })
  const programs = names.filter((name) => /@sandbox-agent\/cli-[^/]+\/bin\/sandbox-agent$/.test(name))
  expect(programs).toHaveLength(1)
  for (const name of programs) await rm(join(copy, name))
  return join(copy, 'foundry')
}

test('a task is reviewed in full when its sandbox, its checkout and the network are gone', async ({
  foundry,
  github,
  model,
  world,
}) => {
  test.setTimeout(300_000)
  await installOpenCode(world, { baseUrl: model.baseUrl, ask: true })
  github.git.seed(github.engine, { 'src/speed.ts': 'export const speed = 1\n', 'README.md': '# Engine\n' })
  const origin = await github.git.folder(github.engine)
  const folder = world.path('projects', 'engine')
  await git(world.root, 'clone', '--quiet', origin, folder)
  await git(folder, 'remote', 'set-url', 'origin', `${github.url}/acme/engine.git`)
  model.answer(
    'Make it faster',
    steps.run('echo the engine stalls; exit 3', 'Tries the engine'),
    steps.write('src/speed.ts', 'export const speed = 2\n'),
    steps.text('The engine is faster. Shall I say so in the README?'),
  )
  model.answer(
    'Yes, do',
    steps.run(
      "echo 'export const speed = 3' > src/speed.ts; echo 'It is **zebra** fast.' > NOTES.md",
      'Writes it down',
    ),
    steps.text('It is noted.'),
  )

  let app = await foundry.start()
  let { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Make it faster', title })
  await allow(app, ['exit 3', 'speed.ts'], 'Shall I say so')

  // What is open while the person has not answered.
  await panelTab(window, /History/).click()
  await expect(entries(window).last()).toContainText('You created it on branch')
  await history(window).getByRole('tab', { name: 'Summary' }).click()
  const open = history(window).getByRole('region', { name: /^Open questions/ })
  await expect(open).toContainText('Shall I say so in the README?')
  await sendPrompt(app, 'Yes, do')
  await allow(app, ['NOTES.md'], 'It is noted.')
  await expect(open).not.toContainText('Shall I say so')
  await expect(open).toContainText('Changed after the last commit')

  await panelTab(window, /Pull request/).click()
  const form = pullRequest(window).getByRole('form', { name: 'Publish pull request' })
  await form.getByRole('textbox', { name: 'Title' }).fill('A faster engine')
  await form.getByRole('textbox', { name: 'Commit message' }).fill('Speed up')
  await form.getByRole('button', { name: 'Publish pull request' }).click()
  await expect(pullRequest(window).getByRole('heading', { name: 'A faster engine' })).toBeVisible({
    timeout: 30_000,
  })
  const pull = [...github.engine.pulls.values()].at(-1)
  const grace = [...github.acme.members.keys()].find(({ login }) => login === 'grace')
  if (pull === undefined || grace === undefined)
    throw new Error('There is no pull request, or nobody to review it')
  addThread(github.model, pull, {
    author: grace,
    path: 'src/speed.ts',
    line: 1,
    body: 'Why three?',
    hunk: '@@ -1 +1 @@\n-export const speed = 1\n+export const speed = 3',
  })
  setCheck(github.model, pull, 'build', {
    conclusion: 'failure',
    title: 'The build failed',
    log: Array.from({ length: 400 }, (_, nth) => `2026-03-01T12:00:00.0000000Z step ${nth}`).join('\n'),
  })
  await syncNow(window)
  await expect(pullRequest(window)).toContainText('Why three?')
  await expect(pullRequest(window).getByRole('list', { name: 'Checks' })).toContainText('build')

  // Archived, and everything it was made with is taken away.
  await window.getByRole('button', { name: 'Task actions' }).click()
  await window.getByRole('menuitem', { name: 'Archive' }).click()
  await expect(window.getByText(`"${title}" is archived`)).toBeVisible()
  await window.getByRole('button', { name: 'Task actions' }).click()
  await window.getByRole('menuitem', { name: 'Keep for offline reading…' }).click()
  const kept = window.getByRole('dialog', { name: 'Offline reading' })
  await expect(kept.getByRole('region', { name: 'Kept' })).toContainText('1 check', { timeout: 60_000 })
  await window.keyboard.press('Escape')
  await window.getByRole('button', { name: 'Settings', exact: true }).click()
  const settings = window.getByRole('dialog', { name: 'Settings' })
  await settings.getByRole('tab', { name: 'Storage' }).click()
  await settings.getByRole('button', { name: 'Free disk space' }).click()
  const question = window.getByRole('dialog', { name: 'Free disk space' })
  await question.getByRole('button', { name: /^Remove 1 checkout/ }).click()
  await expect(question).toBeHidden()
  await expect(settings.getByText('No task has a checkout.')).toBeVisible()
  await window.keyboard.press('Escape')
  const tasks = join(world.foundry, 'tasks')
  await expect
    .poll(async () => (existsSync(tasks) ? readdir(tasks) : []))
    .not.toContainEqual(expect.stringMatching(/^task_/))
  await expect(ui.statusRow(window)).toContainText('Nothing running')
  await app.quit()
  await github.goDown()
  for (const gone of [join(world.foundry, 'tasks'), join(world.foundry, 'stores'), folder, origin])
    await rm(gone, { recursive: true, force: true })
  await rm(join(world.data, 'sandbox-agent'), { recursive: true, force: true })
  const executable = await withoutSandboxAgent(world)

  app = await foundry.start({ executable })
  window = app.window
  await window.getByRole('button', { name: 'Show archived tasks' }).click()
  await ui.task(window, new RegExp(`^${title}`)).click()

  // The transcript.
  await expect(ui.answers(window).last()).toContainText('It is noted.')
  await expect(ui.prompts(window).first()).toContainText('Make it faster')

  // What it comes to.
  await panelTab(window, /History/).click()
  await history(window).getByRole('tab', { name: 'Summary' }).click()
  const summary = history(window)
  await expect(summary.getByRole('region', { name: /^Failed commands 1/ })).toContainText('exit 3')
  await expect(summary.getByRole('region', { name: /^Open questions/ })).toContainText('Why three?')
  await expect(summary.getByRole('region', { name: /^Open questions/ })).toContainText('Checks fail')
  const decisions = summary.getByRole('region', { name: /^Decisions/ })
  await expect(decisions).toContainText('You allowed')
  await expect(decisions).toContainText('You answered')
  await expect(decisions).toContainText('opened pull request')
  await expect(decisions).toContainText('archived it')
  const failed = summary.getByRole('region', { name: /^Failed commands/ })
  await failed.getByRole('button', { name: /exit 3/ }).click()
  await expect(failed.locator('pre')).toContainText('the engine stalls')
  const edits = summary.getByRole('region', { name: /^Edits 2/ })
  await edits.getByRole('button', { name: /Make it faster/ }).click()
  await edits.getByRole('button', { name: /^src\/speed\.ts/ }).click()
  await expect(edits.getByRole('figure', { name: 'Diff of src/speed.ts' })).toContainText(
    'export const speed = 2',
  )
  await picture(window, 'history-summary', { everyWay: true, axe: true })
  await window.setViewportSize({ width: 900, height: 600 })
  await window.getByRole('button', { name: 'Show panel' }).click()
  await picture(window, 'history-summary-narrow', { axe: true })
  await window.keyboard.press('Escape')
  await window.setViewportSize({ width: 1440, height: 900 })

  // What happened, each thing once.
  await history(window).getByRole('tab', { name: 'Timeline' }).click()
  await expect(entries(window).filter({ hasText: 'Yes, do' })).toHaveCount(2)
  await expect(entries(window).filter({ hasText: 'You allowed' })).toHaveCount(3)
  await expect(entries(window).filter({ hasText: 'committed' })).toHaveCount(1)
  await expect(entries(window).filter({ hasText: 'opened pull request' })).toHaveCount(1)
  await expect(entries(window).filter({ hasText: 'grace' })).toContainText('src/speed.ts')
  await expect(entries(window).filter({ hasText: 'says checks of pull request' })).toHaveCount(1)
  await picture(window, 'history-timeline', { everyWay: true, axe: true })
  await history(window).getByRole('combobox', { name: 'Who' }).click()
  await window.getByRole('option', { name: 'GitHub' }).click()
  await expect(entries(window).filter({ hasText: 'You' })).toHaveCount(0)
  await expect(entries(window).filter({ hasText: 'grace' })).toHaveCount(1)
  await history(window).getByRole('combobox', { name: 'Who' }).click()
  await window.getByRole('option', { name: 'Everybody' }).click()
  await history(window).getByRole('combobox', { name: 'Kind' }).click()
  await window.getByRole('option', { name: 'Permissions' }).click()
  await expect(entries(window)).toHaveCount(3)
  // To its place in the transcript, by the key.
  await entries(window).last().getByRole('button', { expanded: false }).focus()
  await window.keyboard.press('o')
  await expect(ui.permission(window).first()).toBeInViewport()

  // The diff of a turn, and what lies between two of them.
  await history(window).getByRole('combobox', { name: 'Kind' }).click()
  await window.getByRole('option', { name: 'Turns' }).click()
  await expect(entries(window)).toHaveCount(2)
  await entries(window).last().getByRole('button', { expanded: false }).click()
  await entries(window).last().getByRole('button', { name: 'Show the changes' }).click()
  await expect(ui.diff(window)).toContainText('export const speed = 2')
  await panelTab(window, /History/).click()
  await entries(window).last().getByRole('button', { expanded: false }).click()
  await entries(window).last().getByRole('button', { name: 'Compare with…' }).click()
  await picture(window, 'history-compare', { axe: true })
  await entries(window).first().getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(ui.changedFile(window, 'NOTES.md')).toBeVisible()
  await expect(ui.diff(window)).toContainText('export const speed = 3')
  await expect(ui.diff(window)).not.toContainText('speed = 1')
  await picture(window, 'history-compared')
  // All of it, from the start of the branch.
  await panelTab(window, /History/).click()
  await entries(window).first().getByRole('button', { expanded: false }).click()
  await entries(window).first().getByRole('button', { name: 'Compare with…' }).click()
  const compare = history(window).getByRole('region', { name: 'Compare' })
  await expect(compare.getByRole('button', { name: 'The files now' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  await compare.getByRole('button', { name: 'The start of the branch' }).click()
  await expect(ui.diff(window)).toContainText('export const speed = 1')
  await expect(ui.diff(window)).not.toContainText('speed = 2')

  // What was said about the pull request.
  await panelTab(window, /Pull request/).click()
  await expect(pullRequest(window)).toContainText('Why three?')
  await expect(pullRequest(window).getByRole('list', { name: 'Checks' })).toContainText('build')
  await expect(pullRequest(window)).toContainText('This is what was kept for offline reading.')
  const check = pullRequest(window).getByRole('list', { name: 'Checks' }).getByRole('listitem').first()
  await check.getByRole('button', { name: 'What build says' }).click()
  await expect(check.getByRole('figure', { name: 'Log' })).toContainText('step 399')
  await picture(window, 'history-pull-request', { axe: true })

  // And it is found.
  await window.keyboard.press('Control+Shift+S')
  await window.getByRole('combobox', { name: 'Search everything' }).fill('zebra kind:diff ')
  const hits = window.getByRole('listbox', { name: 'Results' }).getByRole('option')
  await expect(hits).toHaveText([/NOTES\.md/])
  await hits.first().click()
  await expect(ui.diff(window)).toContainText('zebra')
  await window.keyboard.press('Alt+ArrowLeft')
  await window.getByRole('combobox', { name: 'Search everything' }).fill('kind:activity author:you allow ')
  await expect(hits).toHaveText([/You answered/, /You answered/, /You answered/])
  await hits.first().click()
  await expect(history(window).getByRole('button', { expanded: true })).toContainText('You allowed')

  // Nobody made a store or a checkout for any of it.
  for (const name of ['stores', 'tasks']) {
    const place = join(world.foundry, name)
    expect(existsSync(place) ? await readdir(place) : []).toEqual([])
  }
})
