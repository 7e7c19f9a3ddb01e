import { readFile, rename } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { FoundryError } from '@shared/errors'
import { settingsSchema, type Settings } from '@shared/settings'
import type { Log, SettingsPatch, SettingsStore } from '../boot/services'
import { systemErrorCode, writeFileAtomically } from './atomic-file'

type JsonObject = Record<string, unknown>

export interface LoadedSettings {
  readonly store: SettingsStore
  /** What was wrong with the file, as a sentence for the person; null when nothing was. */
  readonly problem: string | null
}

/**
 * Reads `settings.json`. Keys this version does not know are kept, values it cannot use are left in the file
 * and stand at their default, and a file that is no JSON object is moved aside: nothing in it is lost.
 */
export async function loadSettings(
  path: string,
  log: Log,
  now: () => Date = () => new Date(),
): Promise<LoadedSettings> {
  const { raw, problem } = await read(path, log, now)
  const { settings, ignored } = interpret(raw)
  for (const key of ignored)
    log.warn(`settings.json: the value of "${key}" cannot be used; its default is used instead`)
  return { store: createStore(path, raw, settings, log), problem: problem ?? ignoredProblem(ignored) }
}

/** The settings a file's content stands for, and the keys whose value cannot be used. */
export function interpret(raw: JsonObject): { settings: Settings; ignored: string[] } {
  const usable: JsonObject = {}
  const ignored: string[] = []
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    if (!Object.hasOwn(raw, key)) continue
    const parsed = schema.safeParse(raw[key])
    if (parsed.success) usable[key] = parsed.data
    else ignored.push(key)
  }
  return { settings: settingsSchema.parse(usable), ignored }
}

/** `raw` with the patch laid over it: unknown keys stay, also inside of objects. */
export function merge(raw: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...raw }
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    const before = Object.hasOwn(raw, key) ? raw[key] : undefined
    const next = isObject(value) && isObject(before) ? merge(before, value) : value
    // A plain assignment would set the prototype where the key is `__proto__`.
    Object.defineProperty(merged, key, { value: next, writable: true, enumerable: true, configurable: true })
  }
  return merged
}

function createStore(path: string, initialRaw: JsonObject, initial: Settings, log: Log): SettingsStore {
  let raw = initialRaw
  let settings = initial
  let last: Promise<unknown> = Promise.resolve()
  const listeners = new Set<(settings: Settings) => void>()

  async function apply(patch: SettingsPatch): Promise<Settings> {
    const checked = settingsSchema.safeParse({ ...settings, ...withoutUndefined(patch) })
    if (!checked.success)
      throw new FoundryError('invalid_input', 'This setting cannot be used.', {
        detail: checked.error.message,
      })
    const chosen = Object.fromEntries(
      Object.entries(checked.data).filter(([key]) => patch[key as keyof Settings] !== undefined),
    )
    const nextRaw = merge(raw, chosen)
    await writeFileAtomically(path, `${JSON.stringify(nextRaw, null, 2)}\n`)
    raw = nextRaw
    settings = checked.data
    for (const listener of listeners) {
      try {
        listener(settings)
      } catch (error) {
        log.error('a subscriber of the settings failed', error)
      }
    }
    return settings
  }

  return {
    get: () => settings,
    update(patch) {
      // One after the other: two updates at once must not write the file over each other.
      const result = last.then(() => apply(patch))
      last = result.catch(() => undefined) // The caller gets the failure; the next update starts afresh.
      return result
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

async function read(
  path: string,
  log: Log,
  now: () => Date,
): Promise<{ raw: JsonObject; problem: string | null }> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { raw: {}, problem: null }
    throw new FoundryError('read_only', `${path} cannot be read.`, {
      next: 'Check who owns the file, then start again.',
      detail: String(error),
      cause: error,
    })
  }
  const damage = whatIsWrong(text)
  if (typeof damage !== 'string') return { raw: damage, problem: null }
  const { dir, name, ext } = parse(path)
  const aside = join(dir, `${name}.damaged-${now().toISOString().replace(/[:.]/g, '-')}${ext}`)
  await rename(path, aside)
  log.error(`settings.json is damaged (${damage}); kept as ${aside}, settings are back at their defaults`)
  return {
    raw: {},
    problem: `The settings file was damaged. Settings are back at their defaults; the file is kept as ${aside}.`,
  }
}

function whatIsWrong(text: string): string | JsonObject {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return isObject(value) ? value : 'it holds no object'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function ignoredProblem(ignored: string[]): string | null {
  if (ignored.length === 0) return null
  const names = ignored.map((key) => `"${key}"`).join(', ')
  return `The settings file has values that cannot be used: ${names}. Their defaults are used until they are corrected.`
}

function withoutUndefined(patch: SettingsPatch): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
