import { join } from 'node:path'
import { app } from 'electron'
import { registerAppScheme } from './app/app-protocol'
import { readWindowState } from './app/main-window'
import { beginStart } from './app/start-record'
import { createAppServices, dressApp } from './boot/app-services'
import { followLinks } from './boot/deep-links'
import { createElectronPhase } from './boot/electron'
import { startIpc, type Contract } from './boot/ipc'
import { startLogs } from './boot/logs'
import { appPaths, makeFolders } from './boot/paths'
import { writeReadyFile } from './boot/ready-file'
import { createFolderChanges } from './boot/moving'
import { landInRecovery } from './boot/recovery'
import { saveWhatReads } from './boot/salvage'
import { openSettings, reportSettings } from './boot/settings'
import { createShutdown, nothingOpened } from './boot/shutdown'
import { claimSingleInstance, requireLock, type Instance } from './boot/single-instance'
import { stopCrashLoop } from './boot/starts'
import { createSteps } from './boot/step'
import { createWindows } from './boot/windows'

// These count only before the app is ready. Chromium refuses to sandbox processes of root, which is what a
// container runs as; whoever starts it there says so with the switch, and an installed app never has it.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
registerAppScheme()

const instance = await claimSingleInstance()
if (instance === null) app.exit(0)
else void start(instance)

/** The start, phase by phase. Whatever fails lands in the recovery window. */
async function start(instance: Instance): Promise<void> {
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
  const folder = createFolderChanges(paths, log.scope('data folder'))
  const restart = (reason: string): void => {
    opened.relaunch = true
    quit.stop(reason)
  }

  try {
    await step('single instance', () => requireLock(instance))
    await step('data folder', () => folder.reset())
    await step('folders', () => makeFolders(paths))
    const record = (opened.record = await step('start record', () => beginStart(paths.data, Date.now())))
    const loaded = await step('settings', () => openSettings(paths, log))
    const settings = loaded.store
    const state = await step('window state', () => readWindowState(paths.data, log))
    await step('electron', electron.prepare)
    if (await step('move', () => folder.move({ opened, restart, show: windows.replace }))) return
    await step('earlier starts', () => stopCrashLoop(record))
    await step('theme and menus', () => dressApp({ paths, log, settings, windows }))
    let contractIsUp: (contract: Contract) => void = () => undefined
    const contract = new Promise<Contract>((resolve) => (contractIsUp = resolve))
    opened.stopIpc = await step('ipc', () => startIpc(contract, app.isPackaged, log))
    // Its page is drawn while the database opens; what it asks waits for the contract.
    const { shown } = await step('window', () => windows.open({ directory: paths.data, settings, state }))
    await step('page', electron.pageServed)
    // Most of the code of main is in these two: read only now, it keeps no window waiting.
    const [{ createDatabaseWorker, openDatabases }, { createCoordinators }, { createTerminalThread }] =
      await step('code', () =>
        Promise.all([
          import('./database'),
          import('./boot/coordinators'),
          import('./sandbox/terminal-thread'),
        ]),
      )
    const services = createAppServices({
      paths,
      log,
      crashes: logs.crashes,
      settings,
      windows,
      uncleanExit: record.uncleanExit,
      restart,
    })
    // A file beside this one: parts of the bundle that are read later are in a folder of their own.
    const worker = createDatabaseWorker(
      new URL('./database-worker.js', import.meta.url),
      services.nativeBinding,
    )
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
        openReader: createTerminalThread(new URL('./terminal-worker.js', import.meta.url)),
        scripts: {
          search: new URL('./search-worker.js', import.meta.url),
          insights: new URL('./insights-worker.js', import.meta.url),
          record: new URL('./record-worker.js', import.meta.url),
          transfer: new URL('./transfer-worker.js', import.meta.url),
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
    coordinators.onScreen()
    reportSettings(loaded, windows, log)
    await writeReadyFile(windows.current(), phases)
  } catch (failure) {
    const prepareElectron = electron.prepare
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
