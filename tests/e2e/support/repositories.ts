import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const identity = {
  GIT_AUTHOR_NAME: 'Ada Person',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Person',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}

/** Real git, without the settings of whoever runs the tests. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, {
    cwd,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      ...identity,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      // Looking must not write: git refreshes the index on status.
      GIT_OPTIONAL_LOCKS: '0',
    },
  })
  return stdout.trimEnd()
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

export const sampleFiles = {
  'README.md': '# Sample\n\nA small project.\n',
  'src/greeting.ts': "export function greeting(): string {\n  return 'Hello'\n}\n",
  'src/index.ts': "import { greeting } from './greeting'\n\nconsole.log(greeting())\n",
}

/** A repository with one commit on `main`. */
export async function createRepository(
  folder: string,
  files: Readonly<Record<string, string>> = sampleFiles,
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  await writeFiles(folder, files)
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'First commit')
  return folder
}

/**
 * Every file of a folder, `.git` among them, with its content and mode: two equal results mean that nothing
 * was touched.
 */
export async function fingerprint(folder: string): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const relative = path.slice(folder.length + 1)
    if (entry.isSymbolicLink()) result[relative] = `link to ${await readlink(path)}`
    else if (entry.isFile()) {
      const { mode } = await stat(path)
      const content = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
      result[relative] = `${(mode & 0o777).toString(8)} ${content}`
    }
  }
  return result
}
