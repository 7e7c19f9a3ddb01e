import { app, session } from 'electron'
import type { NavigationTarget } from '@shared/bridge'
import { createDesktop } from '../app/desktop'
import { createKeychain } from '../app/keychain'
import { createLinkHandler } from '../app/link-handler'
import { createNetwork } from '../app/network'
import { createNotifier } from '../app/notifier'
import { createPowerEvents } from '../app/power'
import { createSpellCheck } from '../app/spell-check'
import { createSecretsStore } from '../app/secrets-file'
import type { AppPaths, AppServices, CrashReports, Log, SettingsStore } from './services'
import type { Windows } from './windows'
import { join } from 'node:path'

export interface ShellOptions {
  readonly paths: AppPaths
  readonly log: Log
  readonly crashes: CrashReports
  readonly settings: SettingsStore
  readonly windows: Windows
  readonly uncleanExit: string | null
  restart(reason: string): void
}

/** What the Electron side offers to the coordinators. The app must be ready. */
export function createAppServices({
  paths,
  log,
  crashes,
  settings,
  windows,
  uncleanExit,
  restart,
}: ShellOptions): AppServices {
  const binding = process.env['FOUNDRY_SQLITE_BINDING']
  const show = (target: NavigationTarget): void => {
    windows.focus()
    windows.navigate(target)
  }
  return {
    appVersion: app.getVersion(),
    isPackaged: app.isPackaged,
    platform: process.platform,
    paths,
    // An installed app loads no native code because a variable says so.
    nativeBinding: app.isPackaged || binding === '' ? undefined : binding,
    uncleanExit,
    restart,
    log,
    crashes,
    settings,
    secrets: createSecretsStore(join(paths.data, 'secrets.json'), createKeychain(), log.scope('secrets')),
    notifier: createNotifier(log.scope('notifications'), show, windows.current),
    power: createPowerEvents(),
    network: createNetwork(),
    desktop: createDesktop(show),
    spelling: createSpellCheck(
      settings,
      { platform: process.platform, locale: app.getLocale() },
      log.scope('spelling'),
      session.defaultSession,
    ),
    links: createLinkHandler(settings, join(paths.resources, 'icon.png')),
  }
}
