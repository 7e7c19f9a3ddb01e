import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { addThread, patchesOf, patchLines, resolveThread, setCheck } from '../support/github/reviews'
import type { PullRequest } from '../support/github/types'
import { axeViolations } from './support/axe'
import { bringAcme, expect, expectSynced, type SeededGitHub, syncNow, test } from './support/github'
import { picture } from './support/pictures'
import { git, writeFiles } from './support/repositories'
import { steps } from './support/scripts'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

const source = Array.from({ length: 60 }, (_, number) => `export const value${number} = ${number}\n`)
const panel = (page: Page) => page.getByRole('region', { name: 'Pull request', exact: true })

async function showPanel(page: Page, name: 'Changes' | 'Pull request'): Promise<void> {
  await page
    .getByRole('tablist', { name: 'Panel' })
    .getByRole('tab', { name: new RegExp(name) })
    .click()
}

/** Steps to the next change until it is that of a line; the diff may still be on its way. */
async function stepTo(page: Page, line: string): Promise<Locator> {
  const diffs = ui.diff(page).getByRole('group', { name: 'Diffs' })
  const chosen = ui.diff(page).getByRole('toolbar', { name: 'Chosen lines' })
  await diffs.focus()
  await expect(async () => {
    await page.keyboard.press('n')
    await expect(chosen).toContainText(line, { timeout: 500 })
  }).toPass({ timeout: 20_000 })
  return chosen
}

async function commentOn(page: Page, line: string, text: string): Promise<void> {
  await stepTo(page, line)
  await page.keyboard.press('c')
  const form = ui.diff(page).getByRole('region', { name: 'New comment' })
  await form.getByRole('textbox', { name: 'Comment' }).fill(text)
  await form.getByRole('button', { name: 'Save comment' }).click()
  await expect(form).toHaveCount(0)
}

test('a change of an agent is reviewed, fixed, staged by hunk and published; its failed check goes to the agent', async ({
  foundry,
  github,
  model,
  world,
}) => {
  github.git.seed(github.engine, { 'src/values.ts': source.join('') })
  const origin = await github.git.folder(github.engine)
  const folder = world.path('projects', 'engine')
  await git(world.root, 'clone', '--quiet', origin, folder)
  await git(folder, 'remote', 'set-url', 'origin', `${github.url}/acme/engine.git`)
  const changed = source
    .with(3, 'export const value3 = three\n')
    .with(20, 'export const value20 = twenty\n')
    .with(50, 'export const value50 = fifty\n')
  const fixed = source.with(3, "export const value3 = 'three'\n").with(50, "export const value50 = 'fifty'\n")
  model.answer('Use words', steps.write('src/values.ts', changed.join('')), steps.text('They are words now.'))
  model.answer(
    'I reviewed the changes',
    steps.read('src/values.ts'),
    steps.write('src/values.ts', fixed.join('')),
    steps.text('All three are done.'),
  )
  model.answer(
    'The check "build" failed',
    steps.write('src/three.ts', "export const three = 'three'\n"),
    steps.text('The build is repaired.'),
  )
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Use words', title: 'Words' })
  await expect(ui.answers(window).last()).toContainText('They are words now.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Words', 'Idle', { prefix: true })

  await expect(ui.changedFile(window, 'src/values.ts')).toBeVisible()
  await commentOn(window, 'Line 4', 'This is no number: quote it.')
  await commentOn(window, 'Line 21', 'Leave this one as it was.')
  await commentOn(window, 'Line 51', 'Quote this one, too.')
  await ui.diff(window).getByRole('button', { name: 'Put into prompt' }).click()
  await expect(ui.composer(window)).toHaveValue(/line 4:.*line 21:.*line 51:/s)
  await ui.send(window).click()
  await expect(ui.answers(window).last()).toContainText('All three are done.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Words', 'Idle', { prefix: true })

  // One of the two hunks is published, the other is not wanted after all.
  const changes = ui.changes(window)
  await changes.getByRole('combobox', { name: 'Which uncommitted changes' }).click()
  await window.getByRole('option', { name: 'Not staged' }).click()
  await stepTo(window, 'Line 4')
  await window.keyboard.press('s')
  await expect(window.getByText('Staged a part of src/values.ts')).toBeVisible()
  await changes.getByRole('textbox', { name: 'Commit message' }).fill('Three is a word')
  await changes.getByRole('button', { name: 'Commit 1 staged file' }).click()
  await expect(changes).toContainText('1 commit ahead')
  await stepTo(window, 'Line 51')
  await window.keyboard.press('x')
  await expect(window.getByText('Discarded a part of src/values.ts')).toBeVisible()
  await showPanel(window, 'Pull request')
  const form = panel(window).getByRole('form', { name: 'Publish pull request' })
  await form.getByRole('textbox', { name: 'Title' }).fill('Three is a word')
  await form.getByRole('button', { name: 'Publish pull request' }).click()
  await expect(panel(window).getByRole('heading', { name: 'Three is a word' })).toBeVisible({
    timeout: 30_000,
  })
  const pull = [...github.engine.pulls.values()].at(-1)
  if (pull === undefined) throw new Error('There is no pull request')
  expect(await git(origin, 'show', `${pull.headRef}:src/values.ts`)).toBe(
    source.with(3, "export const value3 = 'three'\n").join('').trimEnd(),
  )

  const stamp = '2026-03-01T12:00:00.0000000Z '
  setCheck(github.model, pull, 'build', {
    conclusion: 'failure',
    title: 'The build failed',
    summary: '**1 error** in `src/values.ts`',
    annotations: [
      {
        path: 'src/values.ts',
        startLine: 4,
        endLine: 4,
        level: 'failure',
        title: 'TS2304',
        message: "Cannot find name 'three'.",
      },
    ],
    log: [
      `${stamp}##[group]Run npm run build`,
      `${stamp}\u001b[36mtsc\u001b[0m`,
      `${stamp}src/values.ts(4,23): error TS2304`,
      `${stamp}##[error]Process completed with exit code 2.`,
    ].join('\n'),
  })
  await syncNow(window)
  const failed = panel(window).getByRole('list', { name: 'Checks' }).getByRole('listitem').first()
  await expect(failed).toContainText('Failed', { timeout: 30_000 })
  await failed.getByRole('button', { name: 'What build says' }).click()
  await expect(failed.getByRole('figure', { name: 'Log' })).toContainText('error: Process completed')
  await failed.scrollIntoViewIfNeeded()
  await picture(window, 'review-check', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  await showPanel(window, 'Changes')
  await changes.getByRole('tab', { name: /^Against/ }).click()
  await expect(ui.diff(window).getByRole('article', { name: 'Failure of build on line 4' })).toContainText(
    "Cannot find name 'three'.",
  )
  await picture(window, 'review-annotation')

  await showPanel(window, 'Pull request')
  await failed.getByRole('button', { name: 'Hand to the agent' }).click()
  await expect(ui.composer(window)).toHaveValue(
    /The check "build" failed for commit.*Cannot find name 'three'.*src\/values\.ts\(4,23\): error TS2304/s,
  )
  await picture(window, 'review-check-handed')
  await ui.send(window).click()
  await expect(ui.answers(window).last()).toContainText('The build is repaired.', { timeout: 60_000 })
  expect(github.leaks()).toEqual([])
})

const theirs = source
  .with(9, 'export const value9 = nine\n')
  .with(30, 'export const value30 = thirty\n')
  .with(50, 'export const value50 = fifty\n')

/** Commits to the branch of a pull request as somebody else. */
async function pushTheirs(github: SeededGitHub, pull: PullRequest, lines: readonly string[]): Promise<void> {
  const origin = await github.git.folder(github.engine)
  const tree = `${origin}-theirs`
  await git(origin, 'worktree', 'add', '--quiet', tree, pull.headRef)
  await writeFiles(tree, { 'src/values.ts': lines.join('') })
  await git(tree, 'add', '--all')
  await git(tree, 'commit', '--quiet', '--message', 'Words')
  await git(origin, 'worktree', 'remove', tree)
  await github.git.folder(github.engine)
}

test('threads stand at their lines and are answered; a review written offline is sent after, and asks first where the branch moved', async ({
  foundry,
  github,
  model,
}) => {
  github.git.seed(github.engine, { 'src/values.ts': source.join('') })
  await github.git.folder(github.engine)
  const pull = github.engine.pulls.get(1)
  const grace = pull?.author
  if (pull === undefined || grace == null) throw new Error('There is no pull request')
  const write = async (line: number, body: string, startLine?: number) => {
    const patch = (await patchesOf(github.git.store, pull)).get('src/values.ts') ?? ''
    const hunk = patchLines(patch).find(({ right }) => right === line)?.until ?? ''
    return addThread(github.model, pull, {
      author: grace,
      path: 'src/values.ts',
      line,
      body,
      hunk,
      ...(startLine === undefined ? {} : { startLine }),
    })
  }
  await pushTheirs(github, pull, theirs.with(40, 'export const value40 = forty\n'))
  await write(41, 'Forty is a number.')
  await pushTheirs(github, pull, theirs)
  const thread = await write(
    10,
    'Quote it, <b>please</b>:\n\n```suggestion\nexport const value9 = "nine"\n```\n\nThen it is a word.',
  )
  const second = await write(31, 'Are **all** of these words? [Look](javascript:alert(1)) \u202Ehere')
  setCheck(github.model, pull, 'lint', {
    conclusion: 'failure',
    summary: 'One problem.',
    annotations: [
      {
        path: 'src/values.ts',
        startLine: 51,
        endLine: 51,
        level: 'warning',
        title: 'Words',
        message: 'fifty is not defined.',
      },
    ],
  })
  model.answer('Have a look', steps.text('I had a look.'))
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await ui.task(window, /^Start faster/).click()
  await expect(window.getByRole('region', { name: 'Conversations' })).toContainText('3 open threads')
  await window.getByRole('region', { name: 'Conversations' }).scrollIntoViewIfNeeded()
  await picture(window, 'review-virtual', { everyWay: true })
  const composer = window.getByRole('region', { name: 'Composer' })
  await composer.getByRole('textbox', { name: 'Prompt' }).fill('Have a look')
  await composer.getByRole('button', { name: 'Start work' }).click()
  await expect(ui.answers(window).last()).toContainText('I had a look.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Start faster', 'Idle', { prefix: true })

  const changes = ui.changes(window)
  const diff = ui.diff(window)
  await changes.getByRole('tab', { name: /^Against/ }).click()
  await window.keyboard.press('ControlOrMeta+Shift+E')
  const card = diff.getByRole('article', { name: 'Thread on src/values.ts, line 10' })
  await expect(card).toContainText('Quote it, <b>please</b>')
  await expect(diff.getByRole('article', { name: 'Warning of lint on line 51' })).toContainText(
    'fifty is not defined.',
  )
  await expect(diff.getByRole('article', { name: 'Thread on src/values.ts, line 31' })).toContainText(
    '[U+202E]here',
  )
  await expect(diff.getByRole('article', { name: /line 41/ })).toHaveCount(0)
  await card.scrollIntoViewIfNeeded()
  await picture(window, 'review-threads', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  // What is suggested is applied to the checkout, and taken back.
  const values = join(await app.checkout(), 'src/values.ts')
  await card.getByRole('button', { name: 'Apply suggestion' }).click()
  await expect(window.getByText('Applied to src/values.ts')).toBeVisible()
  expect(await readFile(values, 'utf8')).toBe(theirs.with(9, 'export const value9 = "nine"\n').join(''))
  await window.getByRole('button', { name: 'Undo' }).first().click()
  await expect(window.getByText('Taken back')).toBeVisible()
  expect(await readFile(values, 'utf8')).toBe(theirs.join(''))

  await expect(card).toBeVisible()
  await card.getByRole('button', { name: 'Reply' }).click()
  await card.getByRole('textbox', { name: 'Reply' }).fill('It is a word now.')
  await window.keyboard.press('ControlOrMeta+Enter')
  await expect(card).toContainText('It is a word now.', { timeout: 15_000 })
  await card.getByRole('button', { name: 'Resolve' }).click()
  await expect(card).toContainText('resolved by ada', { timeout: 15_000 })
  expect(thread).toMatchObject({ resolvedBy: github.ada, comments: [{}, { body: 'It is a word now.' }] })
  await diff.getByRole('button', { name: '2 threads' }).click()
  const list = window.getByRole('list', { name: 'Open threads' })
  await expect(list.getByRole('button', { name: /line 41, outdated/ })).toBeVisible()
  await picture(window, 'review-thread-list')
  await list.getByRole('button', { name: /line 31/ }).click()
  expect(second.resolvedBy).toBeNull()

  // Outdated ones are read with the lines they were about.
  await diff.getByRole('button', { name: '2 threads' }).click()
  await list.getByRole('button', { name: /line 41/ }).click()
  const conversations = panel(window).getByRole('region', { name: 'Conversations' })
  const outdated = conversations.getByRole('article', { name: 'Thread on src/values.ts, line 41' })
  await expect(outdated).toContainText('outdated')
  await expect(outdated).toContainText('+export const value40 = forty')
  await outdated.scrollIntoViewIfNeeded()
  await picture(window, 'review-conversations', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  // Nothing answers at GitHub.
  const reconnect = github.faults.add(() => true, { kind: 'reset' }, { times: Infinity })
  await showPanel(window, 'Changes')
  await window.keyboard.press('ControlOrMeta+Shift+E')
  await commentOn(window, 'Line 31', 'This one is a word.')
  await diff.getByRole('button', { name: 'Review #1' }).click()
  const form = diff.getByRole('form', { name: 'Review #1' })
  await form.getByRole('textbox', { name: 'Text of the review' }).fill('Nearly there.')
  await form.getByRole('radio', { name: 'Request changes' }).check()
  await expect(form).toContainText('sent as soon as GitHub can be reached', { timeout: 15_000 })
  await picture(window, 'review-form-offline', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await form.getByRole('button', { name: /^Send when connected/ }).click()
  const waiting = diff.getByRole('region', { name: 'Review on its way' })
  await expect(waiting).toContainText('waits, and is sent as soon as GitHub can be reached', {
    timeout: 30_000,
  })
  await picture(window, 'review-waiting', { everyWay: true })
  // A reply that waits is counted, and is found from there.
  const other = diff.getByRole('article', { name: 'Thread on src/values.ts, line 31' })
  await other.getByRole('button', { name: 'Reply' }).click()
  await other.getByRole('textbox', { name: 'Reply' }).fill('So it is.')
  await window.keyboard.press('ControlOrMeta+Enter')
  await diff.getByRole('button', { name: '1 reply not sent' }).click()
  const unsent = window.getByRole('list', { name: 'Replies not sent yet' })
  await expect(unsent).toBeVisible()
  await picture(window, 'reply-counted')
  await unsent.getByRole('button', { name: /So it is\./ }).click()
  await expect(other.getByRole('region', { name: 'Your reply' })).toBeInViewport()
  const given = () => pull.reviews.filter(({ author, body }) => author === github.ada && body !== '')
  expect(given()).toEqual([])

  // The branch moves before anybody is back: nothing is posted without a decision.
  await pushTheirs(github, pull, theirs.with(30, 'export const value30 = 30\n'))
  reconnect()
  await syncNow(window)
  await expect(waiting).toContainText('something is different now', { timeout: 30_000 })
  await expect(waiting).toContainText('1 comment is about lines that are not in the diff')
  expect(given()).toEqual([])
  await picture(window, 'review-conflict', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await waiting.getByRole('button', { name: 'Request changes all the same' }).click()
  await github.until(() => given().length > 0)
  expect(given()).toMatchObject([{ state: 'CHANGES_REQUESTED', commit: pull.headCommit }])
  await github.until(() => second.comments.some(({ body }) => body === 'So it is.'))
  expect(given()[0]?.body).toMatch(/^Nearly there\.\n\n\*\*`src\/values\.ts`, line 31\*\*/)
  await expect(waiting).toHaveCount(0)
  await window.keyboard.press('ControlOrMeta+Shift+E')
  await showPanel(window, 'Pull request')
  await expect(conversations.getByRole('list', { name: 'Given reviews' })).toContainText(
    'ada requested changes',
    {
      timeout: 30_000,
    },
  )
  expect(github.leaks()).toEqual([])
})

test('a reply written offline waits in its thread, is edited there, and asks first where the thread was resolved', async ({
  foundry,
  github,
}) => {
  github.git.seed(github.engine, { 'src/values.ts': source.join('') })
  await github.git.folder(github.engine)
  const pull = github.engine.pulls.get(1)
  const grace = pull?.author
  if (pull === undefined || grace == null) throw new Error('There is no pull request')
  await pushTheirs(github, pull, theirs)
  const patch = (await patchesOf(github.git.store, pull)).get('src/values.ts') ?? ''
  const hunk = patchLines(patch).find(({ right }) => right === 10)?.until ?? ''
  const thread = addThread(github.model, pull, {
    author: grace,
    path: 'src/values.ts',
    line: 10,
    body: 'Is this a word?',
    hunk,
  })
  const said = () => thread.comments.filter(({ author }) => author === github.ada).map(({ body }) => body)
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await ui.task(window, /^Start faster/).click()
  const conversations = window.getByRole('region', { name: 'Conversations' })
  const card = conversations.getByRole('article', { name: 'Thread on src/values.ts, line 10' })
  await expect(card).toContainText('Is this a word?')

  // Nothing answers at GitHub.
  const reconnect = github.faults.add(() => true, { kind: 'reset' }, { times: Infinity })
  await card.getByRole('button', { name: 'Reply' }).click()
  await card.getByRole('textbox', { name: 'Reply' }).fill('It is a **number**.')
  await window.keyboard.press('ControlOrMeta+Enter')
  const waiting = card.getByRole('region', { name: 'Your reply' })
  await expect(waiting).toContainText('sent as soon as GitHub can be reached', { timeout: 30_000 })
  await waiting.scrollIntoViewIfNeeded()
  await picture(window, 'reply-waiting', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await expect(conversations.getByRole('heading', { name: '1 open thread · 1 reply not sent' })).toBeVisible()

  await waiting.getByRole('button', { name: 'Edit' }).click()
  const form = card.getByRole('textbox', { name: 'Reply' })
  await expect(form).toHaveValue('It is a **number**.')
  await expect(waiting).toHaveCount(0)
  await form.fill('It is a **word**.')
  await card.getByRole('button', { name: 'Send reply' }).click()
  await expect(waiting).toContainText('sent as soon as GitHub can be reached', { timeout: 30_000 })
  await waiting.getByRole('button', { name: 'Drop' }).click()
  await expect(waiting).toHaveCount(0)
  await window.getByRole('button', { name: 'Undo' }).first().click()
  await expect(waiting).toContainText('sent as soon as GitHub can be reached', { timeout: 30_000 })

  // It is resolved before anybody is back: nothing is said without a decision.
  resolveThread(github.model, thread, grace)
  reconnect()
  await syncNow(window)
  await expect(waiting).toContainText('Somebody resolved the thread', { timeout: 30_000 })
  expect(said()).toEqual([])
  await waiting.scrollIntoViewIfNeeded()
  await picture(window, 'reply-conflict', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await waiting.getByRole('button', { name: 'Send all the same' }).click()
  await github.until(() => said().length > 0)
  expect(said()).toEqual(['It is a **word**.'])
  await expect(waiting).toHaveCount(0)
  await conversations.getByRole('button', { name: '1 resolved thread' }).click()
  await card.getByRole('button', { name: /^Show 2 comments/ }).click()
  await expect(card).toContainText('It is a word.')
  expect(github.leaks()).toEqual([])
})
