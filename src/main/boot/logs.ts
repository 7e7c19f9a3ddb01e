import { join } from 'node:path'
import { app } from 'electron'
import { createCrashReports } from '../app/crash-reports'
import { createLog } from '../app/log'
import { createLogFile, type LogFile } from '../app/log-file'
import { createUncaughtHandler } from '../app/process-errors'
import { createRepetitions, repeated } from '../app/repetitions'
import type { AppPaths, CrashReports, Log } from './services'

export interface Logs {
  readonly log: Log
  readonly file: LogFile
  readonly crashes: CrashReports
}

/** Starts the log, and with it the end of silent failures: from here on nothing thrown goes unseen. */
export function startLogs(paths: AppPaths): Logs {
  const file = createLogFile(join(paths.logs, 'main.log'), (error) => {
    process.stderr.write(`The log cannot be written: ${String(error)}\n`)
  })
  const log = createLog(file, app.isPackaged ? 'warn' : 'debug')
  const about = `Foundry ${app.getVersion()}, Electron ${process.versions.electron}, ${process.platform} ${process.arch}`
  log.info(about)
  const crashes = createCrashReports({
    directory: paths.logs,
    log: file,
    about,
    now: Date.now,
    onProblem: (error) => log.error('a crash report could not be written', error),
  })
  catchUncaught(log, crashes)
  return { log, file, crashes }
}

/** Ways of ending that are a defect of ours or of Chromium's, and not somebody's wish. */
const CRASHES = new Set(['crashed', 'oom', 'integrity-failure'])

function catchUncaught(log: Log, crashes: CrashReports): void {
  const uncaught = createUncaughtHandler(({ origin, error, connection, times }) => {
    const again = repeated(times)
    if (connection) log.warn(`a connection broke outside of any request${again}`, error)
    else {
      log.error(`uncaught ${origin}: a defect${again}`, error)
      if (times === 1) crashes.note(`Uncaught ${origin}: ${String(error)}`)
    }
  })
  process.on('unhandledRejection', uncaught.rejection)
  // Survived as well: commands are transactions, so what was half done is undone, and ending here would take
  // down the agents of every other session.
  process.on('uncaughtException', uncaught.exception)
  const repetitions = createRepetitions()
  app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
    const times = reason === 'clean-exit' ? null : repetitions(`${type} ${name} ${reason}`)
    if (times !== null)
      log.warn(`the process ${name ?? type} ended: ${reason}, code ${exitCode}${repeated(times)}`)
    if (times === 1 && CRASHES.has(reason)) crashes.note(`The process ${name ?? type} ended: ${reason}`)
  })
  app.on('render-process-gone', (_event, _contents, { reason, exitCode }) => {
    if (CRASHES.has(reason)) crashes.note(`The window's process ended: ${reason}, code ${exitCode}`)
  })
}
