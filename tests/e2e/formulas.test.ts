import { axeViolations } from './support/axe'
import { installOpenCode } from './support/agent'
import { picture } from './support/pictures'
import { createRepository } from './support/repositories'
import { steps } from './support/scripts'
import { expect, test } from './support/test'
import { createTask, openRepository, ui } from './support/ui'

const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const answer = `The energy is $E = mc^2$, as a whole

$$\\sum_{i=1}^{n} x_i = \\frac{a+b}{2}$$

It costs $5 or $10. Wrong: $\\nosuchthing{$, hostile: $\\href{javascript:alert(1)}{x_1}$.

\`\`\`mermaid
flowchart LR
  A[Prompt] --> B[Agent]
  B --> C[Changes]
\`\`\`

\`\`\`mermaid
%%{init: {"securityLevel": "loose", "themeCSS": "* { background: url(https://example.invalid/x) }"}}%%
flowchart LR
  A["<img src=https://example.invalid/a onerror=alert(1)>"] --> B
  click B call alert(1)
\`\`\`

\`\`\`mermaid
flowchart LR
  A --> [[[
\`\`\`

![a dot](${dot}) and ![the logo](https://example.invalid/logo.png)`

test('formulas, diagrams and pictures of a message are drawn, and fetch and run nothing', async ({
  foundry,
  world,
  model,
}) => {
  await installOpenCode(world, { baseUrl: model.baseUrl })
  model.answer('Explain', steps.text(answer))
  const app = await foundry.start()
  const { window } = app
  const requests: string[] = []
  window.on('request', (request) => requests.push(request.url()))
  const complaints: string[] = []
  window.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text())
  })
  await openRepository(app, await createRepository(world.path('sample')))
  await createTask(app, { prompt: 'Explain', title: 'Explained' })
  await expect(ui.turnEnds(window)).toHaveCount(1, { timeout: 60_000 })
  const said = ui.transcript(window)

  await expect(said.locator('math')).toHaveCount(2)
  await expect(said.locator('math[display="block"]')).toHaveCount(1)
  await expect(said).toContainText('It costs $5 or $10.')
  await expect(said.locator('code', { hasText: 'javascript:alert(1)' })).toBeVisible()

  const code = said.getByRole('figure', { name: 'Code: mermaid' })
  const diagram = (nth: number) => code.nth(nth).getByRole('img', { name: 'Diagram of the code below' })
  await expect(diagram(0)).toHaveCount(0)
  await code.nth(0).getByRole('button', { name: 'Draw diagram' }).click()
  await expect(diagram(0)).toBeVisible({ timeout: 30_000 })
  expect(await diagram(0).evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(100)
  await picture(window, 'formulas', { everyWay: true })
  await code.nth(1).getByRole('button', { name: 'Draw diagram' }).click()
  await expect(diagram(1)).toBeVisible()
  // What it says about its look is left out, and so is what would fetch or run something.
  const source = decodeURIComponent((await diagram(1).getAttribute('src')) ?? '')
  expect(source).toContain('<svg')
  expect(source).not.toMatch(/background: url|<script|<image|onerror|<a /)
  await code.nth(2).getByRole('button', { name: 'Draw diagram' }).click()
  await expect(code.nth(2)).toContainText(/This diagram cannot be drawn: .*(Parse|Lexical) error/)
  await expect(said.getByRole('img', { name: 'a dot' })).toBeVisible()
  await expect(said.getByRole('button', { name: 'Picture: the logo on example.invalid' })).toBeVisible()
  await picture(window, 'diagrams')
  expect(await axeViolations(window)).toEqual([])

  expect(requests.filter((url) => !/^(app|data|blob|devtools):/.test(url))).toEqual([])
  expect(complaints).toEqual([])
})
