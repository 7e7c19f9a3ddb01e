import { existsSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import type { App } from './support/app'
import { axeViolations } from './support/axe'
import { answerDialogs } from './support/dialogs'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, openRepository, ui } from './support/ui'

const pane = (page: Page): Locator => page.getByRole('region', { name: 'Terminal', exact: true })
/** What the terminals on screen show, as text. */
const rows = (page: Page): Locator => pane(page).locator('.xterm-rows')
const tabs = (page: Page): Locator => pane(page).getByRole('tablist', { name: 'Terminals' }).getByRole('tab')

async function openTask(app: App, folder: string): Promise<void> {
  await openRepository(app, folder)
  await createTask(app, { prompt: 'First', title: 'One' })
  await expect(ui.answers(app.window).last()).toContainText('Done.', { timeout: 60_000 })
}

/** A prompt that is told from everything else, whatever shell the machine has. */
async function ready(page: Page): Promise<void> {
  await expect(rows(page).first()).toContainText(/[$#%>]\s*$/, { timeout: 20_000 })
  await page.keyboard.type("PS1='ready> '; clear\n")
  await expect(rows(page).first()).toHaveText(/^ready>\s*$/)
}

test('a terminal of a task: shells, programs in full screen, sizes, reload, closing', async ({
  foundry,
  model,
  world,
}) => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index + 1} of the file`).join('\n')
  const folder = await createRepository(world.path('sample'), {
    'a.txt': `${lines}\n`,
    'src/deep/b.ts': 'export const b = 1\n',
  })
  model.answer('First', steps.text('Done.'))
  const app = await foundry.start()
  const { window } = app
  await openTask(app, folder)

  // By keyboard, and with the focus in it.
  await window.keyboard.press('Control+`')
  await expect(tabs(window)).toHaveCount(1)
  await ready(window)
  await window.keyboard.type(
    'pwd; echo "$TERM"; printf "\\033[31mred \\033[32mgreen \\033[1;34mblue\\033[0m häß 日本 👩‍💻\\n"\n',
  )
  await expect(rows(window)).toContainText('xterm-256color')
  await expect(rows(window)).toContainText('red green blue häß 日本')
  await picture(window, 'terminal', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])

  // Under the whole task it is wide enough for programs that fill the screen.
  await pane(window).getByRole('button', { name: 'Terminal under the whole task' }).click()
  await tabs(window).first().click()
  await window.keyboard.type('clear; stty size\n')
  await expect(rows(window)).toContainText(/\d+ 1\d\d/)
  await window.keyboard.type('vim -u NONE -c "set nocp nu ls=2" a.txt\n')
  await expect(rows(window)).toContainText('line 1 of the file')
  await picture(window, 'terminal-vim')
  await window.keyboard.press('Escape')
  await window.keyboard.type(':q!\n')
  await expect(rows(window)).toContainText('ready>')
  await window.keyboard.type('clear; less a.txt\n')
  await expect(rows(window)).toContainText('line 2 of the file')
  await window.keyboard.type('G')
  await expect(rows(window)).toContainText('line 200 of the file')
  await picture(window, 'terminal-less')

  // A reloaded window shows the program as it was, and goes on with it.
  await window.reload()
  await expect(rows(window)).toContainText('line 200 of the file', { timeout: 20_000 })
  await pane(window).locator('.xterm-screen').click()
  await window.keyboard.type('q')
  await window.keyboard.type('clear; echo on it goes\n')
  await expect(rows(window)).toContainText('on it goes')

  // Closing says what would be lost; keeping it keeps it.
  await window.keyboard.type('clear; echo asleep; sleep 1000\n')
  await expect(rows(window)).toHaveText(/^asleep\s*$/)
  await pane(window)
    .getByRole('button', { name: /^Close / })
    .first()
    .click()
  const question = window.getByRole('dialog', { name: 'End what runs and close the terminal?' })
  await expect(question).toContainText('sleep')
  await picture(window, 'terminal-close-question')
  await question.getByRole('button', { name: 'Keep it open' }).click()
  await expect(question).toBeHidden()
  await pane(window).locator('.xterm-screen').click()
  await window.keyboard.press('Control+C')

  // Beside it another one; the first stays.
  await pane(window).getByRole('button', { name: 'Split terminal' }).click()
  await expect(rows(window)).toHaveCount(2)
  await expect(tabs(window)).toHaveCount(1)
  await expect(rows(window).nth(1)).toContainText(/[$#%>]\s*$/, { timeout: 20_000 })
  await window.keyboard.type('echo "second $((40 + 2))"\n')
  await expect(rows(window).nth(1)).toContainText('second 42')
  await picture(window, 'terminal-split')

  // Found in what it showed.
  await window.keyboard.press('Control+Shift+F')
  await pane(window).getByRole('searchbox', { name: 'Find in terminal' }).fill('second')
  await expect(pane(window).getByText(/^\d of 2$/)).toBeVisible()
  await picture(window, 'terminal-find')
  await window.keyboard.press('Escape')

  // Tabs: a new one, a name, another order.
  await pane(window).getByRole('button', { name: 'New terminal' }).click()
  await expect(tabs(window)).toHaveCount(2)
  await tabs(window).nth(1).press('F2')
  await pane(window).getByRole('textbox', { name: 'Terminal name' }).fill('Watcher')
  await window.keyboard.press('Enter')
  await expect(tabs(window).nth(1)).toHaveAccessibleName(/^Watcher/)
  await tabs(window).nth(1).press('Alt+ArrowLeft')
  await expect(tabs(window).nth(0)).toHaveAccessibleName(/^Watcher/)

  // The key leads in and out.
  await pane(window).locator('.xterm-screen').first().click()
  await window.keyboard.press('Control+`')
  await expect(pane(window)).toBeHidden()
  await expect(ui.composer(window)).toBeFocused()
  await window.keyboard.press('Control+`')
  await expect(pane(window)).toBeVisible()

  // A shell that ends says so, and begins again.
  await expect(pane(window).locator('.xterm-helper-textarea').first()).toBeFocused()
  await window.keyboard.type('exit 3\n')
  await expect(pane(window).getByText('ended with code 3')).toBeVisible({ timeout: 20_000 })
  await picture(window, 'terminal-ended')
  await pane(window).getByRole('button', { name: 'New shell' }).click()
  await expect(pane(window).getByText('ended with code 3')).toBeHidden()
})

test('what runs in a sandbox is listed, run, followed, opened and ended', async ({
  foundry,
  model,
  world,
}) => {
  const server =
    "const s=require('node:http').createServer((q,r)=>r.end('hi')).listen(0,'127.0.0.1',()=>console.log('  Local: http://localhost:'+s.address().port+'/'))"
  const folder = await createRepository(world.path('sample'), {
    'server.js': server,
    '.foundry/scripts.json': JSON.stringify({ run: { lint: 'echo all is well' } }),
  })
  model.answer('First', steps.text('Done.'))
  const app = await foundry.start()
  const { window } = app
  await openTask(app, folder)
  await window.getByRole('button', { name: 'Terminal', exact: true }).click()
  await expect(rows(window).first()).toContainText(/[$#%>]\s*$/, { timeout: 20_000 })
  await pane(window).getByRole('button', { name: 'Terminal under the whole task' }).click()
  await pane(window).getByRole('button', { name: 'Processes' }).click()
  await pane(window).getByRole('button', { name: 'Run a program' }).click()
  const form = pane(window).getByRole('form', { name: 'Run a program' })
  await form.getByRole('textbox', { name: 'Program' }).fill(process.execPath)
  await form.getByRole('textbox', { name: /^Arguments/ }).fill('server.js')
  await form.getByRole('textbox', { name: /^Variables/ }).fill('GREETING=good day')
  await picture(window, 'terminal-run', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await form.getByRole('button', { name: 'Run program' }).click()
  await expect(rows(window)).toContainText('Local: http://localhost:')
  const open = pane(window).getByRole('button', { name: /^Open localhost:\d+$/ })
  await expect(open).toBeVisible({ timeout: 20_000 })
  await picture(window, 'terminal-server')

  await pane(window).getByRole('button', { name: 'Processes' }).click()
  const list = pane(window).getByRole('list', { name: 'Processes' })
  const own = list.getByRole('listitem').filter({ hasText: 'server.js' })
  await expect(own).toContainText('running')
  await expect(own).toContainText('with GREETING')
  await picture(window, 'terminal-processes', { everyWay: true })
  expect(await axeViolations(window)).toEqual([])
  await own.getByRole('button', { name: /^Stop / }).click()
  await expect(own).toContainText(/ended/)
  await own.getByRole('button', { name: /^Start .* again$/ }).click()
  await expect(own).toContainText('running')
  await own.getByRole('button', { name: /^Kill / }).click()
  await expect(own).toContainText(/ended/)
})

test('quitting asks for what runs in a terminal, and the next start shows its screen and folder', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), { 'sub/a.txt': 'a\n' })
  model.answer('First', steps.text('Done.'))
  const first = await foundry.start()
  await openTask(first, folder)
  await first.window.keyboard.press('Control+`')
  await ready(first.window)
  await first.window.keyboard.type('cd sub; echo "remember $((600 + 66))"; sleep 1000\n')
  await expect(rows(first.window)).toContainText('remember 666')
  await answerDialogs(first.electron, { button: 'Stop and quit' })
  const ended = first.quit()
  await ended
  expect(existsSync(folder)).toBe(true)

  const second = await foundry.start()
  const { window } = second
  await ui.task(window, /^One/).click()
  await expect(pane(window)).toBeHidden()
  await window.keyboard.press('Control+`')
  await expect(rows(window)).toContainText('remember 666')
  await expect(rows(window)).toContainText('from before Foundry was started')
  await expect(rows(window)).toContainText(/[$#%>]\s*$/, { timeout: 20_000 })
  await window.keyboard.type('clear; basename "$PWD"; cat a.txt\n')
  await expect(rows(window)).toContainText('sub')
})
