import { execFile } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { app } from 'electron'
import { DEEP_LINK_SCHEME } from '@shared/deep-link'
import type { LinkHandlerState } from '@shared/app-state'
import { FoundryError } from '@shared/errors'
import type { LinkHandler, SettingsStore } from '../boot/services'
import { systemErrorCode, writeFileAtomically } from './atomic-file'
import { desktopEntry, withoutDefault, type LinkCommand } from './desktop-entry'

const run = promisify(execFile)

const TYPE = `x-scheme-handler/${DEEP_LINK_SCHEME}`
/** Of the package, for everybody on the machine. */
const PACKAGE_ENTRY = 'foundry.desktop'
/** Ours, for this person: of a checkout, an archive or an AppImage, none of which is installed. */
const OWN_ENTRY = 'foundry-links.desktop'
const COMMAND_MS = 10_000

/** Which app the system opens `foundry://` links with. */
export function createLinkHandler(settings: SettingsStore, icon: string): LinkHandler {
  return process.platform === 'linux' ? createLinux(icon) : createElsewhere(settings)
}

/** macOS and Windows let an app say it itself; an installed one does so unless the person does not want it. */
function createElsewhere(settings: SettingsStore): LinkHandler {
  const [executable, args] = [process.execPath, app.isPackaged ? [] : [app.getAppPath()]]
  const state = (): LinkHandlerState => {
    const isOn = app.isDefaultProtocolClient(DEEP_LINK_SCHEME, executable, args)
    return { isOn, canChange: true, other: null, reason: null }
  }
  const set = (on: boolean): boolean =>
    on
      ? app.setAsDefaultProtocolClient(DEEP_LINK_SCHEME, executable, args)
      : app.removeAsDefaultProtocolClient(DEEP_LINK_SCHEME, executable, args)
  return {
    start() {
      if (app.isPackaged && settings.get().openLinks !== false) set(true)
    },
    state: () => Promise.resolve(state()),
    async set(on) {
      await settings.update({ openLinks: on })
      if (!set(on))
        throw new FoundryError('unsupported', 'The system did not let Foundry change what opens its links.')
      return state()
    },
  }
}

/** The desktop entry of a package says it; anything else has an entry of its own, when the person asks for it. */
function createLinux(icon: string): LinkHandler {
  const dataHome = xdg('XDG_DATA_HOME', '.local/share')
  const entryFile = join(dataHome, 'applications', OWN_ENTRY)
  const entry = (): string => desktopEntry(linkCommand(icon))

  async function state(): Promise<LinkHandlerState> {
    const current = await currentEntry()
    if (current === null)
      return {
        isOn: false,
        canChange: false,
        other: null,
        reason: 'The command xdg-mime is not installed: it comes with xdg-utils.',
      }
    if (await isInstalled())
      return {
        isOn: current === PACKAGE_ENTRY,
        // Where nothing else wants these links, the system takes the only one there is.
        canChange: current !== PACKAGE_ENTRY,
        other: otherThan(current, PACKAGE_ENTRY),
        reason: current === PACKAGE_ENTRY ? 'The installed package sets this for everybody.' : null,
      }
    const isOurs = current === OWN_ENTRY && (await readOrEmpty(entryFile)) === entry()
    return { isOn: isOurs, canChange: true, other: isOurs ? null : otherThan(current, ''), reason: null }
  }

  async function turnOn(): Promise<void> {
    const installed = await isInstalled()
    if (!installed) {
      await mkdir(join(dataHome, 'applications'), { recursive: true })
      await writeFileAtomically(entryFile, entry())
      await refreshDatabase()
    }
    await xdgMime('default', installed ? PACKAGE_ENTRY : OWN_ENTRY, TYPE)
  }

  async function turnOff(): Promise<void> {
    await rm(entryFile, { force: true })
    const list = join(xdg('XDG_CONFIG_HOME', '.config'), 'mimeapps.list')
    const before = await readOrEmpty(list)
    const after = withoutDefault(before, OWN_ENTRY)
    if (after !== before) await writeFileAtomically(list, after)
    await refreshDatabase()
  }

  /** Desktops look things up in a cache beside the entries. Where the command is missing, they read the entries. */
  async function refreshDatabase(): Promise<void> {
    try {
      await run('update-desktop-database', [join(dataHome, 'applications')], { timeout: COMMAND_MS })
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw failed('update-desktop-database', error)
    }
  }

  return {
    start: () => undefined,
    state,
    async set(on) {
      await (on ? turnOn() : turnOff())
      return state()
    },
  }
}

/** This app, as it was started: somebody who gave it a folder or a switch means the same one for links. */
function linkCommand(icon: string): LinkCommand {
  const kept = ['FOUNDRY_DATA_DIR', ...(app.isPackaged ? [] : ['FOUNDRY_SQLITE_BINDING'])]
  return {
    // An AppImage is started by its own path: the mounted one is gone by then.
    executable: process.env['APPIMAGE'] ?? process.execPath,
    args: [
      ...(app.commandLine.hasSwitch('no-sandbox') ? ['--no-sandbox'] : []),
      ...(app.isPackaged ? [] : [app.getAppPath()]),
    ],
    env: Object.fromEntries(
      kept.flatMap((name) => {
        const value = process.env[name]
        return value === undefined || value === '' ? [] : [[name, value]]
      }),
    ),
    icon,
  }
}

/** Whether a package has put this very app on the machine. */
async function isInstalled(): Promise<boolean> {
  if (!app.isPackaged || process.env['APPIMAGE'] !== undefined) return false
  const folders = (process.env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(delimiter)
  const entries = await Promise.all(
    folders
      .filter((folder) => folder !== '')
      .map((folder) => readOrEmpty(join(folder, 'applications', PACKAGE_ENTRY))),
  )
  return entries.some((text) => text.includes(`Exec=${process.execPath} `))
}

/** The entry that links are opened with now, empty for none; null where nobody can say. */
async function currentEntry(): Promise<string | null> {
  try {
    return (await xdgMime('query', 'default', TYPE)).trim()
  } catch (error) {
    if (error instanceof FoundryError && error.kind === 'unsupported') return null
    throw error
  }
}

async function xdgMime(...args: string[]): Promise<string> {
  try {
    return (await run('xdg-mime', args, { timeout: COMMAND_MS })).stdout
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new FoundryError('unsupported', 'The command xdg-mime is not installed.', {
        next: 'Install xdg-utils, then try again.',
      })
    // Without any desktop at all it ends with a failure where it has nothing to say.
    if (args[0] === 'query') return ''
    throw failed('xdg-mime', error)
  }
}

function failed(command: string, error: unknown): FoundryError {
  const detail = error instanceof Error ? error.message : String(error)
  return new FoundryError('internal', `${command} failed: links are opened as before.`, {
    detail,
    cause: error,
  })
}

const otherThan = (current: string, ours: string): string | null =>
  current === '' || current === ours || current === OWN_ENTRY ? null : current

function xdg(variable: string, usual: string): string {
  const value = process.env[variable]
  return value === undefined || value === '' ? join(homedir(), usual) : value
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return ''
    throw error
  }
}
