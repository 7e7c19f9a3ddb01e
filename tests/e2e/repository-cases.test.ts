import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRepository, fingerprint, git, writeFiles } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'
import { setGitIdentity, writeExecutable } from './support/world'

const done = 'It is done.'

test('a folder that is no repository is refused with the next step', async ({ foundry, world }) => {
  const folder = world.path('just a folder')
  await mkdir(folder)
  const app = await foundry.start()
  await openRepository(app, folder)
  const message = app.window.getByText(folder, { exact: false }).first()
  await expect(message).toBeVisible()
  await expect(app.window.getByText(/git init|not a git repository|no git repository/i).first()).toBeVisible()
  await expect(app.window.getByRole('tree', { name: 'Tasks' })).toHaveCount(0)
})

test('a subfolder of a repository opens the repository', async ({ foundry, world }) => {
  const folder = await createRepository(world.path('whole'))
  const app = await foundry.start()
  await openRepository(app, join(folder, 'src'))
  await expect(app.window.getByRole('treeitem', { name: /^whole,/ })).toBeVisible()
})

test('an empty repository says what is missing', async ({ foundry, world }) => {
  const folder = world.path('empty')
  await mkdir(folder)
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  const app = await foundry.start()
  await openRepository(app, folder)
  const form = app.window.getByRole('region', { name: 'New task' })
  await expect(form.getByText('This repository has no commit yet')).toBeVisible()
  await form.getByRole('textbox', { name: 'Prompt' }).fill('Anything')
  await expect(form.getByRole('button', { name: 'Create task' })).toBeDisabled()
})

test('a task from a detached HEAD starts at that commit', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('detached'))
  const first = await git(folder, 'rev-parse', 'HEAD')
  await writeFiles(folder, { 'later.txt': 'later\n' })
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--message', 'Later')
  await git(folder, 'checkout', '--quiet', '--detach', first)
  const before = await fingerprint(folder)
  model.answer('Look around', steps.text(done))

  const app = await foundry.start()
  await openRepository(app, folder)
  await expect(app.window.getByText('detached HEAD')).toBeVisible()
  await createTask(app, { prompt: 'Look around', title: 'Detached' })
  await expect(ui.answers(app.window).last()).toContainText(done, { timeout: 60_000 })
  expect(await git(await app.checkout(), 'rev-parse', 'HEAD')).toBe(first)
  expect(await fingerprint(folder)).toEqual(before)
})

for (const included of [false, true]) {
  test(`what is uncommitted is ${included ? 'copied into the task when asked' : 'not part of the task'}`, async ({
    foundry,
    model,
    world,
  }) => {
    const folder = await createRepository(world.path('dirty'))
    await writeFiles(folder, { 'src/index.ts': '// changed\n', 'src/new.ts': '// new\n' })
    const before = await fingerprint(folder)
    model.answer('Look around', steps.text(done))

    const app = await foundry.start()
    await openRepository(app, folder)
    await expect(app.window.getByText('2 uncommitted files in your folder')).toBeVisible()
    if (included) await app.window.getByRole('switch', { name: 'Include them' }).click()
    await createTask(app, { prompt: 'Look around', title: 'Dirty' })
    await expect(ui.answers(app.window).last()).toContainText(done, { timeout: 60_000 })
    const checkout = await app.checkout()
    const status = await git(checkout, 'status', '--porcelain')
    if (included) {
      expect(status.split('\n').map((line) => line.trim())).toEqual(['M src/index.ts', '?? src/new.ts'])
      expect(await readFile(join(checkout, 'src/new.ts'), 'utf8')).toBe('// new\n')
      await expect(ui.changedFile(app.window, 'src/new.ts')).toBeVisible()
    } else expect(status).toBe('')
    expect(await fingerprint(folder)).toEqual(before)
  })
}

test('paths with spaces, quotes, $ and letters of all kinds work to the end', async ({
  foundry,
  model,
  world,
}) => {
  const name = `it's a "sample" $HOME \`id\` – Ünïcode 日本`
  const folder = await createRepository(world.path('projects', name))
  const file = `src/é "quoted" $x 'y'/файл.txt`
  model.answer('Write it', steps.write(file, 'contents\n'), steps.text(done))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Write it', title: `Task "with" $quotes & <b>` })
  await expect(ui.answers(window).last()).toContainText(done, { timeout: 60_000 })
  await ui.changedFile(window, file).click()
  await expect(ui.diff(window)).toContainText('contents')
  await ui.changes(window).getByRole('textbox', { name: 'Commit message' }).fill(`Über "all" $(id)\n\nBody`)
  await ui.changes(window).getByRole('button', { name: 'Commit 1 file' }).click()
  await expect(ui.changes(window)).toContainText('1 commit ahead')
  await window.getByRole('button', { name: 'Bring branch into my folder' }).click()
  const checkout = await app.checkout()
  const branch = await git(checkout, 'symbolic-ref', '--short', 'HEAD')
  await expect.poll(() => git(folder, 'branch', '--list', branch)).toContain(branch)
  expect(await git(folder, 'log', '-1', '--format=%B', branch)).toBe(`Über "all" $(id)\n\nBody`)
  expect(await git(folder, 'show', '--format=', '--name-only', '-z', branch)).toBe(`${file}\0`)
  expect(await git(folder, 'status', '--porcelain')).toBe('')
})

test('a hook that refuses the commit shows its words, and the work is still there', async ({
  foundry,
  model,
  world,
}) => {
  // Hooks of a person reach a checkout through their configuration.
  const hooks = world.path('hooks')
  await mkdir(hooks)
  await writeExecutable(
    join(hooks, 'pre-commit'),
    '#!/bin/sh\necho "line 3: tabs are not allowed" >&2\nexit 1\n',
  )
  await writeFile(
    join(world.home, '.gitconfig'),
    `[user]\nname = Ada Person\nemail = ada@example.com\n[core]\nhooksPath = ${hooks}\n`,
  )
  const folder = await createRepository(world.path('hooked'))
  model.answer('Write it', steps.write('tabs.txt', '\t\n'), steps.text(done))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Write it', title: 'Hooked' })
  await expect(ui.answers(window).last()).toContainText(done, { timeout: 60_000 })
  const changes = ui.changes(window)
  await changes.getByRole('textbox', { name: 'Commit message' }).fill('Tabs')
  await changes.getByRole('button', { name: 'Commit 1 file' }).click()
  await expect(changes.getByRole('alert')).toContainText('line 3: tabs are not allowed')
  await expect(ui.changedFile(window, 'tabs.txt')).toBeVisible()
  await expect(changes.getByRole('textbox', { name: 'Commit message' })).toHaveValue('Tabs')

  await writeExecutable(join(hooks, 'pre-commit'), '#!/bin/sh\nexit 0\n')
  await changes.getByRole('button', { name: 'Commit 1 file' }).click()
  await expect(changes).toContainText('1 commit ahead')
})

test('without a git identity the commit asks who commits, and keeps it in the task', async ({
  foundry,
  model,
  world,
}) => {
  await setGitIdentity(world, null)
  const folder = await createRepository(world.path('nobody'))
  model.answer('Write it', steps.write('new.txt', 'new\n'), steps.text(done))

  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await expect(window.getByText('Git does not know your name and e-mail here')).toBeVisible()
  await createTask(app, { prompt: 'Write it', title: 'Nobody' })
  await expect(ui.answers(window).last()).toContainText(done, { timeout: 60_000 })
  const changes = ui.changes(window)
  await changes.getByRole('textbox', { name: 'Commit message' }).fill('New')
  await changes.getByRole('button', { name: 'Commit 1 file' }).click()
  await changes.getByRole('textbox', { name: 'Your name' }).fill('Grace "Amazing" Person')
  await changes.getByRole('textbox', { name: 'Your e-mail' }).fill('grace@example.com')
  await changes.getByRole('button', { name: 'Commit 1 file' }).click()
  await expect(changes).toContainText('1 commit ahead')
  expect(await git(await app.checkout(), 'log', '-1', '--format=%an <%ae>')).toBe(
    'Grace "Amazing" Person <grace@example.com>',
  )
  await expect(readFile(join(folder, '.git', 'config'), 'utf8')).resolves.not.toContain('Grace')
})

test('long outputs and many files stay usable', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('long'))
  const last = 'the very last line'
  model.answer(
    'Talk a lot',
    steps.run(`seq 1 40000; for i in $(seq 1 400); do echo $i > "many-$i.txt"; done; echo ${last}`),
    steps.text(`${'A long paragraph of prose. '.repeat(4000)}\n\n${'x'.repeat(20_000)}\n\n${done}`),
  )
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Talk a lot', title: 'Long' })
  await expectTaskStatus(app, 'Long', 'Idle')
  await expect(ui.transcript(window)).toContainText(done, { timeout: 60_000 })
  await expect(ui.changes(window).getByRole('tab', { name: /^Uncommitted/ })).toContainText('400')
  const overflow = await window.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  )
  expect(overflow).toBe(false)
  await ui.changes(window).getByRole('textbox', { name: 'Commit message' }).fill('Many')
  await ui.changes(window).getByRole('button', { name: 'Commit 400 files' }).click()
  await expect(ui.changes(window)).toContainText('1 commit ahead')
})
