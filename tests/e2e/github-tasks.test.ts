import { axeViolations } from './support/axe'
import { bringAcme, expect, expectSynced, syncNow, test } from './support/github'
import { picture } from './support/pictures'
import { ui } from './support/ui'

test('open pull requests are tasks, found by what is known of them, and archived when they are merged', async ({
  foundry,
  github,
}) => {
  const { model, engine, site } = github
  const [faster] = engine.pulls.values()
  if (faster === undefined) throw new Error('The repository has no pull request')
  model.setMergeable(faster, 'CONFLICTING')
  const barbara = model.addUser('barbara')
  for (let n = 1; n <= 8; n++)
    model.openPullRequest(site, { title: `Page ${n}`, author: barbara, createdAt: Date.now() - n * 60_000 })
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)

  const tree = ui.navigation(window).getByRole('tree', { name: 'Tasks' })
  const conflicting = tree.getByRole('treeitem', {
    name: 'Start faster, pull request 1 open, conflicts, grace',
  })
  await expect(conflicting).toBeVisible()
  await expect(
    tree.getByRole('treeitem', { name: 'New front page, pull request 1 open, checks failing' }),
  ).toBeVisible()
  const more = tree.getByRole('treeitem', { name: 'Show 3 more pull requests' })
  for (const theme of ['light', 'dark'] as const) {
    await window.emulateMedia({ colorScheme: theme })
    await window.screenshot({ path: test.info().outputPath(`tasks-${theme}.png`) })
  }
  await more.click()
  await expect(tree.getByRole('treeitem', { name: /^Page 8, / })).toBeVisible()

  const filter = ui.navigation(window).getByRole('searchbox', { name: 'Filter tasks' })
  await filter.fill('is:conf')
  await expect(ui.navigation(window).getByRole('button', { name: /^is:conflicts/ })).toBeVisible()
  await window.screenshot({ path: test.info().outputPath('filter-words.png') })
  await filter.press('Enter')
  await expect(filter).toHaveValue('is:conflicts ')
  await expect(tree.getByRole('treeitem', { name: /, pull request / })).toHaveCount(1)
  await ui.navigation(window).getByRole('button', { name: 'Save this filter' }).click()
  await filter.press('Escape')
  await expect(tree.getByRole('treeitem', { name: /, pull request / })).not.toHaveCount(1)
  await picture(window, 'filter-saved')
  await filter.press('ArrowDown')
  await filter.press('Enter')
  await expect(filter).toHaveValue('is:conflicts ')
  await ui.navigation(window).getByRole('button', { name: 'Forget this filter' }).click()
  await filter.press('Escape')

  await window.getByRole('button', { name: 'Most recent first' }).click()
  await expect(tree.getByRole('treeitem', { name: /^Page 8, .* site$/ })).toBeVisible()
  await window.screenshot({ path: test.info().outputPath('recent.png') })
  await window.getByRole('button', { name: 'Most recent first' }).click()

  model.merge(faster)
  await syncNow(window)
  await expect(conflicting).toBeHidden()
  await filter.fill('is:merged')
  await expect(
    tree.getByRole('treeitem', { name: /^Start faster, Archived, pull request 1 merged/ }),
  ).toBeVisible()
  await filter.press('Escape')

  // Pinned above the others, and repositories where a person wants them: also after the window was loaded again.
  const items = tree.getByRole('treeitem')
  await tree.getByRole('treeitem', { name: /^Page 8, / }).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Pin', exact: true }).click()
  await expect(items.first()).toContainText('Pinned')
  await expect(items.nth(1)).toContainText('Page 8')
  const first = await tree.getByRole('treeitem', { expanded: true }).first().textContent()
  const lower = tree.getByRole('treeitem', { expanded: true }).last()
  const name = (await lower.textContent()) ?? ''
  expect(name).not.toBe(first)
  await lower.click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Move up' }).click()
  await expect(tree.getByRole('treeitem', { expanded: true }).first()).toHaveText(name)
  await picture(window, 'sidebar-pinned', { everyWay: true })
  await window.reload()
  await expect(items.first()).toContainText('Pinned')
  await expect(tree.getByRole('treeitem', { expanded: true }).first()).toHaveText(name)
  await tree
    .getByRole('treeitem', { expanded: true })
    .last()
    .dragTo(tree.getByRole('treeitem', { expanded: true }).first())
  await expect(tree.getByRole('treeitem', { expanded: true }).first()).toHaveText(first ?? '')
  // Out of the way, and back.
  const repositoryRows = tree.getByRole('treeitem', { expanded: true })
  const before = await repositoryRows.count()
  await repositoryRows.last().click({ button: 'right' })
  await window.getByRole('menuitem', { name: /^Hide/ }).click()
  await expect(repositoryRows).toHaveCount(before - 1)
  await tree.getByRole('treeitem', { name: 'Show 1 hidden repository' }).click()
  await expect(repositoryRows).toHaveCount(before)
  await picture(window, 'sidebar-hidden')
  expect(await axeViolations(window)).toEqual([])
  await repositoryRows.last().click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Do not hide any more' }).click()
  await expect(tree.getByRole('treeitem', { name: /hidden repository$/ })).toHaveCount(0)
  await items.nth(1).click({ button: 'right' })
  await window.getByRole('menuitem', { name: 'Unpin' }).click()
  await expect(items.first()).not.toContainText('Pinned')

  await window.setViewportSize({ width: 900, height: 600 })
  await window.screenshot({ path: test.info().outputPath('small.png') })
})
