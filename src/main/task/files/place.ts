import { posix } from 'node:path'
import { FoundryError } from '@shared/errors'

const MOST_BYTES = 4096

/**
 * A path within a checkout, by its folder (`.` at the top) and name. Where the links of the checkout lead is looked at
 * by whoever follows them.
 *
 * @throws FoundryError `invalid_input` for what leads out of the checkout, or to what git keeps of it
 */
export function placeOf(path: string): { folder: string; name: string } {
  const parts = path.split('/')
  if (Buffer.byteLength(path) > MOST_BYTES || !parts.every(isName))
    throw new FoundryError('invalid_input', `${path.slice(0, 200)} is no path of a file in the checkout.`)
  return { folder: parts.slice(0, -1).join('/') || '.', name: parts.at(-1) ?? '' }
}

/** The path of a folder; the empty one is the top. */
export function folderOf(path: string): string {
  if (path === '') return '.'
  placeOf(path)
  return path
}

/** The path in the checkout that a link at `path` names; null where it leads elsewhere. */
export function targetOf(path: string, target: string): string | null {
  if (target === '' || target.startsWith('/')) return null
  const whole = posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '')
  return whole.split('/').every(isName) ? whole : null
}

function isName(part: string): boolean {
  // Some file systems take other spellings for the same: what is not sure is left alone.
  const plain = part.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').toLowerCase()
  return part !== '' && part !== '.' && part !== '..' && plain !== '.git' && !part.includes('\0')
}
