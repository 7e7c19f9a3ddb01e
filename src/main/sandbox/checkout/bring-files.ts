import { constants, cp, lstat, mkdir, realpath, symlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { errorCode } from '../http'

export interface FilesToBring {
  /** The person's own folder. */
  folder: string
  /** Of the task. What is in it may have been written by anybody. */
  checkout: string
  /** Relative, and checked by `scriptsSchema`. */
  copy: readonly string[]
  link: readonly string[]
}

/**
 * Copies files and folders of the person's folder into a checkout, or links them there. Never out of the one, nor through
 * a link of the other to some other place; what is there already stays. Returns what was brought, and a sentence about
 * each path that was not.
 */
export async function bringFiles(files: FilesToBring): Promise<{ brought: string[]; notes: string[] }> {
  const brought: string[] = []
  const notes: string[] = []
  const wanted = [
    ...files.copy.map((path) => ({ path, link: false })),
    ...files.link.map((path) => ({ path, link: true })),
  ]
  for (const { path, link } of wanted) {
    const problem = await bring(files, path, link)
    if (problem === null) brought.push(path)
    else notes.push(`${path} was not ${link ? 'linked' : 'copied'}: ${problem}`)
  }
  return { brought, notes }
}

async function bring(
  { folder, checkout }: FilesToBring,
  path: string,
  link: boolean,
): Promise<string | null> {
  try {
    const from = await realpath(join(folder, path))
    if (!isInside(await realpath(folder), from)) return 'it leads out of your folder.'
    const to = join(checkout, path)
    const root = await realpath(checkout)
    if (!(await leadsInside(root, dirname(to)))) return 'a link in the checkout leads to another place.'
    if (await isThere(to)) return 'there is one in the checkout already.'
    await mkdir(dirname(to), { recursive: true })
    if (link) await symlink(from, to)
    else
      await cp(from, to, {
        recursive: true,
        errorOnExist: true,
        force: false,
        // As a clone of the file where the disk can do that.
        mode: constants.COPYFILE_FICLONE,
        // A link in a folder could lead anywhere.
        filter: async (source) => !(await lstat(source)).isSymbolicLink(),
      })
    return null
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'your folder does not have it.'
    return `${error instanceof Error ? error.message : String(error)}.`
  }
}

const isInside = (root: string, path: string): boolean => {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`)
}

/** Whether the nearest folder on the way that is there already is one of the checkout itself. */
async function leadsInside(root: string, path: string): Promise<boolean> {
  if (!(await isThere(path))) return leadsInside(root, dirname(path))
  const real = await realpath(path)
  return real === root || isInside(root, real)
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
