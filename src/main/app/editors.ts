import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Editor } from '@shared/editors'
import { FoundryError } from '@shared/errors'
import { findOnPath } from '../sandbox/shell-path'

/** A place to open; the folder is what the editor shows around it. */
export interface EditorPlace {
  folder: string
  /** Absolute; the folder itself when null. */
  file: string | null
  line: number | null
}

interface KnownEditor extends Editor {
  /** Names on a PATH. */
  programs: readonly string[]
  /** Where installers put it where no PATH leads: on a Mac in the folder of applications, on Windows in that of local data. */
  installed: Partial<Record<NodeJS.Platform, string>>
  arguments(place: EditorPlace): string[]
}

const atLine = ({ file, line }: EditorPlace): string =>
  line === null ? (file ?? '') : `${file ?? ''}:${line}`

/** The command line that VS Code and those made from it share. */
const likeCode = (place: EditorPlace): string[] =>
  place.file === null ? [place.folder] : [place.folder, '--goto', atLine(place)]
const withColon = (place: EditorPlace): string[] =>
  place.file === null ? [place.folder] : [place.folder, atLine(place)]
/** https://www.jetbrains.com/help/idea/opening-files-from-command-line.html */
const likeJetBrains = ({ folder, file, line }: EditorPlace): string[] =>
  file === null ? [folder] : [...(line === null ? [] : ['--line', String(line)]), file]

const jetBrains = (id: string, name: string): KnownEditor => ({
  id,
  name,
  programs: [id],
  installed: { darwin: `${name}.app/Contents/MacOS/${id}` },
  arguments: likeJetBrains,
})

const EDITORS: readonly KnownEditor[] = [
  {
    id: 'code',
    name: 'VS Code',
    programs: ['code'],
    installed: {
      darwin: 'Visual Studio Code.app/Contents/Resources/app/bin/code',
      win32: 'Programs/Microsoft VS Code/Code.exe',
    },
    arguments: likeCode,
  },
  {
    id: 'cursor',
    name: 'Cursor',
    programs: ['cursor'],
    installed: {
      darwin: 'Cursor.app/Contents/Resources/app/bin/cursor',
      win32: 'Programs/cursor/Cursor.exe',
    },
    arguments: likeCode,
  },
  {
    id: 'windsurf',
    name: 'Windsurf',
    programs: ['windsurf'],
    installed: { darwin: 'Windsurf.app/Contents/Resources/app/bin/windsurf' },
    arguments: likeCode,
  },
  { id: 'codium', name: 'VSCodium', programs: ['codium'], installed: {}, arguments: likeCode },
  {
    id: 'zed',
    name: 'Zed',
    programs: ['zed', 'zeditor'],
    installed: { darwin: 'Zed.app/Contents/MacOS/cli' },
    arguments: withColon,
  },
  {
    id: 'subl',
    name: 'Sublime Text',
    programs: ['subl'],
    installed: { darwin: 'Sublime Text.app/Contents/SharedSupport/bin/subl' },
    arguments: withColon,
  },
  jetBrains('idea', 'IntelliJ IDEA'),
  jetBrains('webstorm', 'WebStorm'),
  jetBrains('pycharm', 'PyCharm'),
  jetBrains('goland', 'GoLand'),
  jetBrains('rustrover', 'RustRover'),
  jetBrains('clion', 'CLion'),
  jetBrains('phpstorm', 'PhpStorm'),
  jetBrains('rubymine', 'RubyMine'),
]

export interface Editors {
  /** Those that are there, looked for each time: one may have been installed meanwhile. */
  list(): Promise<Editor[]>
  /** @throws FoundryError `not_found` where the editor or the file is not there, `unsupported` where it does not start */
  open(editorId: string, place: EditorPlace): Promise<void>
}

export interface EditorsOptions {
  /** That of the person's terminal. */
  environment: () => Promise<Record<string, string>>
  platform?: NodeJS.Platform
}

/** The person's editors. They are started with an argument array and left alone. */
export function createEditors({ environment, platform = process.platform }: EditorsOptions): Editors {
  async function find(editor: KnownEditor): Promise<string | null> {
    const variables = await environment()
    for (const program of editor.programs) {
      const found = await findOnPath(program, variables, platform)
      // What Windows starts only through its shell could read a name as a command.
      if (found !== null && !/\.(cmd|bat)$/i.test(found)) return found
    }
    const place = editor.installed[platform]
    const root = platform === 'darwin' ? '/Applications' : variables['LOCALAPPDATA']
    if (place === undefined || root === undefined) return null
    const program = join(root, place)
    return (await isThere(program, constants.X_OK)) ? program : null
  }

  return {
    async list() {
      const found = await Promise.all(
        EDITORS.map(async (editor) => ((await find(editor)) === null ? [] : [editor])),
      )
      return found.flat().map(({ id, name }) => ({ id, name }))
    },
    async open(editorId, place) {
      const editor = EDITORS.find(({ id }) => id === editorId)
      const program = editor === undefined ? null : await find(editor)
      if (editor === undefined || program === null)
        throw new FoundryError(
          'not_found',
          `${editor?.name ?? 'This editor'} was not found on this computer.`,
          {
            next: 'Install it, or its command for the terminal.',
          },
        )
      if (place.file !== null && !(await isThere(place.file, constants.R_OK)))
        throw new FoundryError('not_found', `${place.file} is not there (any more).`)
      await start(program, editor.arguments(place), await environment(), editor.name)
    },
  }
}

/**
 * The place of a file of a checkout. The path is what git or an agent named: it must not lead out.
 *
 * @throws FoundryError `invalid_input`
 */
export function placeIn(folder: string, path: string | null, line: number | null): EditorPlace {
  if (path === null) return { folder, file: null, line: null }
  const file = resolve(folder, path)
  const inside = relative(folder, file)
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside))
    throw new FoundryError('invalid_input', `${path} is not in the checkout.`)
  return { folder, file, line }
}

const isThere = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

function start(program: string, args: string[], env: Record<string, string>, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, detached: true, stdio: 'ignore' })
    child.once('error', (error) =>
      reject(
        new FoundryError('unsupported', `${name} could not be started.`, {
          detail: error.message,
          cause: error,
        }),
      ),
    )
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
}
