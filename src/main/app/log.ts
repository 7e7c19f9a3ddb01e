import { formatWithOptions, inspect } from 'node:util'
import logger from 'electron-log/node'
import type { Log } from '../boot/services'
import type { LogFile } from './log-file'
import { redact } from './redaction'

/** The longest single entry: enough for a stack or the output of a command, too little to fill a file. */
const MAX_ENTRY_CHARACTERS = 20_000

/**
 * One entry as text, redacted. Text of agents and git is hostile: control characters cannot move a terminal's
 * cursor, and further lines are indented so that nothing looks like an entry of ours.
 */
export function formatEntry(
  date: Date,
  level: string,
  scope: string | undefined,
  data: readonly unknown[],
): string {
  const text = formatWithOptions(
    { depth: 5, breakLength: 110, maxStringLength: 10_000, maxArrayLength: 100 },
    ...data,
  )
  const cut = text.length > MAX_ENTRY_CHARACTERS ? `${text.slice(0, MAX_ENTRY_CHARACTERS)} (cut)` : text
  const head = `${date.toISOString()} ${level}${scope ? ` ${scope}:` : ''}`
  return `${head} ${tame(redact(cut))}`
}

function tame(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])\p{Cc}/gu, (character) => inspect(character).slice(1, -1))
    .replace(/\n/g, '\n    ')
}

/**
 * The log of the app: electron-log for levels and scopes, one redacted format for the file and the console.
 *
 * @param consoleLevel the least level that is printed; `false` prints nothing
 */
export function createLog(file: LogFile, consoleLevel: 'debug' | 'warn' | false): Log {
  const main = logger.create({ logId: 'main' })
  main.transports.file.level = false
  main.transports.console.level = consoleLevel
  main.transports.console.format = ({ message }) => [
    formatEntry(message.date, message.level, message.scope, message.data),
  ]
  main.transports['rotating'] = Object.assign(
    (message: Parameters<NonNullable<(typeof main.transports)['file']>>[0]) =>
      file.write(formatEntry(message.date, message.level, message.scope, message.data)),
    { level: 'debug' as const, transforms: [] },
  )
  return wrap(main, (name) => main.scope(name))
}

type Entry = (...data: unknown[]) => void
type Sink = { debug: Entry; info: Entry; warn: Entry; error: Entry }

function wrap(sink: Sink, scope: (name: string) => Sink): Log {
  const entry =
    (level: keyof Sink) =>
    (message: string, details?: unknown): void => {
      // As data, so that a percent sign in a message formats nothing.
      if (details === undefined) sink[level]('%s', message)
      else sink[level]('%s', message, details)
    }
  return {
    debug: entry('debug'),
    info: entry('info'),
    warn: entry('warn'),
    error: entry('error'),
    scope: (name) => wrap(scope(name), scope),
  }
}
