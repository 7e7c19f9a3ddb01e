import { expect, type Locator, type Page } from '@playwright/test'
import { models } from './agent'
import type { App } from './app'
import { answerDialogs } from './dialogs'

/** The app as a person meets it: everything is found by its role and name. */
export const ui = {
  navigation: (page: Page): Locator => page.getByRole('navigation', { name: 'Tasks' }),
  /** A row of the task list; its name says title and status. */
  task: (page: Page, title: string | RegExp): Locator =>
    page.getByRole('tree', { name: 'Tasks' }).getByRole('treeitem', { name: title }),
  transcript: (page: Page): Locator => page.getByRole('log', { name: 'Transcript' }),
  prompts: (page: Page): Locator => ui.transcript(page).getByRole('article', { name: 'You', exact: true }),
  answers: (page: Page): Locator => ui.transcript(page).getByRole('article', { name: 'Agent', exact: true }),
  errors: (page: Page): Locator => ui.transcript(page).getByRole('article', { name: 'Error', exact: true }),
  tool: (page: Page, title: string): Locator =>
    ui.transcript(page).getByRole('article', { name: `Tool call: ${title}`, exact: true }),
  /** The heads of steps that are folded, as all are that were done. */
  foldedSteps: (page: Page): Locator =>
    ui.transcript(page).getByRole('button', { name: /^\d+ steps/, expanded: false }),
  permission: (page: Page): Locator => ui.transcript(page).getByRole('region', { name: /^Permission:/ }),
  composer: (page: Page): Locator =>
    page.getByRole('region', { name: 'Composer' }).getByRole('textbox', { name: 'Prompt' }),
  send: (page: Page): Locator => page.getByRole('button', { name: 'Send', exact: true }),
  stop: (page: Page): Locator => page.getByRole('button', { name: 'Stop', exact: true }),
  statusRow: (page: Page): Locator => page.getByRole('contentinfo', { name: 'Status' }),
  turnEnds: (page: Page): Locator =>
    ui.transcript(page).getByRole('article', { name: 'Turn ended', exact: true }),
  boundary: (page: Page): Locator =>
    ui.transcript(page).getByRole('region', { name: 'The agent remembers from here' }),
  changes: (page: Page): Locator => page.getByRole('region', { name: 'Changes', exact: true }),
  /** The diffs of all files, as one scroll. */
  diff: (page: Page): Locator => ui.changes(page).getByRole('region', { name: 'Diff', exact: true }),
  changedFile: (page: Page, path: string): Locator =>
    ui.changes(page).getByRole('treeitem', { name: new RegExp(`^${escaped(path)},`) }),
  files: (page: Page): Locator => page.getByRole('region', { name: 'Files', exact: true }),
  /** A row of the tree of files; its name begins with that of the file. */
  treeRow: (page: Page, name: string): Locator =>
    ui
      .files(page)
      .getByRole('tree', { name: 'Files' })
      .getByRole('treeitem', { name: new RegExp(`^${escaped(name)}(,|$)`) }),
  /** The file that is read. */
  file: (page: Page, path: string): Locator =>
    ui.files(page).getByRole('region', { name: `File ${path}`, exact: true }),
  /** Its text, as it is edited. */
  editor: (page: Page, path: string): Locator =>
    ui.files(page).getByRole('textbox', { name: path, exact: true }),
  /** The tasks of one prompt in columns. */
  sideBySide: (page: Page): Locator => page.getByRole('region', { name: 'Side by side', exact: true }),
  member: (page: Page, name: string | RegExp): Locator => ui.sideBySide(page).getByRole('region', { name }),
  session: (page: Page, name: string | RegExp): Locator =>
    page.getByRole('tablist', { name: 'Sessions' }).getByRole('tab', { name }),
}

/** Opens a folder through the system's dialog. Leaves the person in the new-task view. */
export async function openRepository(app: App, folder: string): Promise<void> {
  await answerDialogs(app.electron, { folder })
  await ui.navigation(app.window).getByRole('button', { name: 'Open repository' }).click()
}

export interface NewTask {
  prompt: string
  title?: string
  branch?: string
}

/** Fills in the new-task view and creates the task. */
export async function createTask(app: App, { prompt, title, branch }: NewTask): Promise<void> {
  const form = app.window.getByRole('region', { name: 'New task' })
  await form.getByRole('textbox', { name: 'Prompt' }).fill(prompt)
  if (title !== undefined) await form.getByRole('textbox', { name: /^Title/ }).fill(title)
  if (branch !== undefined) await form.getByRole('textbox', { name: /^Branch/ }).fill(branch)
  const create = form.getByRole('button', { name: 'Create task' })
  // Agents are looked up while the form is already there.
  await expect(create).toBeEnabled()
  await create.click()
  await expect(form).toBeHidden()
}

/** A task for each of both models, from one prompt. Models are known once there has been a session. */
export async function createSideBySide(app: App, task: NewTask): Promise<void> {
  const { window } = app
  await window.keyboard.press('ControlOrMeta+N')
  const form = window.getByRole('region', { name: 'New task' })
  const others = form.getByRole('group', { name: 'Others that do the same side by side' })
  const compare = others.getByRole('button', { name: 'Compare with another agent' })
  await expect(compare).toBeEnabled({ timeout: 60_000 })
  await compare.click()
  await others.getByRole('combobox', { name: /^Model:/ }).click()
  await window.getByRole('option', { name: new RegExp(models.second) }).click()
  await createTask(app, task)
}

export async function sendPrompt(app: App, text: string): Promise<void> {
  await ui.composer(app.window).fill(text)
  await ui.send(app.window).click()
}

/** Waits until the task in the list has a status, in the words of the app. With `prefix` the title is a beginning. */
export async function expectTaskStatus(
  app: App,
  title: string,
  status: string,
  { prefix = false }: { prefix?: boolean } = {},
): Promise<void> {
  const name = new RegExp(`^${escaped(title)}${prefix ? '.*' : ''}, ${status}\\b`)
  await expect(ui.task(app.window, name)).toBeVisible({ timeout: 60_000 })
}

export const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
