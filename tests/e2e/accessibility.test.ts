import { writeFile } from 'node:fs/promises'
import type { Page, TestInfo } from '@playwright/test'
import { accessibilityTree } from './support/accessibility-tree'
import type { App } from './support/app'
import { axeViolations } from './support/axe'
import { models } from './support/agent'
import { answerDialogs } from './support/dialogs'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createSideBySide, createTask, expectTaskStatus, openRepository, sendPrompt, ui } from './support/ui'

const prose = [
  'Here is what I found, with `code`, **weight** and a [link](https://example.com).',
  '',
  '| file | lines |',
  '|---|---|',
  '| src/greeting.ts | 3 |',
  '',
  '```ts',
  "export const veryLongLine = 'x'.repeat(400) // this line is far wider than any column that a person would read at once",
  '```',
].join('\n')

/** Everything a person can act on, without a name for those who do not see it. */
async function namelessControls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const selector =
      'button, a[href], input, textarea, select, [role=button], [role=tab], [role=treeitem], [role=option], ' +
      '[role=switch], [role=combobox], [role=checkbox], [role=menuitem], [tabindex]:not([tabindex="-1"])'
    const textOf = (ids: string | null): string =>
      (ids ?? '')
        .split(' ')
        .map((id) => document.querySelector(`[id="${CSS.escape(id)}"]`)?.textContent ?? '')
        .join(' ')
    const nameOf = (element: HTMLElement): string =>
      [
        element.getAttribute('aria-label'),
        textOf(element.getAttribute('aria-labelledby')),
        'labels' in element
          ? [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join(' ')
          : '',
        element.matches('input, textarea') ? '' : element.textContent,
        element.title,
      ].join('')
    return [...document.querySelectorAll<HTMLElement>(selector)]
      .filter(
        (element) => element.checkVisibility() && element.closest('[aria-hidden="true"], [inert]') === null,
      )
      .filter((element) => nameOf(element).trim() === '')
      .map((element) => element.outerHTML.slice(0, 200))
  })
}

/** Controls whose text is cut off without a way to read it, and pages that scroll sideways. */
async function layoutProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const root = document.documentElement
    if (root.scrollWidth > root.clientWidth)
      found.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`)
    if (root.scrollHeight > root.clientHeight)
      found.push(`the page is ${root.scrollHeight} high in ${root.clientHeight}`)
    for (const control of document.querySelectorAll<HTMLElement>(
      'button, input, textarea, [role=tab], [role=combobox]',
    )) {
      if (!control.checkVisibility()) continue
      const box = control.getBoundingClientRect()
      const name = control.getAttribute('aria-label') ?? control.textContent
      if (box.width === 0) continue
      let scrolls = false
      for (let parent = control.parentElement; parent !== null; parent = parent.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(parent)
        if ([overflowX, overflowY].some((value) => value === 'auto' || value === 'scroll')) scrolls = true
      }
      if (scrolls) continue
      if (box.left < -1 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1)
        found.push(`"${name}" is out of the window: ${JSON.stringify(box)}`)
    }
    return found
  })
}

async function setTheme(app: App, theme: 'light' | 'dark'): Promise<void> {
  await app.window.evaluate((value) => globalThis.foundry.call('app.updateSettings', { theme: value }), theme)
  await expect(app.window.locator('html')).toHaveAttribute('data-theme', theme)
}

async function setZoom(app: App, zoom: number): Promise<void> {
  await app.window.evaluate((value) => globalThis.foundry.call('app.updateSettings', { zoom: value }), zoom)
  await expect
    .poll(() =>
      app.electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor(),
      ),
    )
    .toBeCloseTo(zoom)
}

async function resize(app: App, width: number, height: number): Promise<void> {
  await app.electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  )
  await expect.poll(() => app.window.evaluate(() => Math.round(innerWidth * devicePixelRatio))).toBe(width)
}

/** What moves for a moment has come to rest, and is painted. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const passing = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(passing.map((animation) => animation.finished))
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
  })
}

/** Written for looking at; checked for what a machine can tell. */
async function look(app: App, testInfo: TestInfo, state: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await setTheme(app, theme)
    await settled(app.window)
    // By the window itself: the picture a person would see, whatever the size of the page.
    const image = await app.electron.evaluate(async ({ BrowserWindow }) => {
      const captured = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage()
      return captured?.toPNG().toString('base64') ?? ''
    })
    await writeFile(testInfo.outputPath(`${state}-${theme}.png`), Buffer.from(image, 'base64'))
    expect.soft(await axeViolations(app.window), `${state}, ${theme}: axe`).toEqual([])
  }
  expect.soft(await namelessControls(app.window), `${state}: controls without a name`).toEqual([])
  expect.soft(await layoutProblems(app.window), `${state}: layout`).toEqual([])
}

test('every state has names, fits its window and can be looked at', async ({
  foundry,
  model,
  world,
}, testInfo) => {
  test.setTimeout(300_000)
  const folder = await createRepository(world.path('sample'))
  model.answer(
    'Explain',
    steps.together(
      steps.text(prose),
      steps.write('src/a-rather-long-name-of-a-file-in-a-folder.ts', 'export {}\n'),
    ),
    steps.run('printf "a\\nb\\n"; exit 3', 'Fails'),
    steps.text('That is all.'),
  )
  model.answer('Keep going', steps.stream('word'))

  const app = await foundry.start()
  const { window } = app
  await look(app, testInfo, '1-first-run')
  await openRepository(app, folder)
  await expect(window.getByRole('region', { name: 'New task' })).toBeVisible()
  await look(app, testInfo, '2-new-task')
  await window.getByRole('combobox', { name: /^Model: / }).click()
  await expect(window.getByRole('option').first()).toBeVisible({ timeout: 30_000 })
  await look(app, testInfo, '3-model-picker')
  await window.keyboard.press('Escape')
  await createTask(app, {
    prompt: 'Explain',
    title:
      'A title that is long enough to need every pixel that the row of a task can give to it, and then some',
  })
  await expectTaskStatus(app, 'A title that is long enough', 'Idle', { prefix: true })
  await expect(ui.answers(window).last()).toContainText('That is all.', { timeout: 60_000 })
  await expect(ui.changedFile(window, 'src/a-rather-long-name-of-a-file-in-a-folder.ts')).toBeVisible()
  await look(app, testInfo, '4-task')
  await sendPrompt(app, 'Keep going')
  await expect(ui.answers(window).last()).toContainText('word 3')
  await look(app, testInfo, '5-running')

  await resize(app, 900, 600)
  await look(app, testInfo, '6-small')
  await setZoom(app, 2)
  await look(app, testInfo, '7-small-zoomed')
  await setZoom(app, 1)
  await resize(app, 1280, 800)
  await setZoom(app, 2)
  // Whoever follows the end still does, whatever the window and the zoom did.
  await expect(window.getByRole('button', { name: /New content|Go to the end/ })).toHaveCount(0)
  await look(app, testInfo, '8-zoomed')
  await setZoom(app, 1)

  await ui.stop(window).click()
  await expectTaskStatus(app, 'A title that is long enough', 'Idle', { prefix: true })
  await window.keyboard.press('Control+,')
  await expect(window.getByRole('dialog', { name: 'Settings' })).toBeVisible()
  await look(app, testInfo, '9-settings')
})

test('tasks side by side have names, fit their window and can be looked at', async ({
  foundry,
  model,
  world,
}, testInfo) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('Hello', steps.text('Hello.'))
  model.answer(
    'Explain',
    steps.together(steps.text(prose), steps.write('src/a-rather-long-name-of-a-file.ts', 'export {}\n')),
    async (answer) => {
      // One is done, the other goes on.
      const step = answer.request.model === 'two' ? steps.stream('word') : steps.text('That is all.')
      await step(answer)
    },
  )
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Hello', title: 'Hello' })
  await expect(ui.turnEnds(window)).toHaveCount(1, { timeout: 60_000 })
  await createSideBySide(app, { prompt: 'Explain', title: 'A title that is long enough to be cut off' })
  await window.getByRole('button', { name: 'Side by side' }).click()
  const first = ui.member(window, `${models.first}, Idle`)
  const second = ui.member(window, `${models.second}, Running`)
  await expect(first.getByRole('article', { name: 'Turn ended' })).toBeVisible({ timeout: 60_000 })
  await expect(second).toContainText('word 3')
  await expect(first.getByRole('list', { name: 'Figures' })).toContainText('1 file')
  await ui.sideBySide(window).getByRole('textbox', { name: 'Prompt to all' }).fill('And on')
  await look(app, testInfo, '1-columns')

  await ui.sideBySide(window).getByRole('button', { name: 'Changes', exact: true }).click()
  await ui.sideBySide(window).getByRole('option').first().click()
  await expect(window.getByRole('region', { name: /by Scripted/ })).toContainText('export {}')
  await look(app, testInfo, '2-changes')
  await resize(app, 900, 600)
  await look(app, testInfo, '3-changes-small')
  await ui.sideBySide(window).getByRole('button', { name: 'Sessions', exact: true }).click()
  await expect(window.getByRole('tablist', { name: 'Agents' })).toBeVisible()
  await look(app, testInfo, '4-columns-small')
  await setZoom(app, 2)
  await look(app, testInfo, '5-columns-small-zoomed')
  await setZoom(app, 1)
  await resize(app, 1280, 800)
  await setZoom(app, 2)
  await look(app, testInfo, '6-columns-zoomed')
  await setZoom(app, 1)
  await second.getByRole('button', { name: `Stop ${models.second}` }).click()
  await expect(ui.member(window, `${models.second}, Idle`)).toBeVisible()
})

test('the main job can be done with the keyboard alone', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('By keyboard', steps.write('new.txt', 'new\n'), steps.text('Typed and done.'))
  model.answer('And on', steps.text('Gone on.'))
  const app = await foundry.start()
  const { window } = app
  const { keyboard } = window

  /** Tabs until the control has the focus, as somebody without a pointer does. */
  const tabTo = async (name: string, press: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
    for (let presses = 0; presses < 80; presses++) {
      await keyboard.press(press)
      const focused = await window.evaluate(() => {
        const element = document.activeElement as HTMLElement | null
        const label = element?.getAttribute('aria-label') ?? ''
        const labels = [...((element as HTMLInputElement | null)?.labels ?? [])].map((one) => one.textContent)
        const outline = element === null ? '' : getComputedStyle(element).outlineStyle
        return { names: [label, element?.textContent ?? '', ...labels].map((text) => text.trim()), outline }
      })
      if (focused.names.some((text) => text.startsWith(name))) return
    }
    throw new Error(`"${name}" cannot be reached with ${press}`)
  }

  await answerDialogs(app.electron, { folder })
  await tabTo('Open repository')
  await keyboard.press('Enter')
  await expect(
    window.getByRole('region', { name: 'New task' }).getByRole('textbox', { name: 'Prompt' }),
  ).toBeFocused()
  await keyboard.type('By keyboard')
  await expect(window.getByRole('button', { name: 'Create task' })).toBeEnabled()
  await keyboard.press('Control+Enter')
  await expect(ui.answers(window).last()).toContainText('Typed and done.', { timeout: 60_000 })

  await expect(ui.composer(window)).toBeFocused()
  await keyboard.type('And on')
  await keyboard.press('Enter')
  await expect(ui.answers(window).last()).toContainText('Gone on.')

  await tabTo('Commit message')
  await keyboard.type('Typed')
  await keyboard.press('Control+Enter')
  await expect(ui.changes(window)).toContainText('1 commit ahead')

  await tabTo('Bring branch into my folder', 'Shift+Tab')
  await keyboard.press('Enter')
  await expect(window.getByText('is in your folder').first()).toBeVisible()

  await keyboard.press('Control+n')
  await expect(window.getByRole('region', { name: 'New task' })).toBeVisible()
  await tabTo('Tasks', 'Shift+Tab')
  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await expect(window.getByRole('region', { name: /^Task: / })).toBeVisible()
})

test('the main job can be done through the accessibility tree alone', async ({ foundry, model, world }) => {
  const folder = await createRepository(world.path('sample'))
  model.answer('By names', steps.write('new.txt', 'new\n'), steps.text('Named and done.'))
  model.answer('And on', steps.text('Gone on.'))
  const app = await foundry.start()
  const tree = await accessibilityTree(app)
  await answerDialogs(app.electron, { folder })
  await tree.press('button', 'Open repository')
  await tree.find('region', 'New task')
  await tree.write('Prompt', 'By names')
  await tree.press('button', 'Create task')
  await tree.read('Named and done.')
  await tree.find('treeitem', /By names, Idle/)
  await tree.find('treeitem', /^new\.txt, added/i)
  await tree.write('Prompt', 'And on')
  await tree.press('button', 'Send')
  await tree.read('Gone on.')
  await tree.write('Commit message', 'Named')
  await tree.press('button', 'Commit 1 file')
  await tree.read(/1 commit ahead/)
  await tree.press('button', 'Bring branch into my folder')
  await tree.read(/is in your folder/)
})
