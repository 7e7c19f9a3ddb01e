import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import { processTexts, searchFiles, searchIn, watchProcesses } from './support/github-token-search'
import { createWorld } from './support/world'

const secret = 'ghp_PlantedToBeFound0123456789abcdefABCD'

test('the search for tokens finds what it has to find, and only that', async () => {
  const written: Record<string, string | Buffer> = {
    clear: `before ${secret} after`,
    halves: Buffer.concat([Buffer.alloc(70_000, 1), Buffer.from(secret), Buffer.alloc(70_000, 2)]),
    utf16: Buffer.from(`"${secret}"`, 'utf16le'),
    url: `https://x?token=${[...Buffer.from(secret)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join('')}`,
    hex: Buffer.from(secret).toString('hex'),
    base64: Buffer.from(secret).toString('base64'),
    base64url: Buffer.from(secret).toString('base64url'),
    ...Object.fromEntries(
      ['a', 'ab', 'x-access-token:', 'Basic x:'].map((before, index) => [
        `credentials ${index}`,
        Buffer.from(`${before}${secret}@host`).toString('base64'),
      ]),
    ),
  }
  for (const [name, content] of Object.entries(written))
    expect(searchIn(secret, [{ name, content: Buffer.from(content) }]), name).not.toEqual([])
  for (const harmless of ['', 'ghp_', secret.slice(1), secret.toLowerCase(), '*'.repeat(40)])
    expect(searchIn(secret, [{ name: 'harmless', content: Buffer.from(harmless) }])).toEqual([])
})

test('files and processes of a test are searched', async () => {
  const world = await createWorld()
  const search = (): Promise<string[]> => searchFiles(secret, world.root)
  await mkdir(world.path('deep', 'er'), { recursive: true })
  await writeFile(world.path('deep', 'er', 'data.db-wal'), Buffer.alloc(1000, 7))
  expect(await search()).toEqual([])
  await writeFile(world.path('deep', 'er', 'data.db-wal'), Buffer.from(`${'x'.repeat(999)}${secret}`))
  expect(await search()).toEqual([`${world.path('deep', 'er', 'data.db-wal')}: in clear`])
  await writeFile(world.path(`${secret}.txt`), '')
  expect(await search()).toContain(`name of ${world.path(`${secret}.txt`)}: in clear`)

  expect(searchIn(secret, await processTexts(world.root))).toEqual([])
  const watch = watchProcesses(world.root, secret)
  const started = [
    spawn('sh', ['-c', 'read line', secret], { cwd: world.root }),
    spawn('sh', ['-c', 'read line'], { cwd: world.root, env: { ...process.env, TOKEN: secret } }),
  ]
  await expect
    .poll(async () =>
      searchIn(secret, await processTexts(world.root))
        .map((one) => one.slice(0, 7))
        .toSorted(),
    )
    .toEqual(['command', 'environ'])
  await expect.poll(() => watch.found().length).toBe(2)
  for (const child of started) child.stdin.end()
  expect((await watch.stop()).length).toBe(2)
  await world.remove()
})
