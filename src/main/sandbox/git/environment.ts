/** The oldest git that knows everything used here (`--path-format`, negative refspecs). */
export const MINIMUM_GIT = [2, 31] as const

/** Messages in English, so that they can be classified, and no question that nobody would see. */
export const QUIET_GIT = {
  LC_ALL: 'C',
  LANGUAGE: '',
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: ':',
  GIT_SEQUENCE_EDITOR: ':',
  GIT_PAGER: '',
  GIT_MERGE_AUTOEDIT: 'no',
} as const

/** For the person's own folder: git may not even refresh its index there, nor start what a folder may name. */
export const READ_ONLY_GIT = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.fsmonitor',
  GIT_CONFIG_VALUE_0: 'false',
} as const

/** For a checkout that agents write to, looked at from outside of its sandbox: nothing in it gets started. */
export const OUTSIDE_GIT = {
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'core.fsmonitor',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_CONFIG_KEY_1: 'core.hooksPath',
  GIT_CONFIG_VALUE_1: '/dev/null',
} as const

/**
 * Settings for every run that looks at a working tree: a repository's own configuration must not decide that
 * looking at it starts a program (`core.fsmonitor`) or writes beside its index (split index, untracked cache).
 */
export const INERT_CONFIG = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.untrackedCache=false',
  '-c',
  'core.splitIndex=false',
  '-c',
  'core.safecrlf=false',
  '-c',
  'advice.addEmbeddedRepo=false',
] as const

/** How git reaches servers and reads its configuration is the person's business and is passed on. */
const KEPT_GIT_VARIABLES =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_\w+|PROXY_\w+|HTTP_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|EXEC_PATH|TEMPLATE_DIR|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/

/**
 * The environment for git started by main. Variables such as `GIT_DIR` or `GIT_INDEX_FILE`, left over when
 * Foundry itself was started from a hook, would point every command at another repository.
 */
export function gitEnvironment(
  inherited: Record<string, string | undefined>,
  more: Record<string, string> = {},
): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined) continue
    if (name.startsWith('GIT_') && !KEPT_GIT_VARIABLES.test(name)) continue
    environment[name] = value
  }
  return { ...environment, ...QUIET_GIT, ...more }
}
