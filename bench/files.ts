// A checkout of 20,000 files: words in all of them, once with few places and once with more than a page holds, against git
// alone in a shell; and a file of 5 MB, from the name that was chosen to its first lines and to their colours.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from '@playwright/test'
import { startApp, type App } from '../tests/e2e/support/app'
import { createTask, expectTaskStatus, openRepository, ui } from '../tests/e2e/support/ui'
import { createWorld, installLauncher } from '../tests/e2e/support/world'
import { inFolder } from './lib/folder'
import { generateRepository } from './lib/repository'
import { bench, say } from './lib/report'
import { median } from './lib/statistics'

const run = promisify(execFile)

const FILES = 20_000
const LARGE_BYTES = 5_000_000
const RARE = 'needle'
/** In nearly every line of what is generated. */
const COMMON = 'const'

await bench('files', ({ quick }) =>
  inFolder(async (folder) => {
    const rounds = quick ? 3 : 9
    const world = await createWorld()
    try {
      const agent = join(process.cwd(), 'bench/lib/streaming-agent.ts')
      await installLauncher(world, 'opencode', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
      await generateRepository(`${folder}/repository`, FILES)
      const app = await startApp(world, { trace: false })
      try {
        await openRepository(app, `${folder}/repository`)
        await createTask(app, { prompt: 'Say something', title: 'Files' })
        await ui.turnEnds(app.window).last().waitFor({ timeout: 120_000 })
        await expectTaskStatus(app, 'Files', 'Idle')
        const checkout = await app.checkout()
        await writeFile(join(checkout, 'src/part-0/file-7.ts'), `// A ${RARE}\n`)
        const line = 'export const value = read("text", 12345) // and some words behind it\n'
        await writeFile(join(checkout, 'large.ts'), line.repeat(Math.ceil(LARGE_BYTES / line.length)))

        await app.window.getByRole('tab', { name: 'Files', exact: true }).click()
        await expect(ui.treeRow(app.window, 'large.ts')).toBeVisible()
        const figures: Record<'rare' | 'common' | 'bare' | 'open' | 'colours' | 'found', number[]> = {
          rare: [],
          common: [],
          bare: [],
          open: [],
          colours: [],
          found: [],
        }
        // The first of each fills caches.
        for (let round = 0; round <= rounds; round++) {
          figures.bare.push(await bareSearch(checkout))
          figures.rare.push(await search(app, RARE, '1 line in 1 file'))
          figures.common.push(await search(app, COMMON, 'lines in'))
          figures.found.push(await findByName(app))
          const { open, colours } = await openLarge(app)
          figures.open.push(open)
          figures.colours.push(colours)
          say(
            `round ${round} of ${rounds}: ${Object.values(figures)
              .map((all) => all.at(-1)?.toFixed(0))
              .join(', ')} ms`,
          )
        }
        const of = (all: readonly number[]) => median(all.slice(1))
        return {
          searchMs: of(figures.rare),
          searchManyMs: of(figures.common),
          bareGrepMs: of(figures.bare),
          quickOpenMs: of(figures.found),
          open5MbMs: of(figures.open),
          colours5MbMs: of(figures.colours),
        }
      } finally {
        await app.quit()
      }
    } finally {
      await world.remove()
    }
  }))

async function bareSearch(checkout: string): Promise<number> {
  const startedAt = performance.now()
  await run('git', ['grep', '--untracked', '-n', '-I', '-i', '-F', '-e', RARE], { cwd: checkout })
  return performance.now() - startedAt
}

/** From Enter to the frame with what was found. */
async function search(app: App, words: string, result: string): Promise<number> {
  const { window } = app
  await window.keyboard.press('ControlOrMeta+Shift+H')
  const field = ui.files(window).getByRole('searchbox', { name: 'Search in files' })
  await field.fill('')
  await expect(ui.files(window).locator('output')).toContainText('Words in the files of this task')
  return field.evaluate(
    async (element, [text, wanted]) => {
      const input = element as HTMLInputElement
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
      set?.call(input, text)
      input.dispatchEvent(new Event('input', { bubbles: true }))
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const startedAt = performance.now()
      input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
      const told = () => input.closest('search')?.querySelector('output')?.textContent ?? ''
      while (!told().includes(wanted ?? '')) {
        if (performance.now() - startedAt > 60_000) throw new Error(`Not found: ${told()}`)
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      return performance.now() - startedAt
    },
    [words, result],
  )
}

/** From what was typed to the first name that fits, among all files. */
async function findByName(app: App): Promise<number> {
  const { window } = app
  await window.keyboard.press('ControlOrMeta+P')
  const field = window.getByRole('combobox', { name: 'File to open' })
  await expect(field).toBeFocused()
  const ms = await field.evaluate(async (element) => {
    const input = element as HTMLInputElement
    const startedAt = performance.now()
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
    set?.call(input, 'p150file15001')
    input.dispatchEvent(new Event('input', { bubbles: true }))
    while (document.querySelector('[role=option]')?.getAttribute('title') !== 'src/part-150/file-15001.ts') {
      if (performance.now() - startedAt > 60_000) throw new Error('The file was not found')
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    return performance.now() - startedAt
  })
  await window.keyboard.press('Escape')
  return ms
}

async function openLarge(app: App): Promise<{ open: number; colours: number }> {
  const { window } = app
  await window.getByRole('button', { name: 'Folders and files' }).click()
  const row = ui.treeRow(window, 'large.ts')
  await expect(row).toBeVisible()
  const figures = await row.evaluate(async (element) => {
    const startedAt = performance.now()
    ;(element as HTMLElement).click()
    const until = async (isThere: () => boolean): Promise<number> => {
      while (!isThere()) {
        if (performance.now() - startedAt > 60_000) throw new Error('The file did not come')
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      return performance.now() - startedAt
    }
    const lines = () => document.querySelectorAll('[aria-label="large.ts"] .cm-line')
    const open = await until(() => lines().length > 10)
    const colours = await until(() => (lines()[5]?.querySelectorAll('span[style]').length ?? 0) > 2)
    return { open, colours }
  })
  await window.getByRole('button', { name: 'Close large.ts' }).click()
  await expect(ui.file(window, 'large.ts')).toBeHidden()
  return figures
}
