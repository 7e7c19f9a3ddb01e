import { posix } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { Written } from '@shared/files'
import { withScratch } from '../../sandbox/git/changes'
import { expectGit } from '../../sandbox/git/errors'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import { placeOf } from './place'
import { readNow, versionOf } from './read'
import { REPLACE } from './scripts'

/**
 * Writes a file that still is what it was in `version`; with null, one that is not there. Everything else is a conflict,
 * and left alone.
 */
export async function writeNow(
  git: CheckoutGit,
  request: { path: string; bytes: Uint8Array; version: string | null },
): Promise<Written> {
  const { path, bytes, version } = request
  const { folder, name } = placeOf(path)
  const current = await readNow(git, path, null)
  const isThere = current.kind === 'file'
  if (isThere ? current.version !== version : current.kind !== 'missing' || version !== null)
    return { outcome: 'conflict', current }
  const answer = await withScratch(git, async (scratch) => {
    const [text, before, next] = ['text', 'before', 'next'].map((one) => scratch.file(one)) as [
      string,
      string,
      string,
    ]
    await git.writeFile(text, bytes)
    if (isThere) await git.writeFile(before, current.bytes)
    const replaced = await git.script(REPLACE, [folder, name, isThere ? before : '', text, next])
    return oneLine(expectGit(replaced, `${path} could not be written`).stdout)
  })
  switch (answer) {
    case 'written':
      return { outcome: 'written', version: versionOf(bytes) }
    case 'locked':
      throw new FoundryError('read_only', `${path} may not be written to.`, {
        next: 'Change its permissions in a terminal, then save again.',
      })
    case 'missing':
      throw new FoundryError('not_found', `The folder ${posix.dirname(path)} is not there any more.`, {
        next: 'Make it again in a terminal, then save. What you typed is kept.',
      })
    default:
      // Somebody was quicker, within the moment between the look and the writing.
      return { outcome: 'conflict', current: await readNow(git, path, null) }
  }
}
