import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { axeViolations } from './support/axe'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { expect, test } from './support/test'
import { openRepository } from './support/ui'

test('spelling is checked when a person wants it, and no dictionary is asked for before', async ({
  foundry,
  world,
}) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const app = await foundry.start()
  const { window } = app
  await app.electron.evaluate(
    ({ session }, url) => session.defaultSession.setSpellCheckerDictionaryDownloadURL(url),
    `http://127.0.0.1:${port}/`,
  )
  await openRepository(app, await createRepository(world.path('sample')))
  const prompt = window.getByRole('region', { name: 'New task' }).getByRole('textbox', { name: 'Prompt' })
  await prompt.fill('Fix teh login')
  await expect(prompt).toHaveAttribute('spellcheck', 'false')

  await window.keyboard.press('ControlOrMeta+,')
  const settings = window.getByRole('dialog', { name: 'Settings' })
  const check = settings.getByRole('switch', { name: 'Check spelling in prompts' })
  await expect(check).not.toBeChecked()
  await expect(settings).toContainText('Fetches the dictionary of the language once')
  expect(asked).toEqual([])
  await check.click()
  await expect(check).toBeChecked()
  await expect(settings.getByText('The dictionary could not be fetched')).toBeVisible({ timeout: 60_000 })
  const [first] = asked
  expect(first).toMatch(/^\/en-US.*\.bdic$/i)
  expect(await axeViolations(window)).toEqual([])
  await settings.getByRole('button', { name: 'Try again' }).scrollIntoViewIfNeeded()
  await picture(window, 'spelling', { everyWay: true })
  await settings.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => asked.length).toBeGreaterThan(1)
  await window.keyboard.press('Escape')
  await expect(prompt).toHaveAttribute('spellcheck', 'true')
  server.close()
})
