import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from '@playwright/test'
import { installOpenCode } from './support/agent'
import { answerDialogs } from './support/dialogs'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { gate, steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, expectTaskStatus, openRepository, ui } from './support/ui'
import type { World } from './support/world'

const DAY = 86_400_000
const insights = (page: Page) => page.getByRole('region', { name: 'Insights', exact: true })
const panel = (page: Page, name: string) => insights(page).getByRole('region', { name, exact: true })
const choose = async (page: Page, select: string, option: string): Promise<void> => {
  await insights(page).getByRole('combobox', { name: select, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

const currencies = ['USD', 'EUR', 'USD', 'GBP', 'USD', 'JPY', 'CHF', 'SEK']

/** Sixty days of work as it is stored: two agents, many models, names that nobody would choose. */
function seed(world: World, now: number): void {
  const database = new DatabaseSync(join(world.foundry, 'foundry.db'))
  const insert = (table: string, row: Record<string, string | number | null>): void =>
    void database
      .prepare(
        `INSERT INTO ${table} (${Object.keys(row)
          .map((name) => `"${name}"`)
          .join()}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join()})`,
      )
      .run(...Object.values(row))
  const { id: organization } = database.prepare('SELECT id FROM organizations').get() as { id: string }
  const { id: repository } = database.prepare('SELECT id FROM repositories').get() as { id: string }
  const hostile = 'repo_00000000-0000-4000-8000-000000000001'
  insert('repositories', {
    id: hostile,
    organization_id: organization,
    name: `=HYPERLINK("x") <b>${'very-long-name-'.repeat(12)}`,
    created_at: 1,
    last_used_at: 1,
  })
  database.exec('BEGIN')
  for (let nth = 0; nth < 60; nth++) {
    const [taskId, sessionId] = ['task', 'session'].map(
      (kind) => `${kind}_00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`,
    ) as [string, string]
    const at = now - nth * DAY - 1000
    insert('tasks', {
      id: taskId,
      organization_id: organization,
      repository_id: nth % 5 === 4 ? hostile : repository,
      head_repository: repository,
      branch: `branch-${nth}`,
      title: `Task ${nth}`,
      prompt: '',
      created_at: at,
      materialized_at: at,
      updated_at: at,
    })
    insert('sessions', {
      id: sessionId,
      task_id: taskId,
      name: 'A session',
      agent_id: nth % 3 === 0 ? 'codex' : 'claude',
      created_at: at,
    })
    insert('checkpoints', {
      id: `checkpoint_${nth}`,
      task_id: taskId,
      commit: 'a',
      parent: 'b',
      created_at: at + 120_000 * (nth + 1),
      files: 1,
      added: 1,
      removed: 0,
      diff: '',
      diff_encoding: 'deflate',
      diff_truncated: 0,
    })
    insert('permission_requests', {
      id: `permission_${nth}`,
      session_id: sessionId,
      task_id: taskId,
      title: '',
      tool_call: '{}',
      options: '[{"id":"yes","name":"Yes","kind":"allow_once"}]',
      state: 'answered',
      answer: 'yes',
      policy: nth % 2 === 0 ? '{"proposal":null,"grounds":{"decision":"allow"}}' : null,
      created_at: at,
      resolved_at: at,
    })
    for (let turn = 0; turn <= nth % 4; turn++)
      insert('turns', {
        id: `turn_${nth}_${turn}`,
        session_id: sessionId,
        task_id: taskId,
        prompt: 'Do it',
        model_id: nth % 10 === 9 ? null : `model-${nth % 12}`,
        started_at: at + turn,
        ended_at: at + turn + 10,
        stop_reason: turn === 3 ? 'failed' : 'end_turn',
        usage:
          turn === 2
            ? null
            : JSON.stringify({
                totalTokens: 1000,
                cost: { amount: turn + 1, currency: currencies[nth % currencies.length] },
              }),
      })
  }
  database.exec('COMMIT')
  database.close()
}

test('insights tell exact figures to the pointer, the keyboard and screen readers, and are kept', async ({
  foundry,
  world,
}) => {
  const folder = await createRepository(world.path('sample'))
  let app = await foundry.start()
  await openRepository(app, folder)
  await app.window.keyboard.press('Control+Shift+M')
  await expect(insights(app.window).getByRole('heading', { name: 'Nothing to count yet' })).toBeVisible()
  await picture(app.window, 'insights-empty', { everyWay: true, axe: true })
  await app.quit()
  seed(world, Date.now())

  app = await foundry.start()
  const { window } = app
  const { keyboard } = window
  await ui.navigation(window).getByRole('button', { name: 'Insights' }).click()
  // 60 days: 1, 2, 3 and 4 turns by turns.
  const totals = insights(window)
    .getByRole('region', { name: 'In this range' })
    .or(insights(window).locator('dl'))
  await expect(totals).toContainText('Turns150')
  await expect(totals).toContainText('Tasks begun60')
  await expect(totals).toContainText('unknown for 30 turns')
  await picture(window, 'insights', { everyWay: true, axe: true })

  await panel(window, 'Most used repositories').scrollIntoViewIfNeeded()
  await expect(panel(window, 'Permissions').getByRole('img')).toHaveAccessibleName(
    'Permissions: Allowed by you, 30 requests; Allowed by policy, 30 requests',
  )
  await expect(panel(window, 'How turns ended').getByRole('img')).toHaveAccessibleName(
    'How turns ended: Finished, 135 turns; Failed, 15 turns',
  )
  await expect(panel(window, 'How long tasks took')).toContainText('Median 1 h, 90 % within 1 h 48 min')
  await picture(window, 'insights-below', { everyWay: true, axe: true })

  // The calendar, by keyboard: today is where it begins.
  const grid = window.getByRole('grid', { name: 'Turns of each day' })
  const days = grid.getByRole('gridcell')
  await expect(
    days.filter({ has: window.locator('[tabindex="0"]') }).or(grid.locator('[tabindex="0"]')),
  ).toHaveCount(1)
  await grid.locator('[tabindex="0"]').focus()
  await expect(window.locator('[role=gridcell]:focus')).toHaveAccessibleName(/: 1 turn$/)
  await keyboard.press('ArrowUp')
  await expect(window.locator('[role=gridcell]:focus')).toHaveAccessibleName(/: 2 turns$/)
  await expect(panel(window, 'Activity calendar')).toContainText(/: 2 turns/)

  // Bars over time, by keyboard, with what each part is.
  await choose(window, 'Divided', 'By day')
  const bars = window.getByRole('listbox', { name: 'Figures over time' })
  await bars.focus()
  await keyboard.press('End')
  await keyboard.press('ArrowLeft')
  await keyboard.press('ArrowLeft')
  await keyboard.press('ArrowLeft')
  const active = bars.getByRole('option', { selected: true })
  await expect(active).toHaveAccessibleName(/: 4 turns; .+ 4 turns$/)
  await expect(panel(window, 'Turns over time')).toContainText(/: 4 turns/)
  await picture(window, 'insights-focus')

  // Currencies stand beside one another, and what is unknown is said.
  await choose(window, 'Measure', 'Cost')
  await expect(panel(window, 'Cost over time')).toContainText('unknown for 30 turns')
  await expect(panel(window, 'Cost over time')).toContainText('they are not added to one another')
  await expect(totals).toContainText('and 1 more currency, under Cost by currency')
  await expect(panel(window, 'Cost by currency').getByRole('img')).toHaveAccessibleName(/SEK, \d+ turns/)
  await choose(window, 'Currency', 'SEK')
  await expect(panel(window, 'Cost over time')).toContainText(/: [\d.]+ SEK/)
  await panel(window, 'Cost over time').getByRole('button', { name: 'Cost over time as a table' }).click()
  const heads = panel(window, 'Cost over time').getByRole('columnheader')
  for (const one of new Set(currencies))
    await expect(heads.filter({ hasText: `All cost (${one})` })).toHaveCount(1)
  await picture(window, 'insights-cost-table')
  await panel(window, 'Cost over time').getByRole('button', { name: 'Cost over time as a table' }).click()
  await panel(window, 'Cost by currency').scrollIntoViewIfNeeded()
  await picture(window, 'insights-currencies', { axe: true })
  await choose(window, 'Measure', 'Turns')
  await choose(window, 'Told apart', 'Each model')
  await expect(panel(window, 'Turns over time')).toContainText(/Other \(\d+\)/)

  // As a table, and to a file.
  const over = panel(window, 'Turns over time')
  await choose(window, 'Told apart', 'Each repository')
  await over.getByRole('button', { name: 'Turns over time as a table' }).click()
  await expect(over.getByRole('table').getByRole('row').last()).toContainText('1')
  await picture(window, 'insights-table', { axe: true })
  const csv = join(world.root, 'kept.csv')
  await answerDialogs(app.electron, { savePath: csv })
  await over.getByRole('button', { name: 'Save turns over time' }).click()
  await window.getByRole('menuitem', { name: 'Save as CSV' }).click()
  await expect(window.getByText('Saved', { exact: true })).toBeVisible()
  const lines = (await readFile(csv, 'utf8')).trim().split('\r\n')
  expect(lines).toHaveLength(91)
  expect(lines[0]).toContain(`Day,All turns,`)
  expect(lines[0]).toContain(`"'=HYPERLINK(""x"")`)
  const sum = lines.slice(1).reduce((total, line) => total + Number(line.split(',')[1]), 0)
  expect(sum).toBe(150)

  // As pictures.
  await over.getByRole('button', { name: 'Turns over time as a table' }).click()
  for (const [kind, head] of [
    ['SVG', '<svg'],
    ['PNG', '\u0089PNG'],
  ] as const) {
    const path = join(world.root, `kept.${kind.toLowerCase()}`)
    await answerDialogs(app.electron, { savePath: path })
    await over.getByRole('button', { name: 'Save turns over time' }).click()
    await window.getByRole('menuitem', { name: `Save as ${kind}` }).click()
    await expect(window.getByText(path)).toBeVisible()
    expect((await readFile(path)).subarray(0, 4).toString('latin1')).toBe(head)
  }

  // Filters, and the way back from what none matches.
  await choose(window, 'Time', 'Last 7 days')
  await expect(totals).toContainText('Turns16')
  await choose(window, 'Time', 'All time')
  await expect(totals).toContainText('Turns150')
  await insights(window).getByRole('combobox', { name: 'Agent' }).click()
  await window.getByRole('option', { name: 'codex', exact: false }).click()
  await expect(totals).toContainText('Turns50')

  // A day opens as what was done on it.
  await grid.locator('[tabindex="0"]').focus()
  await keyboard.press('Enter')
  await expect(window.getByRole('combobox', { name: 'Search everything' })).toHaveValue(
    /^on:\d{4}-\d\d-\d\d $/,
  )
})

test('insights that are open renew themselves, and leave focus and place alone', async ({
  foundry,
  world,
  model,
}) => {
  await installOpenCode(world, { baseUrl: model.baseUrl })
  const answered = gate()
  model.answer(
    'Name a fruit',
    steps.text('It is plum.', () => answered.opened),
  )
  const folder = await createRepository(world.path('sample'))
  const app = await foundry.start()
  const { window } = app
  await openRepository(app, folder)
  await createTask(app, { prompt: 'Name a fruit', title: 'Names' })
  await expectTaskStatus(app, 'Names', 'Running')
  await window.keyboard.press('Control+Shift+M')
  const totals = insights(window).locator('dl')
  await expect(totals).toContainText('1 running')

  const outcomes = panel(window, 'How turns ended')
  const button = outcomes.getByRole('button', { name: 'Save how turns ended' })
  await button.focus()
  const place = await outcomes.evaluate((one) => one.getBoundingClientRect().top)
  answered.open()
  // Just before there may have been a count, after which it waits.
  await expect(totals).not.toContainText('running', { timeout: 60_000 })
  await expect(outcomes.getByRole('img')).toHaveAccessibleName('How turns ended: Finished, 1 turn')
  await expect(button).toBeFocused()
  expect(await outcomes.evaluate((one) => one.getBoundingClientRect().top)).toBe(place)
})
