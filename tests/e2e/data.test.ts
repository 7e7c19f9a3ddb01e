import { execFileSync } from 'node:child_process'
import { access, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { type App, type StartOptions } from './support/app'
import { axeViolations } from './support/axe'
import { answerDialogs } from './support/dialogs'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, expectNoProcess, type Foundry, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'
import type { World } from './support/world'

async function makeTask(app: App, title: string): Promise<void> {
  await ui.navigation(app.window).getByRole('button', { name: 'New task' }).click()
  await createTask(app, { prompt: `Do ${title}`, title })
  await expectTaskStatus(app, title, 'Idle')
}

async function openData(app: App): Promise<void> {
  await ui.navigation(app.window).getByRole('button', { name: 'Settings' }).click()
  await app.window.getByRole('tab', { name: 'Data' }).click()
  await expect(
    app.window.getByText('The last good backup').or(app.window.getByText('There is no backup yet')),
  ).toBeVisible()
}

/**
 * What ends the app and starts it again: nothing holds on to the start that follows, so it is asked to end once it is
 * usable, and a start of the test takes its place.
 */
async function throughRestart(
  world: World,
  foundry: Foundry,
  app: App,
  act: () => Promise<void>,
  data = world.foundry,
): Promise<App> {
  const ready = readyFile(world)
  await rm(ready, { force: true })
  const acted = act().catch((error: unknown) => {
    if (!app.window.isClosed()) throw error
  })
  await Promise.all([acted, app.ended()])
  await expect
    .poll(() => readFile(ready, 'utf8').catch(() => ''), { timeout: 60_000 })
    .toContain('"usable":true')
  const { pid } = JSON.parse(await readFile(join(data, 'running.json'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGTERM')
  await expectNoProcess(world)
  await rm(ready, { force: true })
  return foundry.start(withReadyFile(world))
}

const readyFile = (world: World): string => world.path('ready.json')
const withReadyFile = (world: World): StartOptions => ({ env: { FOUNDRY_READY_FILE: readyFile(world) } })
const backupsOf = async (world: World): Promise<string[]> =>
  (await readdir(join(world.foundry, 'backups'))).filter((name) => name.endsWith('.db'))

test('a backup is made and verified, restored with a preview, and the restore is undone', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Do ', steps.text('Done.'))
  let app = await foundry.start(withReadyFile(world))
  await openRepository(app, await createRepository(world.path('sample')))
  await makeTask(app, 'Early')
  await openData(app)
  await picture(app.window, 'data-empty')
  const page = app.window.getByRole('dialog', { name: 'Settings' })
  await page.getByRole('button', { name: 'Back up now' }).click()
  const list = page.getByRole('list', { name: 'Backups' })
  await expect(list.getByRole('listitem')).toHaveCount(1)
  await expect(list).toContainText('Made by hand · verified · 1 task, 1 turn')
  await expect(page.getByText('The last good backup was made just now')).toBeVisible()
  await app.window.keyboard.press('Escape')

  await makeTask(app, 'Late')
  await openData(app)
  await picture(app.window, 'data-page', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  await list.getByRole('button', { name: /^Restore the backup of/ }).click()
  const question = app.window.getByRole('dialog', { name: /^Restore the backup of/ })
  await expect(question.getByRole('region', { name: 'Not shown any more' })).toContainText('Late')
  await expect(question.getByRole('row', { name: /^Tasks/ })).toHaveText('Tasks21')
  await picture(app.window, 'data-restore', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  const confirm = question.getByRole('button', { name: 'Restore and start again' })
  await expect(confirm).toBeDisabled()
  await question.getByRole('textbox').fill('restore')
  app = await throughRestart(world, foundry, app, () => confirm.click())

  await expect(ui.task(app.window, /^Early/)).toBeVisible()
  await expect(ui.task(app.window, /^Late/)).toHaveCount(0)
  const banner = app.window.getByRole('region', { name: 'A backup is in use.' })
  await expect(banner).toBeVisible()
  await ui.task(app.window, /^Early/).click()
  await picture(app.window, 'data-restored', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  // Also after another start, and its checkout was not cleaned away.
  await app.quit()
  app = await foundry.start(withReadyFile(world))
  await app.window
    .getByRole('region', { name: 'A backup is in use.' })
    .getByRole('button', { name: 'Undo' })
    .click()
  const back = app.window.getByRole('dialog', { name: /^Restore the backup of/ })
  await expect(back.getByRole('region', { name: 'Shown again' })).toContainText('Late')
  await back.getByRole('textbox').fill('restore')
  app = await throughRestart(world, foundry, app, () =>
    back.getByRole('button', { name: 'Restore and start again' }).click(),
  )
  await ui.task(app.window, /^Late/).click()
  await expect(ui.answers(app.window).last()).toContainText('Done.')
  await app.window.getByRole('button', { name: 'Keep it so' }).click()
  await expect(app.window.getByRole('region', { name: 'A backup is in use.' })).toHaveCount(0)
})

test('what ended by itself is noted, looked at and removed', async ({ foundry, world }) => {
  const killed = await foundry.start()
  await killed.kill()
  const app = await foundry.start()
  await openData(app)
  const page = app.window.getByRole('dialog', { name: 'Settings' })
  const reports = page.getByRole('list', { name: 'Crash reports' })
  await expect(reports).toContainText('Foundry did not end properly the last time')
  await picture(app.window, 'data-crashes')
  await reports.getByRole('button', { name: /^Show the report of/ }).click()
  const report = app.window.getByRole('dialog', { name: /^Report of/ })
  await expect(report).toContainText('info Foundry')
  await picture(app.window, 'data-crash-report', { everyWay: true, axe: true })
  await report.getByRole('button', { name: 'Copy report' }).click()
  expect(await app.electron.evaluate(({ clipboard }) => clipboard.readText())).toMatch(
    /^Foundry did not end properly/,
  )
  await app.window.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Remove all reports' }).click()
  await app.window
    .getByRole('dialog', { name: 'Remove all crash reports' })
    .getByRole('button', { name: 'Remove' })
    .click()
  await expect(page.getByText('There are no reports.')).toBeVisible()
  expect((await readdir(join(world.foundry, 'logs'))).filter((name) => name.startsWith('crash-'))).toEqual([])
})

test('a damaged database opens the last good backup, says what is missing and brings it back', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Do ', steps.text('Done.'))
  let app = await foundry.start(withReadyFile(world))
  await openRepository(app, await createRepository(world.path('sample')))
  await makeTask(app, 'Precious')
  await openData(app)
  await app.window.getByRole('button', { name: 'Back up now' }).click()
  await expect(app.window.getByRole('list', { name: 'Backups' })).toBeVisible()
  await app.window.keyboard.press('Escape')
  await makeTask(app, 'Newer')
  await app.quit()
  const file = join(world.foundry, 'foundry.db')
  const damaged = (await readFile(file)).fill(0, 0, 100)
  await writeFile(file, damaged)

  app = await foundry.start(withReadyFile(world))
  await expect(ui.task(app.window, /^Precious/)).toBeVisible()
  await expect(ui.task(app.window, /^Newer/)).toHaveCount(0)
  const banner = app.window.getByRole('region', { name: 'The database was damaged.' })
  await expect(banner).toContainText('The damaged files are kept.')
  await picture(app.window, 'data-damaged-banner', { everyWay: true, axe: true })
  await banner.getByRole('button', { name: 'What is missing' }).click()
  const report = app.window.getByRole('dialog', { name: 'What is missing' })
  await expect(report).toContainText('1 task, 1 session, 1 turn')
  await expect(report.getByRole('region', { name: 'Missing tasks' })).toContainText('Newer')
  await picture(app.window, 'data-damaged', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  const kept = (await backupsOf(world)).find((name) => name.endsWith('-damaged.db')) ?? ''
  expect((await readFile(join(world.foundry, 'backups', kept))).equals(damaged)).toBe(true)

  app = await throughRestart(world, foundry, app, () =>
    report.getByRole('button', { name: 'Bring back and start again' }).click(),
  )
  const merged = app.window.getByRole('region', { name: 'What was saved is back.' })
  await expect(merged).toContainText('Brought back: 1 task, 1 session, 1 turn')
  await picture(app.window, 'data-merged')
  await ui.task(app.window, /^Newer/).click()
  await expect(ui.answers(app.window).last()).toContainText('Done.')
})

test('a damaged database without a backup starts with what can be read', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Do ', steps.text('Done.'))
  let app = await foundry.start(withReadyFile(world))
  await openRepository(app, await createRepository(world.path('sample')))
  await makeTask(app, 'Only')
  await app.quit()
  const file = join(world.foundry, 'foundry.db')
  const database = new DatabaseSync(file)
  // The leaf page of an index that the list does not need.
  const { rootpage } = database
    .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'turns_session'")
    .get() as { rootpage: number }
  database.close()
  const bytes = await readFile(file)
  bytes.fill(0x5a, (rootpage - 1) * 4096, rootpage * 4096)
  await writeFile(file, bytes)
  await writeFile(join(world.foundry, 'foundry.db.suspect'), 'a page')
  app = await foundry.start({ ...withReadyFile(world), page: 'recovery', trace: false })
  await expect(app.window.getByText('The database is damaged.').first()).toBeVisible()
  await picture(app.window, 'recovery-salvage', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  app = await throughRestart(world, foundry, app, () =>
    app.window.getByRole('button', { name: 'Save what can be read, and start' }).click(),
  )
  await ui.task(app.window, /^Only/).click()
  await expect(ui.answers(app.window).last()).toContainText('Done.')
})

test('a reset asks for its words, keeps everything, and is undone', async ({ foundry, model, world }) => {
  model.answer('Do ', steps.text('Done.'))
  let app = await foundry.start(withReadyFile(world))
  await openRepository(app, await createRepository(world.path('sample')))
  await makeTask(app, 'Everything')
  await openData(app)
  await app.window.getByRole('button', { name: 'Reset Foundry' }).click()
  const question = app.window.getByRole('dialog', { name: 'Reset Foundry' })
  const confirm = question.getByRole('button', { name: 'Reset and start again' })
  await expect(confirm).toBeDisabled()
  await question.getByRole('textbox').fill('reset')
  await expect(confirm).toBeDisabled()
  await question.getByRole('textbox').fill('reset foundry')
  await picture(app.window, 'data-reset', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  app = await throughRestart(world, foundry, app, () => confirm.click())

  const banner = app.window.getByRole('region', { name: 'Foundry begins anew.' })
  await expect(banner).toBeVisible()
  await expect(ui.task(app.window, /^Everything/)).toHaveCount(0)
  await picture(app.window, 'data-reset-done', { everyWay: true, axe: true })
  expect((await backupsOf(world)).some((name) => name.endsWith('-manual.db'))).toBe(true)
  app = await throughRestart(world, foundry, app, () =>
    banner.getByRole('button', { name: 'Undo the reset' }).click(),
  )
  await ui.task(app.window, /^Everything/).click()
  await expect(ui.answers(app.window).last()).toContainText('Done.')
})

test('the data folder moves, its tasks work there, and a folder that is away is asked for', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Do ', steps.text('Done.'))
  const home = join(world.environment['XDG_CONFIG_HOME'] ?? '', 'Foundry')
  const env = { FOUNDRY_DATA_DIR: '', ...withReadyFile(world).env }
  const here: Foundry = { start: (options) => foundry.start({ ...options, env }) }
  let app = await here.start()
  expect(await app.electron.evaluate(({ app: main }) => main.getPath('userData'))).toBe(home)
  await openRepository(app, await createRepository(world.path('sample')))
  await makeTask(app, 'Travels')
  await openData(app)

  const refuse = async (folder: string, why: RegExp): Promise<void> => {
    await answerDialogs(app.electron, { folder })
    await app.window.getByRole('button', { name: 'Move the data folder' }).click()
    const question = app.window.getByRole('dialog', { name: 'Move the data folder' })
    await expect(question.getByRole('alert')).toContainText(why)
    await question.getByRole('button', { name: 'Close', exact: true }).last().click()
    await expect(question).toBeHidden()
  }
  await mkdir(world.path('Dropbox', 'data'), { recursive: true })
  await refuse(world.path('Dropbox', 'data'), /synchronized/)
  await refuse(world.path('sample'), /not empty|git checkout/)

  const target = world.path('elsewhere')
  await mkdir(target)
  await answerDialogs(app.electron, { folder: target })
  await app.window.getByRole('button', { name: 'Move the data folder' }).click()
  const question = app.window.getByRole('dialog', { name: 'Move the data folder' })
  await picture(app.window, 'data-move', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  app = await throughRestart(
    world,
    here,
    app,
    () => question.getByRole('button', { name: 'Move and start again' }).click(),
    target,
  )
  expect(await app.electron.evaluate(({ app: main }) => main.getPath('userData'))).toBe(target)
  await expect(app.window.getByRole('region', { name: 'The data folder has moved.' })).toBeVisible()
  await picture(app.window, 'data-moved', { everyWay: true, axe: true })
  // Its checkout works where it is now: without the store it borrows from, git would know no commit.
  await app.window.getByRole('button', { name: 'Remove the old folder' }).click()
  await expect(app.window.getByRole('region', { name: 'The data folder has moved.' })).toHaveCount(0)
  expect(await readdir(home)).toEqual(['location.json'])
  await ui.task(app.window, /^Travels/).click()
  await ui.composer(app.window).fill('Do it again')
  await ui.send(app.window).click()
  await expect(ui.answers(app.window)).toHaveCount(2, { timeout: 60_000 })
  // The agent knew its session by a folder that is gone.
  await expect(ui.boundary(app.window)).toBeVisible()
  await expectTaskStatus(app, 'Travels', 'Idle')
  await app.quit()

  const away = world.path('away')
  await rename(target, away)
  app = await foundry.start({ env, page: 'recovery', trace: false })
  await expect(app.window.getByText(`The data folder ${target} is not there.`)).toBeVisible()
  expect(await access(target).catch((error: NodeJS.ErrnoException) => error.code)).toBe('ENOENT')
  await picture(app.window, 'recovery-folder-missing', { everyWay: true, axe: true })
  expect(await axeViolations(app.window)).toEqual([])
  await answerDialogs(app.electron, { folder: away })
  app = await throughRestart(
    world,
    here,
    app,
    () => app.window.getByRole('button', { name: 'Choose the data folder' }).click(),
    away,
  )
  await expect(ui.task(app.window, /^Travels/)).toBeVisible()
})

// Only root can mount a disk as small as this needs.
test.describe('on a full disk', () => {
  test.skip(process.getuid?.() !== 0, 'needs root')
  test.beforeEach(async ({ world }) => {
    await mkdir(world.foundry)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', world.foundry])
  })
  // Also when the app still runs: the mount goes away with its last user.
  test.afterEach(({ world }) => void execFileSync('umount', ['--lazy', world.foundry]))

  test('commands say so, a banner stays until there is room, and nothing is lost', async ({
    foundry,
    world,
  }) => {
    const app = await foundry.start()
    const repository = await createRepository(world.path('sample'))
    const filler = join(world.foundry, 'filler')
    const { bavail, bsize } = await statfs(world.foundry)
    await writeFile(filler, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
      // Somebody else took the last page meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    })
    const banner = app.window.getByRole('region', { name: 'Nothing can be saved' })
    await openRepository(app, repository)
    await expect(banner).toContainText('The disk with the data folder is full.')
    await picture(app.window, 'data-disk-full', { everyWay: true, axe: true })
    await app.window.getByRole('button', { name: 'Close message', includeHidden: true }).click()
    expect(await axeViolations(app.window)).toEqual([])
    await rm(filler)
    await expect(banner).toHaveCount(0, { timeout: 20_000 })
    await openRepository(app, repository)
    await expect(app.window.getByRole('region', { name: 'New task' })).toBeVisible()
    await app.quit()
  })
})
