import { bringAcme, expect, expectSynced, gitHubUi, openList, test } from './support/github'

const HOUR = 3_600_000

test('a repository shows its branches, without GitHub as they were, and leads to a pull request', async ({
  foundry,
  github,
}) => {
  const { model, engine } = github
  model.setBranch(engine, 'spike', {
    headline: 'Try another parser',
    aheadBy: 2,
    behindBy: 5,
    checks: 'FAILURE',
    committedAt: Date.now() - 30 * HOUR,
  })
  const app = await foundry.start()
  const { window } = app
  await bringAcme(app, github)
  await expectSynced(window)
  await openList(window, 'Repositories')
  await gitHubUi.repositories(window).focus()
  await window.keyboard.press('Home')
  await window.keyboard.press('Enter')

  const section = window.getByRole('region', { name: 'Branches', exact: true })
  const list = section.getByRole('listbox', { name: 'Branches' })
  await expect(list.getByRole('option')).toHaveCount(4)
  await expect(list.getByRole('option').first()).toHaveAccessibleName(/^main, default branch, /)
  await expect(list.getByRole('option', { name: /^spike, / })).toHaveAccessibleName(
    'spike, 2 ahead, 5 behind, Try another parser, by ada, Checks failing',
  )
  await expect(section).toContainText('4 branches · Read just now')
  await list.getByRole('option', { name: /^start-faster, / }).click()
  for (const theme of ['light', 'dark'] as const) {
    await window.emulateMedia({ colorScheme: theme })
    await window.screenshot({ path: test.info().outputPath(`overview-${theme}.png`) })
  }

  await github.goDown()
  await section.getByRole('button', { name: 'Refresh' }).click()
  await expect(section).toContainText('GitHub cannot be reached. This is how it was just now.')
  await expect(list.getByRole('option')).toHaveCount(4)
  await window.screenshot({ path: test.info().outputPath('overview-offline.png') })
  await section.getByRole('searchbox', { name: 'Filter branches' }).fill('parser')
  await expect(list.getByRole('option')).toHaveCount(1)
  await window.keyboard.press('Escape')
  await expect(list.getByRole('option')).toHaveCount(4)

  await list.getByRole('option', { name: /^start-faster, / }).click()
  await section.getByRole('button', { name: 'Open pull request #1' }).click()
  const details = window.getByRole('region', { name: 'Pull request #1' })
  await expect(details.getByRole('region', { name: 'Description' })).toContainText('It starts faster.')
})
