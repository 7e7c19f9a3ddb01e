import type { Scripts } from './scripts-schema'

/** Where a repository says what its tasks need. */
export const scriptsPath = '.foundry/scripts.json'
/** A larger file is no list of commands. */
export const MOST_SCRIPTS_BYTES = 64 * 1024
export const MOST_TEARDOWN_SECONDS = 60

export const scriptFields = ['setup', 'run', 'teardown', 'copy', 'link'] as const satisfies (keyof Scripts)[]

/** What a person set for a repository comes before what its file says, field by field. */
export function effectiveScripts(file: Scripts | null, override: Scripts | null): Scripts {
  return { ...file, ...override }
}

/** The same for the same scripts, in whatever order they were written. Its hash is what a person allows. */
export function canonicalScripts(scripts: Scripts): string {
  const run = Object.entries(scripts.run ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const { setup = null, teardown = null, copy = [], link = [] } = scripts
  return JSON.stringify([setup, run, teardown, copy.toSorted(), link.toSorted()])
}

export const hasScripts = (scripts: Scripts): boolean => canonicalScripts(scripts) !== canonicalScripts({})

/** The name under which the commands of a checkout's making run. */
export const SETUP = 'setup'
export const needsSetup = ({ setup, copy = [], link = [] }: Scripts): boolean =>
  setup !== undefined || copy.length > 0 || link.length > 0
