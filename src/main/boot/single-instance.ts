import { access, constants, mkdir, mkdtemp, readlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { app } from 'electron'
import { FoundryError } from '@shared/errors'
import { findDeepLink } from '../app/deep-link'
import { movedTo, requireFolder } from '../data-folder/place'

export interface SecondStart {
  readonly link: string | null
}

export interface Instance {
  /** The data folder. */
  readonly directory: string
  /** Where it is noted that the data folder is elsewhere; null where a variable says where it is. */
  readonly home: string | null
  /** Why its lock could not be taken, though nobody else has it: nothing in the folder may be used then. */
  readonly problem: FoundryError | null
  /** What this start was asked to show. */
  readonly link: string | null
  /** Told of every later start, and of links the system hands over. Those that came before are told at once. */
  onStart(listener: (start: SecondStart) => void): void
}

/**
 * Chooses the data folder and takes its lock, before anything touches what is in it. Null when another
 * instance has it: that one was told, and this one is to end.
 */
export async function claimSingleInstance(): Promise<Instance | null> {
  const home = homeDirectory()
  const { directory, missing } = await dataDirectory(home)
  if (missing === null) {
    moveInto(directory)
    if (app.requestSingleInstanceLock()) return listen({ directory, home, problem: null })
    const problem = await whyRefused(directory)
    if (problem === null) return null
    // The other instance may have ended in between.
    if (app.requestSingleInstanceLock()) return listen({ directory, home, problem: null })
    return inRecovery({ directory, home, problem })
  }
  return inRecovery({ directory, home, problem: missing })
}

/** Chromium needs a folder it can write, or there is no window to say so in. */
async function inRecovery(place: Place): Promise<Instance> {
  moveInto(await mkdtemp(join(tmpdir(), 'foundry-recovery-')))
  return listen(place)
}

function moveInto(directory: string): void {
  app.setPath('userData', directory)
  // Caches and cookies of Chromium, apart from what is the person's.
  app.setPath('sessionData', join(directory, 'chromium'))
}

/** Null when another instance has the lock; else the folder is at fault. */
async function whyRefused(directory: string): Promise<FoundryError | null> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await access(directory, constants.W_OK)
    // Who has the lock has this link; on Windows the lock is no file.
    if (process.platform !== 'win32') await readlink(join(directory, 'SingletonLock'))
    return null
  } catch (error) {
    return new FoundryError('read_only', `The data folder ${directory} cannot be used.`, {
      next: 'Check that it is a folder of yours, and that its disk is neither full nor read-only. Then try again.',
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    })
  }
}

/** Fails the start where it must not go on. */
export function requireLock({ problem }: Instance): void {
  if (problem !== null) throw problem
}

type Place = Pick<Instance, 'directory' | 'home' | 'problem'>

function listen(place: Place): Instance {
  const waiting: SecondStart[] = []
  let listener: ((start: SecondStart) => void) | null = null
  const tell = (start: SecondStart): void => {
    if (listener === null) waiting.push(start)
    else listener(start)
  }
  app.on('second-instance', (_event, argv) => tell({ link: findDeepLink(argv) }))
  // macOS hands links over as an event, also the one that started the app.
  app.on('open-url', (event, url) => {
    event.preventDefault()
    tell({ link: url })
  })
  return {
    ...place,
    link: findDeepLink(process.argv.slice(1)),
    onStart(added) {
      listener = added
      for (const start of waiting.splice(0)) added(start)
    },
  }
}

/** Development has a folder of its own, so that it runs beside the installed app. */
function homeDirectory(): string | null {
  if (chosenDirectory() !== null) return null
  return app.isPackaged ? app.getPath('userData') : join(app.getPath('appData'), 'Foundry Development')
}

function chosenDirectory(): string | null {
  const chosen = process.env['FOUNDRY_DATA_DIR']
  return chosen === undefined || chosen === '' ? null : resolve(chosen)
}

/** Never made up where a person moved it to: a disk that is away must not look like a first start. */
async function dataDirectory(
  home: string | null,
): Promise<{ directory: string; missing: FoundryError | null }> {
  const chosen = home ?? chosenDirectory() ?? ''
  let directory = chosen
  try {
    const moved = home === null ? null : await movedTo(home)
    directory = moved ?? chosen
    await requireFolder(directory, moved !== null)
    return { directory, missing: null }
  } catch (error) {
    if (!(error instanceof FoundryError)) throw error
    return { directory, missing: error }
  }
}
