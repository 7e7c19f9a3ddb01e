import { picture } from './support/pictures'
import { bringAcme, expect, expectSynced, test } from './support/github'
import { git, writeFiles } from './support/repositories'
import { steps } from './support/scripts'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'
import type { Page } from '@playwright/test'

const panel = (page: Page) => page.getByRole('region', { name: 'Pull request', exact: true })
const form = (page: Page) => panel(page).getByRole('form', { name: 'Publish pull request' })

async function showPullRequest(page: Page): Promise<void> {
  await page
    .getByRole('tablist', { name: 'Panel' })
    .getByRole('tab', { name: /^(.*)?Pull request/ })
    .click()
}

test('work on a pull request is followed up; another task is published as a draft, made ready and merged', async ({
  foundry,
  github,
  model,
  world,
}) => {
  github.git.seed(github.engine, {
    'README.md': '# Engine\n',
    'src/speed.ts': 'export const speed = 1\n',
    '.github/pull_request_template.md': '## What\n\n## How it was tested\n',
  })
  github.model.label(github.engine, 'speed', '2da44e')
  const origin = await github.git.folder(github.engine)
  const folder = world.path('projects', 'engine')
  await git(world.root, 'clone', '--quiet', origin, folder)
  await git(folder, 'remote', 'set-url', 'origin', `${github.url}/acme/engine.git`)
  const prompt = 'Make the engine faster'
  model.answer(
    prompt,
    steps.write('src/speed.ts', 'export const speed = 2\n'),
    steps.write('FASTER.md', 'Twice.\n'),
    steps.text('The engine is twice as fast now.'),
  )

  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)

  // A pull request's task: nothing of it was here before the first prompt.
  const first = github.engine.pulls.get(1)
  const finish = 'Finish it'
  model.answer(finish, steps.write('FASTER.md', 'It starts faster.\n'), steps.text('It is finished.'))
  await ui.task(window, /^Start faster/).click()
  await picture(window, 'publish-virtual')
  const composer = window.getByRole('region', { name: 'Composer' })
  await composer.getByRole('textbox', { name: 'Prompt' }).fill(finish)
  await composer.getByRole('button', { name: 'Start work' }).click()
  await expect(ui.answers(window).last()).toContainText('It is finished.', { timeout: 60_000 })
  await window.getByRole('button', { name: 'Pull request #1, Open' }).click()
  const follow = panel(window).getByRole('button', { name: 'Commit and push 1 file' })
  await panel(window).getByRole('textbox', { name: 'Commit message' }).fill('Note that it starts faster')
  await picture(window, 'publish-pull-request-task')
  await follow.click()
  await github.until(() => first?.commits === 2)
  expect(await git(origin, 'log', '-1', '--format=%s|%an', 'start-faster')).toBe(
    'Note that it starts faster|Ada Person',
  )
  expect(first).toMatchObject({ state: 'OPEN', title: 'Start faster' })

  await openRepository(app, folder)
  await createTask(app, { prompt, title: 'Faster engine' })
  await expectTaskStatus(app, 'Faster engine', 'Idle', { prefix: true })

  await showPullRequest(window)
  await expect(form(window).getByRole('textbox', { name: 'Description' })).toHaveValue(
    /^## What\n\nThe engine is twice as fast now\.\n\n\*\*Asked for\*\*\n\n> Make the engine faster\n\n## How it was tested$/,
  )
  const same = panel(window).getByRole('region', { name: 'Same files' })
  await expect(same).toContainText('1 other open pull request changes the same files')
  await expect(same.getByRole('listitem').filter({ hasText: 'FASTER.md' }).first()).toContainText('#1')
  await picture(window, 'publish-form', { everyWay: true, axe: true })
  await same.scrollIntoViewIfNeeded()
  await picture(window, 'same-files', { everyWay: true, axe: true })
  await form(window).getByRole('textbox', { name: 'Title' }).fill('A faster engine')
  await form(window).getByRole('combobox', { name: 'Reviewers' }).click()
  await window.getByRole('option', { name: /grace/ }).click()
  await form(window).getByRole('combobox', { name: 'Labels' }).click()
  await window.getByRole('option', { name: 'speed' }).click()
  await form(window).getByRole('switch', { name: 'Draft' }).click()
  await form(window).getByRole('textbox', { name: 'Commit message' }).fill('Double the speed')
  await picture(window, 'publish-form-filled')
  await form(window).getByRole('button', { name: 'Publish draft' }).click()

  await expect(panel(window).getByRole('heading', { name: 'A faster engine' })).toBeVisible({
    timeout: 30_000,
  })
  await expect(window.getByRole('button', { name: /^Pull request #\d+, Draft$/ })).toBeVisible()
  const pull = [...github.engine.pulls.values()].at(-1)
  expect(pull).toMatchObject({ title: 'A faster engine', isDraft: true, state: 'OPEN', baseRef: 'main' })
  await picture(window, 'publish-draft', { everyWay: true, axe: true })

  const more = 'Say so in the README'
  model.answer(more, steps.write('NOTES.md', 'Faster.\n'), steps.text('It is noted.'))
  await ui.composer(window).fill(more)
  await ui.send(window).click()
  const push = panel(window).getByRole('button', { name: 'Commit and push 1 file' })
  await expect(push).toBeVisible({ timeout: 60_000 })
  await expectTaskStatus(app, 'Faster engine', 'Idle', { prefix: true })
  await picture(window, 'publish-follow-up')
  await push.click()
  await github.until(() => pull?.commits === 2)

  await panel(window).getByRole('button', { name: 'Mark ready' }).click()
  await expect(window.getByRole('button', { name: /^Pull request #\d+, Open$/ })).toBeVisible()
  await picture(window, 'publish-ready')
  await panel(window).getByRole('button', { name: 'Merge', exact: true }).click()
  await picture(window, 'publish-merge')
  await panel(window).getByRole('radio', { name: 'Squash and merge' }).check()
  await panel(window).getByRole('button', { name: 'Squash and merge' }).click()
  await expect(window.getByRole('button', { name: /^Pull request #\d+, Merged$/ })).toBeVisible()

  await picture(window, 'publish-merged')

  expect(await git(origin, 'log', '--format=%s|%an', 'main')).toBe(
    [`A faster engine (#${pull?.number})|Ada Person`, 'First commit|Ada Person'].join('\n'),
  )
  expect(await git(origin, 'show', 'main:src/speed.ts')).toBe('export const speed = 2')
  expect(await git(origin, 'branch', '--list', pull?.headRef ?? '')).toBe('')
  const calls = github
    .calls()
    .map(({ method, path, body }) =>
      typeof body === 'object' && body !== null && 'mutation' in body
        ? body.mutation
        : `${method} ${path.replace(/^.*\/(?:repositories\/\d+|acme\/engine\.git)/, '')}`,
    )
  expect(calls).toEqual([
    'POST /git-receive-pack',
    'POST /git-receive-pack',
    'POST /pulls',
    // Its text gets the link to it.
    `PATCH /pulls/${pull?.number}`,
    `POST /issues/${pull?.number}/labels`,
    `POST /pulls/${pull?.number}/requested_reviewers`,
    'POST /git-receive-pack',
    'markPullRequestReadyForReview',
    `PUT /pulls/${pull?.number}/merge`,
    `DELETE /git/refs/heads/${pull?.headRef}`,
  ])
  expect(github.leaks()).toEqual([])
})

test('conflicts with the base go to the agent, and what it resolves is pushed', async ({
  foundry,
  github,
  model,
}) => {
  github.git.seed(github.engine, { 'src/speed.ts': 'export const speed = 1\n' })
  const origin = await github.git.folder(github.engine)
  const finish = 'Finish it'
  model.answer(finish, steps.write('src/speed.ts', 'export const speed = 2\n'), steps.text('Doubled.'))
  model.answer(
    'A merge of main is under way',
    steps.run('printf "export const speed = 6\\n" > src/speed.ts && git add -A && git commit --no-edit'),
    steps.text('Both are in it.'),
  )
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await ui.task(window, /^Start faster/).click()
  const composer = window.getByRole('region', { name: 'Composer' })
  await composer.getByRole('textbox', { name: 'Prompt' }).fill(finish)
  await composer.getByRole('button', { name: 'Start work' }).click()
  await expect(ui.answers(window).last()).toContainText('Doubled.', { timeout: 60_000 })
  await showPullRequest(window)
  await panel(window).getByRole('button', { name: 'Commit and push 1 file' }).click()
  const pull = github.engine.pulls.get(1)
  await github.until(() => pull?.commits === 2)

  // Somebody else changes the same line.
  const theirs = `${origin}-theirs`
  await git(origin, 'worktree', 'add', '--quiet', theirs, 'main')
  await writeFiles(theirs, { 'src/speed.ts': 'export const speed = 3\n' })
  await git(theirs, 'commit', '--quiet', '--all', '--message', 'Three times as fast')
  await git(origin, 'worktree', 'remove', theirs)

  const update = async () => {
    await panel(window).getByRole('button', { name: 'Pull request actions' }).click()
    await window.getByRole('menuitem', { name: 'Merge main into the branch' }).click()
  }
  await update()
  const notice = panel(window).getByRole('region', { name: 'Update under way' })
  await expect(notice).toContainText('src/speed.ts', { timeout: 30_000 })
  await picture(window, 'publish-conflicts')
  await notice.getByRole('button', { name: 'Take it back' }).click()
  await expect(notice).toBeHidden()
  await update()
  await notice.getByRole('button', { name: 'Hand the conflicts to the agent' }).click()
  await expect(ui.answers(window).last()).toContainText('Both are in it.', { timeout: 60_000 })
  await panel(window).getByRole('button', { name: 'Push 2 commits' }).click({ timeout: 30_000 })
  await expect
    .poll(() => git(origin, 'show', 'start-faster:src/speed.ts'), { timeout: 30_000 })
    .toBe('export const speed = 6')
  expect(await git(origin, 'merge-base', '--is-ancestor', 'main', 'start-faster')).toBe('')

  await github.goDown()
  await panel(window).getByRole('button', { name: 'Pull request actions' }).click()
  await window.getByRole('menuitem', { name: 'Convert to draft' }).click()
  await expect(panel(window).getByRole('alert').first()).toContainText('could not be reached')
  await picture(window, 'publish-offline')
})
