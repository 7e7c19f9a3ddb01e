import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, mkdir, rm, writeFile, copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { rawSends } from './rules'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** What the linter says about one file at a path of the source tree. */
async function lint(path: string, source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'foundry-lint-'))
  try {
    await copyFile(join(root, '.oxlintrc.json'), join(directory, '.oxlintrc.json'))
    await mkdir(join(directory, path, '..'), { recursive: true })
    await writeFile(join(directory, path), source)
    const { stdout } = await run(join(root, 'node_modules/.bin/oxlint'), [path], { cwd: directory }).catch(
      (failure: { stdout: string }) => failure,
    )
    return stdout
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const RAW = `import { ipcMain } from 'electron'\nipcMain.on('x', () => undefined)\n`

it('raw ipcMain is an error outside src/main/ipc, and the message names the alternative', async () => {
  expect(await lint('src/main/task/x.ts', RAW)).toContain('Add an operation to src/shared/contract')
  expect(await lint('src/main/app/x.ts', RAW)).toContain('Add an operation to src/shared/contract')
})

it('raw ipcMain is allowed in src/main/ipc', async () => {
  expect(await lint('src/main/ipc/x.ts', RAW)).not.toContain('Add an operation')
})

it('sending to a window by hand is found outside src/main/ipc, and nowhere else', () => {
  const source = `export function push(window) {\n  window.webContents.send('x', 1)\n  socket.send('y')\n}\n`
  expect(rawSends('src/main/app/x.ts', source)).toEqual([
    'src/main/app/x.ts:2 window.webContents.send: publish through the topic hub or src/main/ipc',
  ])
  expect(rawSends('src/main/ipc/x.ts', source)).toEqual([])
  const files = globSync('src/main/**/*.ts', { cwd: root })
  expect(files.flatMap((file) => rawSends(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
})

it('any and non-null assertions are errors', async () => {
  const said = await lint('src/main/task/x.ts', `export const a = (b: any, c?: string) => [b, c!.length]\n`)
  expect(said).toContain('no-explicit-any')
  expect(said).toContain('no-non-null-assertion')
})
