import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from './support/app'
import { axeViolations } from './support/axe'
import { picture } from './support/pictures'
import { createRepository, git } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const source = Array.from({ length: 60 }, (_, number) => `export const value${number} = ${number}\n`)
const files = {
  'README.md': '# Sample\n',
  'src/values.ts': source.join(''),
  'src/old name.ts': 'export const moved = true\nexport const other = 1\nexport const third = 2\n',
  'package-lock.json': '{\n  "lockfileVersion": 3\n}\n',
}

/** One pixel, in two colours. */
const pixel = (colour: string) =>
  Buffer.from(
    `iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC${colour}`,
    'base64',
  )

async function openTask(app: App, folder: string): Promise<string> {
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Begin', title: 'Review' })
  await expect(ui.answers(app.window).last()).toContainText('Begun.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Review', 'Idle')
  return app.checkout()
}

test('what is uncommitted is read as one scroll, staged and discarded by parts, taken back, and committed', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  await writeFile(join(folder, 'logo.png'), pixel(''))
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--message', 'A picture')
  model.answer('Begin', steps.text('Begun.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  const checkout = await openTask(app, folder)
  const values = join(checkout, 'src/values.ts')
  const changed = source.with(3, 'export const value3 = "three"\n').with(50, 'export const value50 = fifty\n')
  await writeFile(values, changed.join(''))
  await git(checkout, 'mv', 'src/old name.ts', 'src/new name.ts')
  await writeFile(join(checkout, 'package-lock.json'), '{\n  "lockfileVersion": 4\n}\n')
  await writeFile(join(checkout, 'logo.png'), Buffer.concat([pixel(''), Buffer.from([0])]))
  await writeFile(join(checkout, 'notes <b>.md'), 'A note\nof two lines\n')
  const changes = ui.changes(window)
  await changes.getByRole('button', { name: 'Refresh changes' }).click()
  await expect(ui.changedFile(window, 'src/new name.ts')).toBeVisible()

  const diff = ui.diff(window)
  await expect(diff.getByRole('heading', { name: 'src/values.ts' })).toBeVisible()
  await expect(diff.locator('[data-line] span[style*="--diffs-token"]').first()).toBeVisible()
  await expect(
    diff.getByRole('button', { name: 'modified: package-lock.json', expanded: false }),
  ).toBeVisible()
  await picture(window, 'changes-panel', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  await keyboard.press('ControlOrMeta+Shift+E')
  await expect(ui.composer(window)).toBeHidden()
  await changes.getByRole('button', { name: 'Diff options' }).click()
  await window.getByRole('menuitemradio', { name: 'Split' }).click()
  await picture(window, 'changes-wide', { everyWay: true })
  await window.emulateMedia({ colorScheme: 'dark' })
  expect(await axeViolations(window)).toEqual([])
  await window.emulateMedia({ colorScheme: null })
  await changes.getByRole('button', { name: 'Show logo.png' }).click()
  const pictures = window.getByRole('dialog', { name: 'logo.png' })
  await expect(pictures.getByRole('img', { name: 'After the change' })).toBeVisible()
  await expect(pictures).toContainText('1 × 1')
  await picture(window, 'changes-images')
  await keyboard.press('Escape')
  await changes.getByRole('button', { name: 'Diff options' }).click()
  await window.getByRole('menuitemradio', { name: 'Unified' }).click()

  // What is not staged yet, change by change.
  const part = changes.getByRole('combobox', { name: 'Which uncommitted changes' })
  await part.click()
  await window.getByRole('option', { name: 'Not staged' }).click()
  await expect(ui.changedFile(window, 'src/new name.ts')).toHaveCount(0)
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  const chosen = diff.getByRole('toolbar', { name: 'Chosen lines' })
  await expect(async () => {
    await keyboard.press('n')
    await expect(chosen).toContainText('Line 4', { timeout: 1000 })
  }).toPass({ timeout: 20_000 })
  await picture(window, 'changes-lines')
  await keyboard.press('s')
  await expect(window.getByText('Staged a part of src/values.ts')).toBeVisible()
  expect(await git(checkout, 'show', ':src/values.ts')).toBe(
    source.with(3, 'export const value3 = "three"\n').join('').trimEnd(),
  )
  await expect(diff).not.toContainText('"three"')
  await keyboard.press('n')
  await expect(chosen).toContainText('Line 51')
  await chosen.getByRole('button', { name: 'Discard' }).click()
  await expect(window.getByText('Discarded a part of src/values.ts')).toBeVisible()
  expect(await readFile(values, 'utf8')).toBe(source.with(3, 'export const value3 = "three"\n').join(''))
  await window.getByRole('button', { name: 'Undo' }).first().click()
  await expect(window.getByText('Taken back')).toBeVisible()
  expect(await readFile(values, 'utf8')).toBe(changed.join(''))

  // A place goes into the prompt with its true number, and what is staged is all that is committed.
  await expect(diff).toContainText('fifty')
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  await expect(async () => {
    await keyboard.press('n')
    await expect(chosen).toContainText('Line 51', { timeout: 1000 })
  }).toPass({ timeout: 20_000 })
  await keyboard.press('c')
  const form = diff.getByRole('region', { name: 'New comment' })
  await form.getByRole('textbox', { name: 'Comment' }).fill('Is **fifty** a number?')
  await keyboard.press('ControlOrMeta+Enter')
  const comment = diff.getByRole('article', { name: 'Comment on Line 51' })
  await expect(comment).toContainText('Is **fifty** a number?')
  await comment.getByRole('button', { name: 'Edit comment' }).click()
  await comment.getByRole('textbox', { name: 'Comment' }).fill('Is fifty a number?')
  await comment.getByRole('button', { name: 'Save comment' }).click()
  await expect(comment).toContainText('Is fifty a number?')
  await picture(window, 'changes-comment', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await diff.getByRole('group', { name: 'Diffs' }).focus()
  await keyboard.press('n')
  await expect(chosen).toContainText('Line 51')
  await chosen.getByRole('button', { name: 'Add to prompt' }).click()
  await changes.getByRole('textbox', { name: 'Commit message' }).fill('Three')
  await changes.getByRole('button', { name: 'Commit 2 staged files' }).click()
  await expect(changes).toContainText('1 commit ahead')
  expect(await git(checkout, 'show', '--stat', '--format=%s', 'HEAD')).toMatch(/^Three\n\n.*new name\.ts/s)
  await diff.getByRole('button', { name: 'Put into prompt' }).click()
  await expect(comment).toHaveCount(0)
  await keyboard.press('ControlOrMeta+Shift+E')
  await expect(ui.composer(window)).toHaveValue(/I reviewed the changes.*\n```\nIs fifty a number\?/s)
  await expect(ui.composer(window)).toHaveValue(
    /@src\/values\.ts line 51:\n```\nexport const value50 = fifty\n```/,
  )
})

test('turns are compared and restored, and read when checkout and sandbox are gone', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), files)
  model.answer('Begin', steps.text('Begun.'))
  model.answer('First', steps.write('one.txt', 'first\n'), steps.text('One.'))
  model.answer('Second', steps.write('two.txt', 'second \u202Etxt\n'), steps.text('Two.'))
  const app = await foundry.start()
  const { window } = app
  const checkout = await openTask(app, folder)
  await sendPrompt(app, 'First change')
  await expect(ui.answers(window).last()).toContainText('One.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Review', 'Idle')
  await sendPrompt(app, 'Second change')
  await expect(ui.answers(window).last()).toContainText('Two.', { timeout: 60_000 })
  await expectTaskStatus(app, 'Review', 'Idle')

  const changes = ui.changes(window)
  await changes.getByRole('tab', { name: 'Turns' }).click()
  await expect(ui.changedFile(window, 'two.txt')).toBeVisible()
  await expect(ui.changedFile(window, 'one.txt')).toHaveCount(0)
  // Nothing in it turns the text around.
  await expect(ui.diff(window)).toContainText('second [U+202E]txt')
  await picture(window, 'changes-turn', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await changes.getByRole('combobox', { name: 'Compared with' }).click()
  await window.getByRole('option', { name: 'The start of the branch' }).click()
  await expect(ui.changedFile(window, 'one.txt')).toBeVisible()

  const turn = changes.getByRole('combobox', { name: 'Turn', exact: true })
  await turn.click()
  await picture(window, 'changes-turns')
  await window.getByRole('option', { name: /^First change/ }).click()
  await writeFile(join(checkout, 'mine.txt'), 'by hand\n')
  await changes.getByRole('button', { name: 'Restore…' }).click()
  await picture(window, 'changes-restore')
  await window.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
  await expect(window.getByText('Restored all files')).toBeVisible()
  await expect(readFile(join(checkout, 'two.txt'))).rejects.toThrow('ENOENT')
  await expect(readFile(join(checkout, 'mine.txt'))).rejects.toThrow('ENOENT')
  expect(await readFile(join(checkout, 'one.txt'), 'utf8')).toBe('first\n')
  await window.getByRole('button', { name: 'Undo' }).click()
  await expect(window.getByText('Taken back')).toBeVisible()
  expect(await readFile(join(checkout, 'mine.txt'), 'utf8')).toBe('by hand\n')

  await app.quit()
  await rm(checkout, { recursive: true })
  const again = await foundry.start()
  await ui.task(again.window, /^Review/).click()
  const later = ui.changes(again.window)
  await later.getByRole('tab', { name: 'Turns' }).click()
  await later.getByRole('combobox', { name: 'Turn', exact: true }).click()
  await again.window.getByRole('option', { name: /^Second change/ }).click()
  await expect(ui.diff(again.window)).toContainText('second')
})

test('what another program changes is seen while somebody looks, in folders old and new', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), { ...files, '.gitignore': 'out/\n' })
  model.answer('Begin', steps.text('Begun.'))
  const app = await foundry.start()
  const { window } = app
  const checkout = await openTask(app, folder)
  const changes = ui.changes(window)
  await expect(changes.getByText('Nothing is uncommitted')).toBeVisible()
  await writeFile(join(checkout, 'README.md'), '# Sample\n\nBy another program.\n')
  await expect(ui.changedFile(window, 'README.md')).toBeVisible()
  await mkdir(join(checkout, 'out'))
  await mkdir(join(checkout, 'new folder'))
  await writeFile(join(checkout, 'new folder/first.txt'), 'first\n')
  await expect(ui.changedFile(window, 'new folder/first.txt')).toBeVisible({ timeout: 15_000 })
  await writeFile(join(checkout, 'out/ignored.txt'), 'ignored\n')
  await writeFile(join(checkout, 'new folder/second.txt'), 'second\n')
  await expect(ui.changedFile(window, 'new folder/second.txt')).toBeVisible({ timeout: 15_000 })
  // A commit from a terminal is one of these changes.
  await git(checkout, 'add', '--all')
  await git(checkout, 'commit', '--quiet', '--message', 'Elsewhere')
  await expect(changes).toContainText('1 commit ahead', { timeout: 15_000 })
  await expect(ui.changedFile(window, 'README.md')).toHaveCount(0)
})
