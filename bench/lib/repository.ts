import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { seededRandom } from '../../tests/support/seeded-random'

const WORDS = 'const let return function value index parse write read cache token stream queue'.split(' ')
const FILES_A_FOLDER = 100

/** A repository with one commit and so many source files of some kilobytes, the same for the same seed. */
export async function generateRepository(folder: string, files: number, seed = 1): Promise<void> {
  await mkdir(folder, { recursive: true })
  await git(folder, ['init', '--quiet', '--initial-branch=main'])
  const random = seededRandom(seed)
  await git(folder, ['fast-import', '--quiet'], stream(files, random))
  await git(folder, ['reset', '--quiet', '--hard'])
}

function* stream(files: number, random: () => number): Generator<string> {
  yield 'commit refs/heads/main\ncommitter Ada Person <ada@example.com> 1700000000 +0000\ndata 12\nFirst commit\n'
  for (let n = 0; n < files; n++) {
    const content = source(random)
    const path = `src/part-${Math.floor(n / FILES_A_FOLDER)}/file-${n}.ts`
    yield `M 100644 inline ${path}\ndata ${content.length}\n${content}\n`
  }
}

function source(random: () => number): string {
  const lines = Array.from({ length: 20 + Math.floor(random() * 60) }, () =>
    Array.from({ length: 6 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' '),
  )
  return `${lines.join('\n')}\n`
}

async function git(cwd: string, args: string[], input?: Iterable<string>): Promise<void> {
  const child = spawn('git', args, {
    cwd,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'inherit'],
  })
  const ended = once(child, 'close')
  for (const text of input ?? []) {
    if (child.stdin?.write(text) === false) await once(child.stdin, 'drain')
  }
  child.stdin?.end()
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}`)
}
