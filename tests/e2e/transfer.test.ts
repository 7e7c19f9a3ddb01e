import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from '@playwright/test'
import { answerDialogs } from './support/dialogs'
import { picture } from './support/pictures'
import { commit, packRows, type Thing } from '../support/pack-rows'
import { createRepository } from './support/repositories'
import { expect, test } from './support/test'
import { openRepository, ui } from './support/ui'
import type { World } from './support/world'

/** Put together here, so that nothing takes this file for one with a token in it. */
const SECRET = ['gh', 'p_', 'aZ3kQ9xT7bLm2PwR5vYc8NdF4gHj6SuE1iKo'].join('')
const TITLE = 'Fix <b>the parser</b> & its tests'

/** A task as it is stored, with what is dangerous to show and to give away. */
function seed(world: World): void {
  const database = new DatabaseSync(join(world.foundry, 'foundry.db'))
  const insert = (table: string, row: Record<string, string | number | null | Uint8Array>): void =>
    void database
      .prepare(
        `INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join()})`,
      )
      .run(...Object.values(row))
  const { id: organization } = database.prepare('SELECT id FROM organizations').get() as { id: string }
  const { id: repository } = database.prepare('SELECT id FROM repositories').get() as { id: string }
  const idOf = (kind: string): string => `${kind}_00000000-0000-4000-8000-000000000001`
  const at = Date.now() - 60_000
  insert('tasks', {
    id: idOf('task'),
    organization_id: organization,
    repository_id: repository,
    head_repository: repository,
    branch: 'fix-parser',
    title: TITLE,
    prompt: 'Fix it',
    created_at: at,
    materialized_at: at,
    updated_at: at,
    archived_at: at,
    archive_reason: 'person',
  })
  insert('sessions', {
    id: idOf('session'),
    task_id: idOf('task'),
    name: 'First session',
    agent_id: 'claude',
    created_at: at,
  })
  insert('turns', {
    id: idOf('turn'),
    session_id: idOf('session'),
    task_id: idOf('task'),
    prompt: 'Fix it',
    started_at: at,
    ended_at: at + 900,
    stop_reason: 'end_turn',
  })
  const update = (sessionUpdate: string, more: object): object => ({
    type: 'update',
    update: { sessionUpdate, ...more },
  })
  const events = [
    { type: 'prompt', text: `Fix it with GITHUB_TOKEN=${SECRET}` },
    update('tool_call', {
      toolCallId: 'one',
      title: 'cat .env',
      kind: 'execute',
      status: 'completed',
      rawInput: { command: 'cat .env' },
      content: [{ type: 'content', content: { type: 'text', text: `token: ${SECRET}` } }],
    }),
    update('agent_message_chunk', {
      content: {
        type: 'text',
        text: 'It is **fixed**.\n\n<script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | [x](javascript:alert(1)) |',
      },
    }),
    { type: 'turn_ended', stopReason: 'end_turn', durationMs: 900, usage: null, checkpoint: null },
  ]
  for (const [index, event] of events.entries())
    insert('session_events', {
      session_id: idOf('session'),
      first_index: index,
      last_index: index,
      turn_id: idOf('turn'),
      at: at + index,
      payload: JSON.stringify(event),
    })
  for (const [table, row] of packRows(idOf('task'), kept, { keptAt: at, run: at })) insert(table, row)
  database.close()
}

const values = (changed: string): string =>
  Array.from({ length: 60 }, (_, nth) => `export const value${nth} = ${nth === 30 ? changed : nth}\n`).join(
    '',
  )
const patch = [
  'diff --git a/values.ts b/values.ts',
  'index 1111111..2222222 100644',
  '--- a/values.ts',
  '+++ b/values.ts',
  '@@ -30,3 +30,3 @@',
  ' export const value29 = 29',
  '-export const value30 = 30',
  '+export const value30 = thirty',
  ' export const value31 = 31',
  '',
].join('\n')
const change = {
  path: 'values.ts',
  oldPath: null,
  kind: 'modified',
  added: 1,
  removed: 1,
  untracked: false,
  staged: 'none',
}
/** What was kept of the task for offline reading. */
const kept: Thing[] = [
  {
    kind: 'base',
    state: 'diff',
    path: '',
    detail: `${commit(1)}..${commit(2)}`,
    content: Buffer.from(patch),
  },
  {
    kind: 'base',
    state: 'list',
    path: '',
    content: Buffer.from(JSON.stringify({ files: [change], total: 1 })),
  },
  { kind: 'file', state: commit(1), path: 'values.ts', mode: '100644', content: Buffer.from(values('30')) },
  {
    kind: 'file',
    state: commit(2),
    path: 'values.ts',
    mode: '100644',
    content: Buffer.from(values('thirty')),
  },
]

/** What Claude Code keeps of a session, the last line of it not written to its end. */
async function keepClaudeSession(world: World): Promise<void> {
  const folder = join(world.home, '.claude', 'projects', '-home-ada-tool')
  await mkdir(folder, { recursive: true })
  const common = {
    cwd: '/home/ada/tool',
    gitBranch: 'main',
    sessionId: 's',
    timestamp: '2026-03-04T10:00:00Z',
  }
  const lines = [
    { ...common, type: 'user', uuid: '1', message: { role: 'user', content: 'Where is the cat?' } },
    {
      ...common,
      type: 'assistant',
      uuid: '2',
      message: { id: 'm', model: 'claude-opus', content: [{ type: 'text', text: 'On the mat.' }] },
    },
  ].map((line) => JSON.stringify(line))
  const file = join(folder, '11111111-2222-4333-8444-555555555555.jsonl')
  await writeFile(file, [...lines, '{"type":"assist'].join('\n'))
}

/** The rows that came back, but for the ids of the organization and of who exported them, which are others here. */
function contentOf(folder: string): Record<string, unknown[]> {
  const database = new DatabaseSync(join(folder, 'foundry.db'), { readOnly: true })
  const task = `SELECT id FROM tasks WHERE branch = 'fix-parser'`
  const session = `SELECT id FROM sessions WHERE task_id IN (${task})`
  const content = {
    tasks: database.prepare(`SELECT *, NULL AS organization_id FROM tasks WHERE id IN (${task})`).all(),
    sessions: database.prepare(`SELECT * FROM sessions WHERE id IN (${session})`).all(),
    turns: database.prepare(`SELECT * FROM turns WHERE session_id IN (${session})`).all(),
    events: database.prepare(`SELECT * FROM session_events WHERE session_id IN (${session})`).all(),
    packs: database.prepare('SELECT * FROM task_packs').all(),
    entries: database.prepare('SELECT * FROM pack_entries ORDER BY kind, state').all(),
    contents: database.prepare('SELECT * FROM pack_blob_parts ORDER BY hash').all(),
  }
  database.close()
  return content
}

async function openData(page: Page): Promise<void> {
  await ui.navigation(page).getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('tab', { name: 'Data' }).click()
}

test('sessions are exported with secrets masked, an archive comes back in an empty app, and sessions of agents come in', async ({
  foundry,
  world,
}) => {
  let app = await foundry.start()
  await openRepository(app, await createRepository(world.path('sample')))
  await expect(app.window.getByRole('region', { name: 'New task' })).toBeVisible()
  await app.quit()
  seed(world)
  await keepClaudeSession(world)

  app = await foundry.start()
  let { window } = app
  await window.getByRole('button', { name: 'Show archived tasks' }).click()
  await ui.task(window, /^Fix <b>/).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Export…' }).click()
  const question = window.getByRole('dialog', { name: `Export “${TITLE}”` })
  await expect(question).toBeVisible()
  await picture(window, 'transfer-export', { everyWay: true, axe: true })
  const written = window.getByRole('dialog', { name: 'The file is written' })
  const page = world.path('out.html')
  await answerDialogs(app.electron, { savePath: page })
  await question.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(written.getByRole('region', { name: 'Masked secrets' })).toContainText(
    '[masked github-token #1]',
  )
  await picture(window, 'transfer-exported', { everyWay: true })
  const text = await readFile(page, 'utf8')
  expect(text).not.toContain(SECRET)
  expect(text).not.toMatch(/<script|href="javascript/)
  expect(text).toContain('It is <strong>fixed</strong>')
  await written.getByRole('button', { name: 'Close', exact: true }).last().click()

  // By choosing among tasks, for programs.
  await openData(window)
  await window.getByRole('button', { name: 'Export tasks' }).click()
  const choice = window.getByRole('dialog', { name: 'Export tasks' })
  await choice.getByRole('checkbox', { name: TITLE }).check()
  await choice.getByRole('radio', { name: /^JSON/ }).check()
  await picture(window, 'transfer-choice', { everyWay: true, axe: true })
  const json = world.path('out.json')
  await answerDialogs(app.electron, { savePath: json })
  await choice.getByRole('button', { name: 'Export', exact: true }).click()
  await expect(written).toContainText('1 task, 1 session, 4 events')
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
    format: 'foundry-sessions',
    version: 1,
    tasks: [{ title: TITLE }],
  })
  await written.getByRole('button', { name: 'Close', exact: true }).last().click()

  // All of it, to an app that has nothing.
  const archive = world.path('all.foundry')
  await answerDialogs(app.electron, { savePath: archive })
  await window.getByRole('button', { name: 'Export the archive' }).click()
  const all = window.getByRole('dialog', { name: /^Export the archive of/ })
  await expect(all).toBeVisible()
  await picture(window, 'transfer-archive')
  await all.getByRole('button', { name: 'Export the archive' }).click()
  await expect(written).toContainText('1 task, 1 session, 4 events')
  await app.quit()
  await rename(world.foundry, `${world.foundry}-before`)

  app = await foundry.start()
  ;({ window } = app)
  await openRepository(app, await createRepository(world.path('other')))
  await expect(window.getByRole('region', { name: 'New task' })).toBeVisible()
  await openData(window)
  const damaged = world.path('damaged.foundry')
  await writeFile(damaged, (await readFile(archive)).subarray(0, -40))
  await answerDialogs(app.electron, { folder: damaged })
  await window.getByRole('button', { name: 'Import an archive' }).click()
  const coming = window.getByRole('dialog', { name: 'Import an archive' })
  await expect(coming.getByText('This archive is damaged or was cut short.')).toBeVisible()
  await picture(window, 'transfer-damaged', { axe: true })
  await answerDialogs(app.electron, { folder: archive })
  await coming.getByRole('button', { name: 'Choose a file' }).click()
  await expect(coming.getByRole('region', { name: 'New tasks' })).toContainText(TITLE)
  await picture(window, 'transfer-preview', { everyWay: true, axe: true })
  await coming.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(coming.getByText(/^Added: .*1 session/)).toBeVisible()
  await picture(window, 'transfer-imported', { axe: true })
  await coming.getByRole('button', { name: 'Close', exact: true }).last().click()

  // What an agent has kept itself.
  await window.getByRole('button', { name: 'Import earlier sessions' }).click()
  const earlier = window.getByRole('dialog', { name: 'Import earlier sessions' })
  await expect(earlier.getByRole('list', { name: 'Agents' })).toContainText('1 session')
  await picture(window, 'transfer-agents', { everyWay: true, axe: true })
  await earlier.getByRole('button', { name: 'Import 1 session' }).click()
  await expect(earlier.getByText('Imported: 1 session of Claude Code, in 1 new task.')).toBeVisible()
  await earlier.getByRole('button', { name: '1 file with parts that cannot be read' }).click()
  await expect(earlier).toContainText('1 line is missing')
  await picture(window, 'transfer-agents-done')
  await earlier.getByRole('button', { name: 'Close', exact: true }).last().click()
  await window.keyboard.press('Escape')

  await window.getByRole('button', { name: 'Show archived tasks' }).click()
  await ui.task(window, /^Fix <b>/).click()
  await expect(ui.answers(window).last()).toContainText('It is fixed.')
  expect(contentOf(world.foundry)).toEqual(contentOf(`${world.foundry}-before`))

  // What was kept for offline reading is read here, where nothing else has it.
  await window
    .getByRole('tablist', { name: 'Panel' })
    .getByRole('tab', { name: /Changes/ })
    .click()
  await ui
    .changes(window)
    .getByRole('tab', { name: /^Against/ })
    .click()
  await expect(ui.diff(window).getByText('value30 = thirty')).toBeVisible()
  await ui
    .diff(window)
    .getByRole('button', { name: /^Show (all )?unchanged lines/ })
    .first()
    .click()
  await expect(ui.diff(window).getByText('value0 = 0', { exact: false }).first()).toBeVisible()
  await picture(window, 'transfer-pack')
  await ui.task(window, /^Imported sessions on main/).click()
  await expect(ui.answers(window).last()).toContainText('On the mat.')
  await expect(window.getByRole('tabpanel', { name: 'Session' })).toContainText(
    'No git repository is known for it, so it can be read and searched but not worked on.',
  )
  await expect(window.getByRole('button', { name: 'Unarchive' })).toHaveCount(0)
  await picture(window, 'transfer-read', { axe: true })
  await ui.task(window, /^Imported sessions on main/).click({ button: 'right' })
  const unarchive = window.getByRole('menuitem', { name: /^Unarchive/ })
  await expect(unarchive).toHaveAttribute('aria-disabled', 'true')
  await expect(unarchive).toContainText('No git repository is known for it')
  await picture(window, 'transfer-read-menu')
  await window.keyboard.press('Escape')

  // Older than anything here, and found at once.
  await ui.navigation(window).getByRole('button', { name: 'Search everything' }).click()
  await window.getByRole('combobox', { name: 'Search everything' }).fill('It is fixed')
  const hits = window.getByRole('listbox', { name: 'Results' }).getByRole('option')
  await expect(hits.first()).toContainText('fixed')
  await window.getByRole('combobox', { name: 'Search everything' }).fill('on the mat')
  await expect(hits.first()).toContainText('mat')
})
