import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import type { App } from './support/app'
import { axeViolations } from './support/axe'
import { picture } from './support/pictures'
import { createRepository, git } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const execute = promisify(execFile)
const source = Array.from({ length: 300 }, (_, number) => `export const value${number} = ${number}\n`)
const files = {
  'README.md': '# Sample\n',
  '.gitignore': 'dist\n',
  'src/values.ts': source.join(''),
  'src/lib/needle.ts':
    '// A needle\nexport function needle(hay: string): boolean {\n  return hay.includes("Needle")\n}\n',
  'windows.txt': 'one\r\ntwo\r\nthree',
}

async function openTask(app: App, folder: string, title = 'Read'): Promise<string> {
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin', title })
  await expect(ui.answers(app.window).last()).toContainText('Begun.', { timeout: 60_000 })
  await expectTaskStatus(app, title, 'Idle')
  return app.checkout()
}

async function showFiles(window: Page): Promise<void> {
  await window.getByRole('tablist', { name: 'Panel' }).getByRole('tab', { name: 'Files' }).click()
}

test('a file is found by folder, name and words, and edited at its place', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  await chmod(join(folder, 'windows.txt'), 0o755)
  await git(folder, 'commit', '--quiet', '--all', '--message', 'A mode')
  model.answer('Begin', steps.text('Begun.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  const checkout = await openTask(app, folder)
  await showFiles(window)

  // By its folder.
  await expect(ui.treeRow(window, 'README.md')).toBeVisible()
  await ui.treeRow(window, 'src').click()
  await ui.treeRow(window, 'lib').click()
  await ui.treeRow(window, 'values.ts').click()
  await expect(ui.editor(window, 'src/values.ts')).toContainText('value3 = 3')
  await expect(ui.editor(window, 'src/values.ts').locator('span[style*="color"]').first()).toBeVisible()
  await picture(window, 'files-tree', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  await window.setViewportSize({ width: 900, height: 600 })
  await keyboard.press('ControlOrMeta+Shift+b')
  await expect(ui.editor(window, 'src/values.ts')).toBeVisible()
  await picture(window, 'files-over')
  expect(await axeViolations(window)).toEqual([])
  await keyboard.press('ControlOrMeta+Shift+b')
  await window.setViewportSize({ width: 1440, height: 900 })

  // By its name, at a line, from anywhere.
  await ui.composer(window).focus()
  await keyboard.press('ControlOrMeta+p')
  const finder = window.getByRole('dialog', { name: 'Open a file' })
  await finder.getByRole('combobox', { name: 'File to open' }).fill('valts:250')
  await expect(finder.getByRole('option').first()).toHaveAccessibleName('src/values.ts')
  await picture(window, 'files-quick-open', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await keyboard.press('Enter')
  await expect(finder).toBeHidden()
  await expect(ui.editor(window, 'src/values.ts')).toBeFocused()
  await expect(window.getByText('value249 = 249')).toBeInViewport()
  await keyboard.press('Control+g')
  await keyboard.type('12')
  await keyboard.press('Enter')
  await expect(window.getByText('value11 = 11', { exact: false })).toBeInViewport()
  await keyboard.press('ControlOrMeta+f')
  await keyboard.type('value200')
  await keyboard.press('Enter')
  await expect(ui.editor(window, 'src/values.ts').getByText('value200').first()).toBeInViewport()
  await picture(window, 'files-find', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await keyboard.press('Escape')

  // By what is in it.
  await keyboard.press('ControlOrMeta+Shift+f')
  const words = ui.files(window).getByRole('searchbox', { name: 'Search in files' })
  await expect(words).toBeFocused()
  await words.fill('needle')
  const found = ui.files(window).getByRole('tree', { name: 'Found in files' })
  await expect(found.getByRole('treeitem', { name: 'src/lib/needle.ts, 3 lines' })).toBeVisible()
  await ui.files(window).getByRole('button', { name: 'Match case' }).click()
  await expect(found.getByRole('treeitem', { name: 'src/lib/needle.ts, 2 lines' })).toBeVisible()
  await ui.files(window).getByRole('button', { name: 'Regular expression' }).click()
  await words.fill('needle\\(')
  await expect(found.getByRole('treeitem', { name: 'src/lib/needle.ts, 1 line' })).toBeVisible()
  await words.fill('needle(')
  await expect(ui.files(window).getByText('This is no regular expression.')).toBeVisible()
  await words.fill('needle|value2[0-3]\\b')
  await expect(found.getByRole('treeitem', { name: 'src/values.ts, 4 lines' })).toBeVisible()
  await ui.files(window).getByRole('button', { name: 'Which files' }).click()
  await ui.files(window).getByRole('textbox', { name: 'Not in' }).fill('lib')
  await expect(found.getByRole('treeitem', { name: /needle\.ts/ })).toHaveCount(0)
  await ui.files(window).getByRole('textbox', { name: 'Not in' }).fill('')
  await expect(found.getByRole('treeitem', { name: /needle\.ts/ })).toBeVisible()
  await words.focus()
  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await expect(ui.file(window, 'src/lib/needle.ts')).toBeVisible()
  await picture(window, 'files-search', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  // The panel was away while the window was small.
  await found.focus()
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await expect(ui.editor(window, 'src/lib/needle.ts')).toBeFocused()

  // Edited over the whole width, and saved as the file was written.
  await keyboard.press('ControlOrMeta+p')
  await finder.getByRole('combobox').fill('windows')
  await expect(finder.getByRole('option')).toHaveCount(1)
  await keyboard.press('Enter')
  await keyboard.press('ControlOrMeta+Shift+e')
  await expect(ui.composer(window)).toBeHidden()
  const editor = ui.editor(window, 'windows.txt')
  await editor.focus()
  await keyboard.press('ControlOrMeta+Home')
  await keyboard.type('zero')
  await keyboard.press('Enter')
  await expect(ui.file(window, 'windows.txt')).toContainText('Not saved')
  await picture(window, 'files-wide', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  expect(await readFile(join(checkout, 'windows.txt'), 'utf8')).toBe('one\r\ntwo\r\nthree')
  await keyboard.press('ControlOrMeta+s')
  await expect(ui.file(window, 'windows.txt')).not.toContainText('Not saved')
  expect(await readFile(join(checkout, 'windows.txt'), 'utf8')).toBe('zero\r\none\r\ntwo\r\nthree')
  expect((await stat(join(checkout, 'windows.txt'))).mode & 0o777).toBe(0o755)
  await keyboard.press('ControlOrMeta+Shift+e')
  await window.getByRole('tablist', { name: 'Panel' }).getByRole('tab', { name: 'Changes' }).click()
  await expect(ui.changedFile(window, 'windows.txt')).toBeVisible()

  // From a line of the diff to the same line of the file.
  const diff = ui.diff(window)
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  const chosen = diff.getByRole('toolbar', { name: 'Chosen lines' })
  await expect(async () => {
    await keyboard.press('n')
    await expect(chosen).toContainText('Line 1', { timeout: 1000 })
  }).toPass({ timeout: 20_000 })
  await chosen.getByRole('button', { name: 'Edit here' }).click()
  await expect(editor).toBeFocused()
})

test('what was typed survives another task, a reload and a restart, and a conflict loses nothing', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  model.answer('Begin', steps.text('Begun.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  const checkout = await openTask(app, folder, 'First')
  const path = join(checkout, 'src/lib/needle.ts')
  await showFiles(window)
  await keyboard.press('ControlOrMeta+p')
  await window.getByRole('combobox', { name: 'File to open' }).fill('needle')
  await expect(window.getByRole('option').first()).toHaveAccessibleName('src/lib/needle.ts')
  await keyboard.press('Enter')
  const editor = ui.editor(window, 'src/lib/needle.ts')
  await expect(editor).toBeFocused()
  await keyboard.press('ControlOrMeta+Home')
  await keyboard.type('// Mine ')
  await expect(editor).toContainText('// Mine // A needle')

  await ui.navigation(window).getByRole('button', { name: 'New task' }).click()
  await expect(editor).toBeHidden()
  await ui.task(window, /^First/).click()
  await expect(editor).toContainText('// Mine // A needle')
  // What was typed before can be undone all the same.
  await editor.focus()
  await keyboard.press('ControlOrMeta+z')
  await expect(editor).not.toContainText('Mine')
  await keyboard.press('ControlOrMeta+Shift+z')
  await expect(editor).toContainText('// Mine // A needle')

  await window.reload()
  await window.locator('html[data-ready="true"]').waitFor({ state: 'attached' })
  await showFiles(window)
  await expect(editor).toContainText('// Mine // A needle')
  await app.quit()

  // Meanwhile the file becomes another one.
  await writeFile(path, '// Theirs\n')
  const again = await foundry.start()
  const later = again.window
  await ui.task(later, /^First/).click()
  await showFiles(later)
  const view = ui.file(later, 'src/lib/needle.ts')
  await expect(ui.editor(later, 'src/lib/needle.ts')).toContainText('// Mine // A needle')
  await expect(view).toContainText('The file was changed since you began to edit it.')
  await view.getByRole('button', { name: 'Save' }).click()
  const compare = view.getByRole('region', { name: 'Compare with the file' })
  await expect(compare).toContainText('// Theirs')
  await expect(compare).toContainText('// Mine // A needle')
  expect(await readFile(path, 'utf8')).toBe('// Theirs\n')
  await later.keyboard.press('ControlOrMeta+Shift+e')
  await picture(later, 'files-conflict', { everyWay: true })
  await later.keyboard.press('ControlOrMeta+Shift+e')
  expect(await axeViolations(later)).toEqual([])

  // Theirs, and back to mine, and mine over theirs, which is kept.
  await compare.getByRole('button', { name: 'Take what is in the file' }).click()
  const edited = ui.editor(later, 'src/lib/needle.ts')
  await expect(edited).toContainText('// Theirs')
  await edited.focus()
  await later.keyboard.press('ControlOrMeta+z')
  await expect(edited).toContainText('// Mine // A needle')
  await writeFile(path, '// Theirs again\n')
  await later.keyboard.press('ControlOrMeta+s')
  await compare.getByRole('button', { name: 'Save mine over it' }).click()
  await expect(compare).toBeHidden()
  expect(await readFile(path, 'utf8')).toMatch(/^\/\/ Mine \/\/ A needle\n/)
  const kept = await git(checkout, 'for-each-ref', '--format=%(objectname)', 'refs/foundry/checkpoints')
  const contents = await Promise.all(
    kept.split('\n').map((commit) => git(checkout, 'show', `${commit}:src/lib/needle.ts`)),
  )
  expect(contents).toContain('// Theirs again')

  // Closing asks.
  await edited.focus()
  await later.keyboard.type('x')
  await later.getByRole('tablist', { name: 'Open files' }).getByRole('tab').focus()
  await later.keyboard.press('Delete')
  const question = later.getByRole('dialog', { name: 'Close a file that is not saved?' })
  await expect(question).toBeVisible()
  await picture(later, 'files-close', { everyWay: true })
  expect(await axeViolations(later)).toEqual([])
  await question.getByRole('button', { name: 'Discard what I typed' }).click()
  await expect(view).toBeHidden()
  expect(await readFile(path, 'utf8')).toMatch(/^\/\/ Mine \/\/ A needle\n/)
})

test('whatever a file is, that is shown or said, now and as of a turn, with and without a checkout', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  model.answer('Begin', steps.text('Begun.'))
  model.answer(
    'Look',
    steps.read('src/values.ts'),
    steps.write('src/made.ts', 'export const made = 1\n'),
    steps.text('See `src/values.ts:120`.'),
  )
  const app = await foundry.start()
  const { window } = app
  const checkout = await openTask(app, folder)
  await sendPrompt(app, 'Look')
  await expect(ui.answers(window).last()).toContainText('src/values.ts:120', { timeout: 60_000 })
  await expectTaskStatus(app, 'Read', 'Idle')

  // A place that the agent names.
  await ui.answers(window).last().getByRole('button', { name: 'src/values.ts:120' }).click()
  await expect(ui.editor(window, 'src/values.ts').getByText('value119 = 119')).toBeInViewport()

  const put = (name: string, content: string | Uint8Array) => writeFile(join(checkout, name), content)
  await put('binary.bin', Buffer.from([1, 0, 2]))
  await put('latin.txt', Buffer.from([0x61, 0xe4, 0x0a]))
  await put('long.txt', `${'x'.repeat(1_000_000)}\nend\n`)
  await put('hidden.txt', 'a\u202Eb\u200Bc\n')
  await put('large.txt', 'line of text\n'.repeat(400_000))
  await put('huge.bin', Buffer.alloc(11 * 1024 * 1024))
  await put(
    'pixel.png',
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
      'base64',
    ),
  )
  await symlink('src/values.ts', join(checkout, 'link.ts'))
  await symlink('/etc/passwd', join(checkout, 'out'))
  await window.evaluate(() => globalThis.dispatchEvent(new Event('focus')))
  const open = async (name: string) => {
    await ui.treeRow(window, name).click()
    return ui.file(window, name)
  }
  await expect(await open('binary.bin')).toContainText('A binary file')
  await expect(await open('latin.txt')).toContainText('The file is not UTF-8')
  await expect(await open('huge.bin')).toContainText('Too large to be shown')
  await expect(await open('out')).toContainText('which is not in the checkout')
  await expect((await open('pixel.png')).getByRole('img', { name: 'pixel.png' })).toBeVisible()
  await expect(await open('hidden.txt')).toContainText('a[U+202E]b[U+200B]c')
  await expect(await open('long.txt')).toContainText('end')
  const large = await open('large.txt')
  await expect(large).toContainText('edited in another editor')
  await expect(ui.editor(window, 'large.txt')).toHaveAttribute('aria-readonly', 'true')
  await (await open('link.ts')).getByRole('button', { name: 'Open what it leads to' }).click()
  await expect(ui.editor(window, 'src/values.ts')).toBeVisible()
  await rm(join(checkout, 'src'), { recursive: true })
  await window.evaluate(() => globalThis.dispatchEvent(new Event('focus')))
  await expect(ui.file(window, 'src/values.ts')).toContainText('There is no such file')
  await picture(window, 'files-missing')

  // As the turn left it.
  await ui.files(window).getByRole('combobox', { name: 'Files as of' }).click()
  await window.getByRole('option', { name: /^Look/ }).click()
  await ui.treeRow(window, 'src').click()
  await ui.treeRow(window, 'made.ts').click()
  await expect(ui.file(window, 'src/made.ts')).toContainText('As it was at the end of a turn.')
  await expect(ui.editor(window, 'src/made.ts')).toContainText('made = 1')
  await picture(window, 'files-turn', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  // Also when there is nothing else of it any more.
  await app.quit()
  await rm(checkout, { recursive: true })
  const again = await foundry.start()
  await ui.task(again.window, /^Read/).click()
  await showFiles(again.window)
  await ui.files(again.window).getByRole('combobox', { name: 'Files as of' }).click()
  await again.window.getByRole('option', { name: /^Look/ }).click()
  await expect(ui.files(again.window)).toContainText('The checkout is gone from this computer.')
  await ui.treeRow(again.window, 'src').click()
  await ui.treeRow(again.window, 'made.ts').click()
  await expect(ui.editor(again.window, 'src/made.ts')).toContainText('made = 1')
  await picture(again.window, 'files-recorded')
})

test('what is found in files is shown while git still looks, and kept when that is stopped', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  model.answer('Begin', steps.text('Begun.'))
  // A git that does not come to the end of a search for needles until it is told to.
  const [bin, gate] = [world.path('bin'), world.path('gate')]
  const real = (await execute('sh', ['-c', 'command -v git'])).stdout.trim()
  await mkdir(bin)
  await execute('mkfifo', [gate])
  await writeFile(
    join(bin, 'git'),
    `#!/bin/sh\ncase " $* " in *" grep "*" needle "*) ${real} "$@"; read -r _ <'${gate}'; exit 0 ;; esac\nexec ${real} "$@"\n`,
  )
  await chmod(join(bin, 'git'), 0o755)
  // The login shell of the person has the last word on where programs are.
  await writeFile(join(world.environment['HOME'] ?? '', '.profile'), `PATH='${bin}':$PATH\n`)
  const app = await foundry.start()
  const { window } = app
  await openTask(app, folder)
  await showFiles(window)
  const panel = ui.files(window)
  await window.keyboard.press('ControlOrMeta+Shift+h')
  const words = panel.getByRole('searchbox', { name: 'Search in files' })
  await words.fill('needle')
  const found = panel.getByRole('tree', { name: 'Found in files' })
  await expect(found.getByRole('treeitem', { name: 'src/lib/needle.ts, 3 lines' })).toBeVisible()
  await expect(panel).toContainText('3 lines in 1 file so far')
  await picture(window, 'files-search-early', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await panel.getByRole('button', { name: 'Stop' }).click()
  await expect(panel).toContainText('3 lines in 1 file, stopped')
  await expect(found.getByRole('treeitem', { name: 'src/lib/needle.ts, 3 lines' })).toBeVisible()

  // Other words take its place, and its git is gone with it.
  await words.fill('value29')
  await expect(found.getByRole('treeitem', { name: 'src/values.ts, 11 lines' })).toBeVisible()
  await expect(found.getByRole('treeitem', { name: /needle\.ts/ })).toHaveCount(0)
  await words.fill('needle')
  await expect(panel).toContainText('3 lines in 1 file so far')
  await writeFile(gate, 'go on\n')
  await expect(panel.getByRole('button', { name: 'Stop' })).toHaveCount(0)
  await expect(panel).not.toContainText('so far')
  await expect(found.getByRole('treeitem', { name: 'src/lib/needle.ts, 3 lines' })).toBeVisible()
})
