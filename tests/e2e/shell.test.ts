import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { type App, startSecond } from './support/app'
import { answerDialogs } from './support/dialogs'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, expectNoProcess, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'

async function makeTask(app: App, folder: string, title: string): Promise<string> {
  await openRepository(app, folder)
  await createTask(app, { prompt: `Do ${title}`, title })
  await expectTaskStatus(app, title, 'Idle')
  const database = new DatabaseSync(join(await dataDirectory(app), 'foundry.db'), { readOnly: true })
  const [row] = database.prepare('SELECT id FROM tasks WHERE title = ?').all(title)
  database.close()
  return String(row?.['id'])
}

/** Presses what ends the app; the window may be gone before the press is confirmed. */
async function clickToEnd(app: App, name: string): Promise<void> {
  const pressed = app.window
    .getByRole('button', { name })
    .click()
    .catch((error: unknown) => {
      if (!app.window.isClosed()) throw error
    })
  await Promise.all([pressed, app.ended()])
}

const dataDirectory = (app: App): Promise<string> =>
  app.electron.evaluate(({ app: main }) => main.getPath('userData'))

test('a second start hands over its link, and ends', async ({ foundry, model, world }) => {
  model.answer('Do ', steps.text('Done.'))
  const app = await foundry.start()
  const { window } = app
  const folder = await createRepository(world.path('sample'))
  const first = await makeTask(app, folder, 'First')
  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await createTask(app, { prompt: 'Do second', title: 'Second' })
  await expectTaskStatus(app, 'Second', 'Idle')
  await expect(window.getByRole('region', { name: 'Task: Second' })).toBeVisible()

  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
  expect(await startSecond(world, `foundry://task/${first}`)).toBe(0)
  await expect(window.getByRole('region', { name: 'Task: First' })).toBeVisible()
  await expect
    .poll(() => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized()))
    .toBe(false)
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)

  await startSecond(world, 'foundry://task/../../etc/passwd')
  await expect(window.getByText('The link could not be followed').first()).toBeVisible()
  await startSecond(world, 'foundry://task/task_00000000-0000-0000-0000-000000000000')
  await expect(window.getByText('This task is not on this computer')).toBeVisible()

  // A link can also be what starts the app.
  await app.quit()
  const again = await foundry.start({ args: [`foundry://task/${first}`] })
  await expect(again.window.getByRole('region', { name: 'Task: First' })).toBeVisible()
})

test('the window opens where it was left, with the settings that were chosen', async ({ foundry, world }) => {
  const app = await foundry.start()
  const { window } = app
  const wanted = { x: 40, y: 60, width: 1111, height: 700 }
  await app.electron.evaluate(({ BrowserWindow }, bounds) => {
    BrowserWindow.getAllWindows()[0]?.setBounds(bounds)
  }, wanted)
  await ui.navigation(window).getByRole('button', { name: 'Settings' }).click()
  const settings = window.getByRole('dialog', { name: 'Settings' })
  await settings.getByRole('combobox', { name: 'Theme' }).click()
  await window.getByRole('option', { name: 'Dark' }).click()
  await expect(window.locator('html')).toHaveAttribute('data-theme', 'dark')
  await settings.getByRole('combobox', { name: 'Zoom' }).click()
  await window.getByRole('option', { name: '125 %' }).click()
  const zoom = (one: App): Promise<number | undefined> =>
    one.electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor(),
    )
  await expect.poll(() => zoom(app)).toBeCloseTo(1.25)
  await window.keyboard.press('Escape')
  await expect(settings).toBeHidden()
  await expect
    .poll(() => readFile(join(world.foundry, 'window.json'), 'utf8').catch(() => ''))
    .toContain('1111')
  await app.quit()
  expect(JSON.parse(await readFile(join(world.foundry, 'settings.json'), 'utf8'))).toMatchObject({
    theme: 'dark',
    zoom: 1.25,
  })

  const again = await foundry.start()
  await expect(again.window.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect.poll(() => zoom(again)).toBeCloseTo(1.25)
  const bounds = await again.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getBounds(),
  )
  expect(bounds).toMatchObject({ width: wanted.width, height: wanted.height })
  const background = await again.electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)
  expect(background).toBe('dark')
})

test('a damaged settings file is set aside whole, and the app starts with its defaults', async ({
  foundry,
  world,
}) => {
  await mkdir(world.foundry, { recursive: true })
  await writeFile(join(world.foundry, 'settings.json'), '{"theme": "da')
  const app = await foundry.start()
  await expect(app.window.getByRole('button', { name: 'Open repository' }).first()).toBeVisible()
  await expect(app.window.locator('html')).not.toHaveAttribute('data-theme', 'dark')
  const aside = (await readdir(world.foundry)).filter((name) => name.startsWith('settings.damaged-'))
  expect(aside).toHaveLength(1)
  expect(await readFile(join(world.foundry, aside[0] ?? ''), 'utf8')).toBe('{"theme": "da')
})

test('menus can edit, copy, paste and quit, and the commands behind them reach the field', async ({
  foundry,
}) => {
  const app = await foundry.start()
  const roles = await app.electron.evaluate(({ Menu }) => {
    const collect = (menu: Electron.Menu | null | undefined): string[] =>
      (menu?.items ?? []).flatMap((item) => [String(item.role ?? item.label), ...collect(item.submenu)])
    return collect(Menu.getApplicationMenu()).map((role) => role.toLowerCase())
  })
  for (const role of ['undo', 'redo', 'cut', 'copy', 'paste', 'selectall', 'quit', 'new task', 'settings'])
    expect(roles, role).toContain(role)

  const field = app.window.getByRole('searchbox', { name: 'Filter tasks' })
  await field.fill('copy me')
  await field.selectText()
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.copy())
  await expect.poll(() => app.electron.evaluate(({ clipboard }) => clipboard.readText())).toBe('copy me')
  await field.fill('')
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.paste())
  await expect(field).toHaveValue('copy me')
})

test('a database of another line of versions lands in the recovery window, and a backup brings it back', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Do ', steps.text('Done.'))
  const app = await foundry.start()
  await makeTask(app, await createRepository(world.path('sample')), 'Precious')
  await app.quit()
  const database = join(world.foundry, 'foundry.db')
  await mkdir(join(world.foundry, 'backups'), { recursive: true })
  const backup = `foundry-${Date.now()}-upgrade.db`
  await copyFile(database, join(world.foundry, 'backups', backup))
  const other = new DatabaseSync(database)
  other.exec("UPDATE foundry_migrations SET hash = 'another' WHERE position = 0")
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  other.close()
  const before = await readFile(database)

  const ready = world.path('ready.json')
  const broken = await foundry.start({ page: 'recovery', env: { FOUNDRY_READY_FILE: ready } })
  const { window } = broken
  await expect(window.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(window.getByText(/a different line of versions/).first()).toBeVisible()
  await window.screenshot({ path: test.info().outputPath('recovery.png') })
  const exported = world.path('exported.db')
  await answerDialogs(broken.electron, { savePath: exported })
  await window.getByRole('button', { name: 'Export database' }).click()
  await expect(window.getByText(exported)).toBeVisible()
  expect((await readFile(exported)).equals(before)).toBe(true)
  await window.getByRole('button', { name: 'Restore this backup' }).click()
  await clickToEnd(broken, 'Restore and start')

  // It starts itself again, where no test can hold on to it: once usable that start is asked to end.
  await expect
    .poll(() => readFile(ready, 'utf8').catch(() => ''), { timeout: 60_000 })
    .toContain('"usable":true')
  const record = await readFile(join(world.foundry, 'running.json'), 'utf8')
  const { pid } = JSON.parse(record) as { pid: number }
  expect(pid).not.toBe(broken.pid)
  process.kill(pid, 'SIGTERM')
  await expectNoProcess(world)
  const restored = await foundry.start()
  await expect(ui.task(restored.window, /^Precious/)).toBeVisible()
})

test('a database of a newer version is left alone, and no restore is offered', async ({ foundry, world }) => {
  const app = await foundry.start()
  await app.quit()
  const file = join(world.foundry, 'foundry.db')
  const database = new DatabaseSync(file)
  database.exec(
    `INSERT INTO foundry_migrations VALUES (1000, '9999_from_the_future', '${'f'.repeat(64)}', 1)`,
  )
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  await mkdir(join(world.foundry, 'backups'), { recursive: true })
  await copyFile(file, join(world.foundry, 'backups', `foundry-${Date.now()}-upgrade.db`))
  const before = await readFile(file)

  const refused = await foundry.start({ page: 'recovery' })
  await expect(refused.window.getByText(/newer version/i).first()).toBeVisible()
  await expect(refused.window.getByRole('button', { name: /Restore/ })).toHaveCount(0)
  await expect(refused.window.getByRole('button', { name: 'Export database' })).toBeVisible()
  await clickToEnd(refused, 'Quit')
  expect((await readFile(file)).equals(before)).toBe(true)
})

test('quitting from the menu, by signal and by closing the window leaves no process', async ({
  foundry,
  model,
  world,
}) => {
  model.answer('Do ', steps.text('Done.'))
  const app = await foundry.start()
  await makeTask(app, await createRepository(world.path('sample')), 'Quiet')
  // With a server and an agent up, idle.
  expect((await app.processes()).some(({ command }) => command.includes('sandbox-agent'))).toBe(true)
  expect(await app.quit()).toBe(0)
  await expectNoProcess(world)

  const signalled = await foundry.start()
  process.kill(signalled.pid, 'SIGTERM')
  expect(await signalled.ended()).toBe(0)
  await expectNoProcess(world)

  const closed = await foundry.start()
  await closed.electron.evaluate(({ BrowserWindow }) => {
    setImmediate(() => BrowserWindow.getAllWindows()[0]?.close())
  })
  expect(await closed.ended()).toBe(0)
  await expectNoProcess(world)
})
