/** Rules for branch names, as `git check-ref-format --branch` has them, told in words. Pure. */

const FORBIDDEN = '~^:?*[\\'

function isControl(character: string): boolean {
  return character < ' ' || character === '\u007F'
}

/** GitHub and file systems end about here; git itself only at the file system's limit. */
export const LONGEST_BRANCH_BYTES = 240

/** Length in UTF-8. */
function bytes(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}

/** Why git would not take this as the name of a new branch, as a sentence; null when it would. */
export function validateBranchName(name: string): string | null {
  if (name === '') return 'A branch needs a name.'
  if (name === '@') return 'A branch cannot be called "@".'
  if (name === 'HEAD') return 'A branch cannot be called "HEAD".'
  if (name.startsWith('-')) return 'A branch name cannot start with a hyphen.'
  if (bytes(name) > LONGEST_BRANCH_BYTES)
    return `A branch name can have at most ${LONGEST_BRANCH_BYTES} bytes.`
  for (const character of name) {
    if (character === ' ') return 'A branch name cannot contain spaces.'
    if (isControl(character)) return 'A branch name cannot contain control characters.'
    if (FORBIDDEN.includes(character)) return `A branch name cannot contain "${character}".`
  }
  if (/\p{Surrogate}/u.test(name)) return 'A branch name must be valid Unicode text.'
  if (name.includes('..')) return 'A branch name cannot contain "..".'
  if (name.includes('@{')) return 'A branch name cannot contain "@{".'
  if (name.endsWith('.')) return 'A branch name cannot end with a dot.'
  if (name.startsWith('/') || name.endsWith('/') || name.includes('//')) {
    return 'A branch name cannot start or end with a slash, or have two in a row.'
  }
  for (const part of name.split('/')) {
    if (part.startsWith('.')) return 'No part of a branch name can start with a dot.'
    if (part.endsWith('.lock')) return 'No part of a branch name can end with ".lock".'
    if (bytes(part) > 200) return 'A part of a branch name is too long.'
  }
  return null
}

/**
 * The existing branch that stands in the way of a new one, or null. Branches are files and folders: `a` and
 * `a/b` cannot both exist, and many disks do not tell upper from lower case.
 */
export function conflictingBranch(name: string, existing: Iterable<string>): string | null {
  const wanted = name.toLowerCase()
  for (const branch of existing) {
    const other = branch.toLowerCase()
    if (other === wanted || other.startsWith(`${wanted}/`) || wanted.startsWith(`${other}/`)) return branch
  }
  return null
}

/**
 * A name like the wanted one that conflicts with nothing: `name-2`, `name-3` ... Where a branch stands in the
 * way as a folder (`a` for `a/b`), the slashes become hyphens.
 */
export function freeBranchName(name: string, existing: Iterable<string>): string {
  const taken = [...existing]
  const blocked = taken.some((branch) => name.toLowerCase().startsWith(`${branch.toLowerCase()}/`))
  const base = blocked ? name.replaceAll('/', '-') : name
  if (blocked && conflictingBranch(base, taken) === null) return base
  for (let number = 2; ; number += 1) {
    const candidate = `${base}-${number}`
    if (conflictingBranch(candidate, taken) === null) return candidate
  }
}
