import { expectGit } from '../../sandbox/git/errors'
import type { CheckoutGit } from '../../sandbox/git/types'

/** A text that pull requests of a repository begin with. */
export interface Template {
  /** Its path in the repository. */
  name: string
  body: string
}

const MOST_TEMPLATES = 20
const TEMPLATE_BYTES = 64 * 1024
const WHAT = 'The templates for pull requests could not be read'

/** Where GitHub looks: the repository itself, `docs` and `.github`, in this order, whatever the case. */
const PLACES = ['', 'docs/', '.github/'] as const
const FILE = /^pull_request_template(?:\.(?:md|markdown|txt))?$/i
const FOLDER = /^pull_request_template$/i

/** Whether GitHub takes the file for a template: one of the places, or a folder of templates in one of them. */
export function isTemplate(path: string): boolean {
  const parts = path.split('/')
  const name = parts.pop() ?? ''
  const isIn = (folder: readonly string[]) =>
    PLACES.some(
      (place) =>
        place ===
        folder
          .map((part) => `${part}/`)
          .join('')
          .toLowerCase(),
    )
  if (FILE.test(name)) return isIn(parts)
  const folder = parts.pop() ?? ''
  return FOLDER.test(folder) && /\.(?:md|markdown|txt)$/i.test(name) && isIn(parts)
}

/** The templates in a commit: single ones before those of a folder, by name. */
export async function readTemplates(git: CheckoutGit, commit: string): Promise<Template[]> {
  const list = async (folders: readonly string[]): Promise<{ path: string; isFolder: boolean }[]> => {
    const listed = await git.run([
      'ls-tree',
      '-z',
      commit,
      ...(folders.length === 0 ? [] : ['--', ...folders]),
    ])
    return expectGit(listed, WHAT)
      .stdout.split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => {
        const tab = entry.indexOf('\t')
        return { path: entry.slice(tab + 1), isFolder: / tree /.test(entry.slice(0, tab)) }
      })
  }
  const root = await list([])
  const places = root.filter(({ path, isFolder }) => isFolder && /^(?:docs|\.github)$/i.test(path))
  const inside = places.length === 0 ? [] : await list(places.map(({ path }) => `${path}/`))
  const folders = [...root, ...inside].filter(
    ({ path, isFolder }) => isFolder && FOLDER.test(path.split('/').at(-1) ?? ''),
  )
  const chosen = folders.length === 0 ? [] : await list(folders.map(({ path }) => `${path}/`))
  const single = [...root, ...inside].filter(({ path, isFolder }) => !isFolder && isTemplate(path))
  const several = chosen.filter(({ path, isFolder }) => !isFolder && isTemplate(path))
  const templates: Template[] = []
  for (const { path } of [...single, ...several].slice(0, MOST_TEMPLATES)) {
    const read = await git.run(['cat-file', 'blob', `${commit}:${path}`], { maxOutputBytes: TEMPLATE_BYTES })
    // One that is cut off would be published cut off.
    if (read.exitCode === 0 && !read.truncated) templates.push({ name: path, body: read.stdout })
  }
  return templates
}
