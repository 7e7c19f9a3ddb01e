import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import type { App } from './support/app'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, openRepository, ui } from './support/ui'

const pane = (page: Page): Locator => page.getByRole('region', { name: 'Terminal', exact: true })
const rows = (page: Page): Locator => pane(page).locator('.xterm-rows').first()

/** A shell in the full size of the window, with a prompt that is told from everything else. */
async function openShell(app: App, folder: string): Promise<{ rows: number; columns: number }> {
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'First', title: 'One' })
  await expect(ui.answers(window).last()).toContainText('Done.', { timeout: 60_000 })
  await window.keyboard.press('Control+`')
  await expect(rows(window)).toContainText(/[$#%>]\s*$/, { timeout: 20_000 })
  await pane(window).getByRole('button', { name: 'Full size' }).click()
  await pane(window).locator('.xterm-screen').first().click()
  await window.keyboard.type("PS1='ready> '; clear; stty size\n")
  await expect(rows(window)).toContainText(/^\d+ \d+\s*ready>/)
  const [, height, width] = /(\d+) (\d+)/.exec((await rows(window).textContent()) ?? '') ?? []
  return { rows: Number(height), columns: Number(width) }
}

type Counted = typeof globalThis & { changes?: number }

/** How often the screen was drawn since this was asked first. */
function countOfChanges(window: Page): Promise<number> {
  return window.evaluate(() => {
    const counted = globalThis as Counted
    if (counted.changes === undefined) {
      counted.changes = 0
      const screen = document.querySelector('.xterm-rows')
      if (screen === null) throw new Error('There is no terminal')
      new MutationObserver((found) => (counted.changes = (counted.changes ?? 0) + found.length)).observe(
        screen,
        {
          childList: true,
          subtree: true,
        },
      )
    }
    return counted.changes
  })
}

const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('programs that draw the whole screen look right', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'), { 'a.txt': 'a\n' })
  model.answer('First', steps.text('Done.'))
  const app = await foundry.start()
  const { window } = app
  // Forty screens, each looked at.
  test.setTimeout(240_000)
  const size = await openShell(app, folder)
  const clear = async () => {
    await window.keyboard.type('clear\n')
    await expect(rows(window)).toHaveText(/^ready>\s*$/)
  }

  if (has('htop')) {
    await clear()
    await window.keyboard.type('htop\n')
    await expect(rows(window)).toContainText('Load average')
    await picture(window, 'terminal-htop')
    await window.keyboard.type('q')
    await expect(rows(window)).toHaveText(/ready>\s*$/)
  }

  if (has('tmux')) {
    await clear()
    await window.keyboard.type('tmux -L foundry-test -f /dev/null new "sh"\n')
    await expect(rows(window)).toContainText('[0]')
    await window.keyboard.press('Control+b')
    await window.keyboard.type('%')
    await window.keyboard.type('seq 1 40; echo 日本語 ▲ 👍\n')
    await expect(rows(window)).toContainText('日本語 ▲ 👍')
    await window.keyboard.press('Control+b')
    await window.keyboard.type('"')
    await window.keyboard.type('echo third\n')
    await expect(rows(window)).toContainText(/third\s/)
    await picture(window, 'terminal-tmux')
    await window.keyboard.type('tmux kill-server\n')
    await expect(rows(window)).toContainText('[server exited]')
  }

  if (has('vttest')) {
    await clear()
    await window.keyboard.type(`vttest ${size.rows}x${size.columns}.${size.columns}\n`)
    await expect(rows(window)).toContainText('Choose test type')
    await picture(window, 'terminal-vttest-menu')
    for (const menu of ['1', '2', '8']) {
      await window.keyboard.type(`${menu}\n`)
      await expect(rows(window)).not.toContainText('Choose test type')
      for (let screen = 1; ; screen++) {
        await expect(rows(window)).toContainText(/RETURN|Choose test type/)
        if ((await rows(window).textContent())?.includes('Choose test type')) break
        await picture(window, `terminal-vttest-${menu}-${screen}`)
        // The next screen may have the same words, but it is drawn anew.
        const drawn = await countOfChanges(window)
        await window.keyboard.press('Enter')
        await expect.poll(() => countOfChanges(window)).toBeGreaterThan(drawn)
      }
    }
    await window.keyboard.type('0\n')
    await expect(rows(window)).toHaveText(/ready>\s*$/)
  }
})

test('a long log, wide characters, marks of commands, links and the clipboard', async ({
  foundry,
  model,
  world,
}) => {
  const folder = await createRepository(world.path('sample'), {
    'src/deep/b.ts': Array.from({ length: 40 }, (_, line) => `export const b${line + 1} = 1\n`).join(''),
  })
  model.answer('First', steps.text('Done.'))
  const app = await foundry.start()
  const { window } = app
  await openShell(app, folder)

  const log = world.path('log')
  const line = (at: number): string =>
    `2026-01-01T00:00:00Z INFO request ${at} took 12 ms path=/api/v1/things/${at}\n`
  let text = ''
  for (let at = 0; at < 10_000; at++) text += line(at)
  await writeFile(log, Array.from({ length: Math.ceil(1e8 / text.length) }, () => text).join(''))
  await window.keyboard.type(`clear; cat '${log}'; echo "over $((40 + 2))"\n`)
  await expect(rows(window)).toContainText('over 42', { timeout: 120_000 })
  await expect(rows(window)).toContainText('request 9999 took')
  await picture(window, 'terminal-log')

  const wide = world.path('wide.txt')
  await writeFile(
    wide,
    [
      '|12345678901234567890|',
      '|日本語テキスト幅    |',
      '|한국어 텍스트       |',
      '|👍🎉🚀 😀           |',
      '|ﬁ é ñ Ω Ж א ا ▒▓█▄▀ |',
      '|┌──────┬─────┐ ─│┼ |',
      '|│ a    │ b   │      |',
      '|└──────┴─────┘      |',
      'a => b != c === d >= e -> f && g',
      '\u001b[1mbold\u001b[0m \u001b[3mitalic\u001b[0m \u001b[4munderlined\u001b[0m \u001b[9mstruck\u001b[0m \u001b[7mreverse\u001b[0m \u001b[2mfaint\u001b[0m',
      Array.from({ length: 16 }, (_, colour) => `\u001b[48;5;${colour}m  `).join('') + '\u001b[0m',
      Array.from({ length: 64 }, (_, x) => `\u001b[48;2;${x * 4};80;${255 - x * 4}m `).join('') + '\u001b[0m',
      '',
    ].join('\n'),
  )
  await window.keyboard.type('clear\n')
  await expect(rows(window)).toHaveText(/^ready>\s*$/)
  await window.keyboard.type(`cat '${wide}'; sh -c 'exit 3'\n`)
  await expect(rows(window)).toContainText('日本語テキスト幅')

  // The shell said how the command ended.
  await expect(pane(window).locator('.terminal-mark-failed')).toHaveAttribute('title', 'Ended with code 3')
  await picture(window, 'terminal-wide', { everyWay: true })

  // Only where a person allowed it does a program reach the clipboard.
  const clipboard = (): Promise<string> => app.electron.evaluate(({ clipboard: board }) => board.readText())
  await app.electron.evaluate(({ clipboard: board }) => board.writeText('untouched'))
  const copied = Buffer.from('from a program').toString('base64')
  await window.keyboard.type(`clear; printf '\\033]52;c;${copied}\\007'; echo "sent $((40 + 2))"\n`)
  await expect(rows(window)).toContainText('sent 42')
  expect(await clipboard()).toBe('untouched')
  await window.keyboard.press('Control+,')
  const settings = window.getByRole('dialog', { name: 'Settings' })
  await settings.getByRole('switch', { name: /^Programs may put text on the clipboard/ }).click()
  await settings.getByRole('switch', { name: /^Ligatures/ }).click()
  await picture(window, 'terminal-settings', { everyWay: true })
  await settings.getByRole('button', { name: 'Close' }).click()
  await expect(settings).toBeHidden()
  // Where pictures were taken the window was small in between, and has the terminal where it was before.
  const fullSize = pane(window).getByRole('button', { name: 'Full size' })
  if (await fullSize.isVisible()) await fullSize.click()
  await pane(window).locator('.xterm-screen').first().click()
  await window.keyboard.type(
    `clear; printf '\\033]52;c;${copied}\\007'; echo "sent $((40 + 3))"; cat '${wide}'\n`,
  )
  await expect(rows(window)).toContainText('sent 43')
  await expect.poll(clipboard).toBe('from a program')
  await picture(window, 'terminal-ligatures')

  // From prompt to prompt.
  await window.keyboard.type('clear\n')
  await expect(rows(window)).toHaveText(/^ready>\s*$/)
  await window.keyboard.type('echo first; seq 1 200\n')
  await expect(rows(window)).toContainText('200')
  await window.keyboard.press('Control+ArrowUp')
  await expect(rows(window)).toContainText('echo first')
  await window.keyboard.press('Control+ArrowDown')
  await expect(rows(window)).toContainText('200')

  // A file that is dropped is its path, as one word.
  await window.keyboard.type('clear; printf "%s|" ')
  await window.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', id: 'dropped' })
    document.body.append(input)
  })
  await window.locator('#dropped').setInputFiles(wide)
  await pane(window)
    .locator('.xterm-screen')
    .first()
    .evaluate((screen) => {
      const input = document.querySelector<HTMLInputElement>('#dropped')
      const file = input?.files?.[0]
      if (input === null || file === undefined) throw new Error('There is no file to drop')
      const data = new DataTransfer()
      data.items.add(file)
      const options = { dataTransfer: data, bubbles: true, cancelable: true }
      screen.dispatchEvent(new DragEvent('dragover', options))
      screen.dispatchEvent(new DragEvent('drop', options))
      input.remove()
    })
  await window.keyboard.press('Enter')
  await expect(rows(window)).toContainText(`${wide}|`)

  // A place in a file leads there.
  await window.keyboard.type('clear; echo "at src/deep/b.ts:20:3 (error)"\n')
  await expect(rows(window)).toHaveText(/^at src.*ready>\s*$/)
  const box = await pane(window).locator('.xterm-screen').first().boundingBox()
  if (box === null) throw new Error('The terminal is not on screen')
  await window.mouse.move(box.x + 60, box.y + 8)
  await expect(pane(window).locator('.xterm-cursor-pointer')).toBeVisible()
  await picture(window, 'terminal-link')
})
