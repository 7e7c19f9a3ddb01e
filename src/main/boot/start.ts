import { join } from 'node:path'
import { app } from 'electron'
import { bundled } from '../app/bundle'
import { readWindowState } from '../app/main-window'
import { beginStart } from '../app/start-record'
import { pendingChange } from '../data-folder/change'
import { followLinks } from './deep-links'
import { dressApp } from './dress'
import { createElectronPhase } from './electron'
import { startIpc, type Contract } from './ipc'
import { startLogs } from './logs'
import { appPaths, makeFolders } from './paths'
import { writeReadyFile } from './ready-file'
import { openSettings, reportSettings } from './settings'
import { createShutdown, nothingOpened } from './shutdown'
import { requireLock, type Instance } from './single-instance'
import { stopCrashLoop } from './starts'
import { createSteps } from './step'
import { usableSoon } from './usable'
import { createWindows } from './windows'

/** The start, phase by phase. Whatever fails lands in the recovery window. */
export async function start(instance: Instance): Promise<void> {
  const placed = appPaths(instance.directory, instance.home)
  // Where the folder cannot be used nothing is written into it, nor in its place where it is away.
  const paths =
    instance.problem === null ? placed : { ...placed, logs: join(app.getPath('userData'), 'logs') }
  const logs = startLogs(paths)
  const { log } = logs
  const { step, phases } = createSteps(log.scope('start'))
  const opened = nothingOpened()
  const quit = createShutdown(opened, logs)
  const windows = createWindows({ log, quit })
  const electron = createElectronPhase(log, quit)
  const restart = (reason: string): void => {
    opened.relaunch = true
    quit.stop(reason)
  }

  try {
    await step('single instance', () => requireLock(instance))
    const change = await step('data folder', () => pendingChange(paths.data))
    if (change !== null && change.kind !== 'move')
      await step('reset', async () => (await import('./moving')).reset(paths.data, change, log))
    // Each of these waits for the disk, and Chromium starts meanwhile.
    const begun = [
      step('folders', () => makeFolders(paths)).then(() =>
        step('start record', async () => (opened.record = await beginStart(paths.data, Date.now()))),
      ),
      step('settings', () => openSettings(paths, log)),
      step('window state', () => readWindowState(paths.data, log)),
      step('electron', electron.prepare),
    ] as const
    // Where one fails, what handles that must not find the others half done.
    await Promise.allSettled(begun)
    const [record, loaded, state] = await Promise.all(begun)
    const settings = loaded.store
    if (change?.kind === 'move')
      return await step('move', async () =>
        (await import('./moving')).move({ change, paths, log, opened, restart, show: windows.replace }),
      )
    await step('earlier starts', () => stopCrashLoop(record))
    await step('theme and menus', () => dressApp({ paths, log, settings, windows }))
    let contractIsUp: (contract: Contract) => void = () => undefined
    const contract = new Promise<Contract>((resolve) => (contractIsUp = resolve))
    opened.stopIpc = await step('ipc', () => startIpc(contract, app.isPackaged, log))
    const { scripted, shown } = await step('window', () =>
      windows.open({ directory: paths.data, settings, state }),
    )
    // Main serves its scripts, so nothing else is done until they have run. Then the page is drawn, in a process of its
    // own, while most of the code of main is read and the database opened; what it asks waits for the contract.
    await step('page', () => scripted)
    const {
      createDatabaseWorker,
      openDatabases,
      createCoordinators,
      createTerminalThread,
      createAppServices,
    } = await step('code', () => import('./code'))
    const services = createAppServices({
      paths,
      log,
      crashes: logs.crashes,
      settings,
      windows,
      uncleanExit: record.uncleanExit,
      restart,
    })
    const worker = createDatabaseWorker(bundled('main', 'database-worker.js'), services.nativeBinding)
    const databases = (opened.databases = await step('database', () =>
      openDatabases({
        directory: paths.data,
        backupsDirectory: paths.backups,
        nativeBinding: services.nativeBinding,
        uncleanExit: record.uncleanExit !== null,
        log: log.scope('database'),
        appVersion: services.appVersion,
        waiting(waits) {
          windows.waitForDatabase(waits)
        },
        worker,
      }),
    ))
    const coordinators = (opened.coordinators = await step('coordinators', () =>
      createCoordinators({
        services,
        databases,
        openReader: createTerminalThread(bundled('main', 'terminal-worker.js')),
        scripts: {
          search: bundled('main', 'search-worker.js'),
          insights: bundled('main', 'insights-worker.js'),
          record: bundled('main', 'record-worker.js'),
          transfer: bundled('main', 'transfer-worker.js'),
        },
        worker,
      }),
    ))
    contractIsUp(coordinators)
    await step('deep links', () => {
      services.links.start()
      followLinks(instance, windows, quit, opened)
    })
    await step('first frame', () => shown)
    await step('start is good', () => record.usable())
    if (record.uncleanExit !== null) logs.crashes.note(record.uncleanExit)
    reportSettings(loaded, windows, log)
    await step('usable', () => usableSoon(windows.current(), log))
    // Somebody quit before: nothing begins in what is being closed.
    if (quit.stopping) return
    coordinators.onScreen()
    await writeReadyFile(windows.current(), phases)
  } catch (failure) {
    const prepareElectron = electron.prepare
    const [{ landInRecovery }, { saveWhatReads }] = await Promise.all([
      import('./recovery'),
      import('./salvage'),
    ])
    await landInRecovery({
      failure,
      paths,
      log,
      windows,
      opened,
      quit,
      instance,
      prepareElectron,
      saveWhatReads: () => saveWhatReads(paths, log),
    })
  }
}
