import { posix } from 'node:path'
import { FoundryError } from '@shared/errors'
import { withScratch } from '../../sandbox/git/changes'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { toPathspec } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'

export interface Replacement {
  path: string
  /** Where the lines are said to begin. */
  line: number
  expected: readonly string[]
  replacement: readonly string[]
}

/** A longer file is edited by nobody line by line. */
const MOST_BYTES = 10 * 1024 * 1024
const CONTEXT = 3

/**
 * Puts lines in the place of others in a file of the checkout, and returns where: at the line that was named, or where
 * the expected lines stand now. Git applies it, so that nothing outside of the checkout or behind a link is written.
 *
 * @throws FoundryError `conflict` where they are not there, or in several places
 */
export async function replaceLines(git: CheckoutGit, request: Replacement): Promise<number> {
  const { path } = request
  await expectFile(git, path)
  const file = posix.join(git.cwd, path)
  const size = await git.fileSize(file)
  if (size === null || size > MOST_BYTES)
    throw new FoundryError('unsupported', `${path} is not there any more, or too long to be changed here.`, {
      next: 'Apply the suggestion in an editor.',
    })
  const patch = replacementPatch(Buffer.from(await git.readFile(file)).toString('latin1'), request)
  if (patch === null) return request.line
  if (typeof patch === 'string')
    throw new FoundryError('conflict', `${path} ${patch}`, {
      next: 'Look at the file as it is now, and make the change there.',
    })
  await withScratch(git, async (scratch) => {
    const name = scratch.file('suggestion')
    await git.writeFile(name, Buffer.from(patch.text, 'latin1'))
    const applied = await git.run(['apply', '--whitespace=nowarn', name])
    if (applied.exitCode !== 0) throw gitError(applied, `The suggestion could not be applied to ${path}`)
  })
  return patch.line
}

/** A plain file that git knows: what a stranger names is looked up, and never followed. */
async function expectFile(git: CheckoutGit, path: string): Promise<void> {
  const listed = expectGit(
    await git.run(['ls-files', '--stage', '-z', '--', toPathspec(path)]),
    `${path} could not be looked up`,
  )
  const [entry = '', ...more] = listed.stdout.split('\0').filter((one) => one !== '')
  if (more.length === 0 && entry.startsWith('100') && entry.endsWith(`\t${path}`)) return
  throw new FoundryError('not_found', `The checkout has no file ${path}.`, {
    next: 'It may have another name now, or conflicts that are not resolved.',
  })
}

/** The change as a patch; a sentence where it cannot be made, null where it is made already. Bytes are characters. */
export function replacementPatch(
  content: string,
  { path, line, expected, replacement }: Replacement,
): { text: string; line: number } | string | null {
  const lines = content.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const wanted = expected.map(bytesOf)
  const starts = (at: number): boolean => wanted.every((text, index) => bare(lines[at + index]) === text)
  const found = starts(line - 1) ? [line - 1] : lines.flatMap((_, at) => (starts(at) ? [at] : []))
  const [start] = found
  if (start === undefined) return 'does not have these lines any more.'
  if (found.length > 1) return 'has these lines in several places now.'
  const before = lines.slice(start, start + wanted.length)
  const after = replacement.map((text, index) => bytesOf(text) + endingFor(before, lines, index))
  // A file that ends without a newline goes on doing so.
  const last = start + wanted.length === lines.length
  if (last && before.at(-1)?.endsWith('\n') === false && after.length > 0)
    after.push((after.pop() ?? '').replace(/\r?\n$/, ''))
  if (before.join('') === after.join('')) return null
  const above = lines.slice(Math.max(0, start - CONTEXT), start)
  const below = lines.slice(start + wanted.length, start + wanted.length + CONTEXT)
  const olds = above.length + before.length + below.length
  const news = above.length + after.length + below.length
  const first = start - above.length + 1
  const name = (prefix: string): string => quoted(`${prefix}/${bytesOf(path)}`)
  const rows = [
    ...above.map((text) => row(' ', text)),
    ...before.map((text) => row('-', text)),
    ...after.map((text) => row('+', text)),
    ...below.map((text) => row(' ', text)),
  ]
  const head = `--- ${name('a')}\n+++ ${name('b')}\n@@ -${first},${olds} +${news === 0 ? 0 : first},${news} @@\n`
  return { text: head + rows.join(''), line: start + 1 }
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const bare = (text: string | undefined): string | undefined => text?.replace(/\r?\n$/, '')

/** As the line it stands for ends, or as lines around it do. */
function endingFor(before: readonly string[], lines: readonly string[], index: number): string {
  const like = before[index] ?? before[0] ?? lines[0] ?? ''
  const known = /\r?\n$/.exec(like)?.[0] ?? lines.map((text) => /\r?\n$/.exec(text)?.[0]).find(Boolean)
  return known ?? '\n'
}

function row(mark: string, text: string): string {
  return text.endsWith('\n') ? mark + text : `${mark}${text}\n\\ No newline at end of file\n`
}

/** As git writes the names of files with other characters than plain ones. */
function quoted(name: string): string {
  if (/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name)) return name
  const escaped = name.replaceAll(
    /[^\x20\x21\x23-\x5b\x5d-\x7e]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  return `"${escaped}"`
}
