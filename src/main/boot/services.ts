import type { NavigationTarget } from '@shared/bridge'
import type { CrashReport } from '@shared/crash-report'
import type { LinkHandlerState, SpellCheckState } from '@shared/app-state'
import type { Settings } from '@shared/domain'

/**
 * What the Electron side of main offers to the coordinators. No type of Electron appears here, so a
 * coordinator runs in a test with a plain object in its place.
 */
export interface AppServices {
  readonly appVersion: string
  readonly isPackaged: boolean
  readonly platform: NodeJS.Platform
  readonly paths: AppPaths
  /** A better-sqlite3 addon other than the one of its package; only ever set while not packaged. */
  readonly nativeBinding: string | undefined
  /** Set when the last run did not end properly: what was found, as a sentence. */
  readonly uncleanExit: string | null
  readonly log: Log
  readonly crashes: CrashReports
  readonly settings: SettingsStore
  readonly secrets: SecretsStore
  readonly notifier: Notifier
  readonly power: PowerEvents
  readonly network: Network
  readonly desktop: Desktop
  readonly links: LinkHandler
  readonly spelling: SpellCheck
  /** Ends properly without asking, and starts again. */
  restart(reason: string): void
}

export interface AppPaths {
  /** The data folder: `FOUNDRY_DATA_DIR`, or the platform's place for this app, or where that says. */
  readonly data: string
  /** The platform's place for this app, where it is noted that the data is elsewhere; null where a variable says it. */
  readonly home: string | null
  /** All below are in the data folder. */
  readonly logs: string
  readonly backups: string
  /** One folder a task: its checkout. */
  readonly tasks: string
  /** One bare object store a repository. */
  readonly stores: string
  /** Pictures of people and organizations, as they were last seen. May be deleted at any time. */
  readonly avatars: string
  /** Output of terminals that waits for a window; nothing in it outlives the app. */
  readonly terminals: string
  /** Where agents are installed once for all tasks. */
  readonly agents: string
  /** The `sandbox-agent` executable of this platform, outside of the asar archive. */
  readonly sandboxAgent: string
  /** Files shipped beside the app (`resources/` of the checkout while not packaged). */
  readonly resources: string
}

/** Everything written is redacted. `details` is printed in full up to a sane size. */
export interface Log {
  debug(message: string, details?: unknown): void
  info(message: string, details?: unknown): void
  warn(message: string, details?: unknown): void
  error(message: string, details?: unknown): void
  /** The same log with a name in front of each line. */
  scope(name: string): Log
}

/** What ended without being asked to. Files on this computer: nothing is sent anywhere. */
export interface CrashReports {
  /** Writes a report behind the caller's back. Never throws. */
  note(what: string): void
  /** All that was noted so far is on disk. */
  settled(): Promise<void>
  /** The newest first. */
  list(): Promise<CrashReport[]>
  /** A report as it can be given away. @throws FoundryError `not_found` */
  text(name: string): Promise<string>
  removeAll(): Promise<void>
  /** Returns the function that ends it. */
  onChange(listener: () => void): () => void
}

export interface SettingsStore {
  get(): Settings
  /**
   * Replaces the keys given, writes the file, then tells subscribers.
   *
   * @throws FoundryError `invalid_input`, `disk_full`, `read_only`; nothing is changed then
   */
  update(patch: SettingsPatch): Promise<Settings>
  subscribe(listener: (settings: Settings) => void): () => void
}

export type SettingsPatch = { readonly [Key in keyof Settings]?: Settings[Key] | undefined }

/** Keys and tokens. Never in the database, in a log, or in clear on the disk. */
export interface SecretsStore {
  /** False where the OS has no keychain: what is set then lives for this run only. */
  available(): Promise<boolean>
  /**
   * Null when there is none.
   *
   * @throws FoundryError `credentials` when it is there and the keychain cannot open it (any more)
   */
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
  /** The names that start with `prefix`, sorted. Asks no keychain. */
  names(prefix: string): Promise<string[]>
}

export interface NotificationRequest {
  readonly title: string
  readonly body: string
  /** What a click shows. */
  readonly target?: NavigationTarget
}

export interface Notifier {
  notify(request: NotificationRequest): void
  /** The number on the dock or taskbar; zero takes it away. */
  setBadge(count: number): void
}

export interface PowerEvents {
  /** The machine is about to sleep. Returns the function that ends it. */
  onSuspend(listener: () => void): () => void
  onResume(listener: () => void): () => void
}

export interface Network {
  /** As the system reaches the network: its proxy and its certificates count. No cookies, no cache. */
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** False when there is no network at all; true says nothing about the internet. */
  isOnline(): boolean
}

/** The person's desktop: their browser, file manager and dialogs, and our window on it. */
export interface Desktop {
  /**
   * Opens an http, https or mailto link outside of Foundry.
   *
   * @throws FoundryError `invalid_input` for anything else
   */
  openExternal(url: string): Promise<void>
  /**
   * Shows a file or folder in the file manager.
   *
   * @throws FoundryError `not_found`
   */
  revealPath(path: string): Promise<void>
  /** Null when the person backs out. */
  chooseFolder(title: string): Promise<string | null>
  chooseFile(title: string): Promise<string | null>
  chooseSavePath(title: string, suggestedName: string): Promise<string | null>
  /** Whether the person looks at a window of ours now. */
  isFocused(): boolean
  /** The person came back to a window of ours. Returns the function that ends it. */
  onFocus(listener: () => void): () => void
  /** Shows something in the main window, which is opened and focused when needed. */
  navigate(target: NavigationTarget): void
}

/** Which app the system opens `foundry://` links with. */
export interface LinkHandler {
  /** An app that was installed says what it opens, where that is not for a package to say. */
  start(): void
  state(): Promise<LinkHandlerState>
  /** @throws FoundryError `unsupported` where the system has no way to be told */
  set(on: boolean): Promise<LinkHandlerState>
}

/** The check of spelling in what people write. */
export interface SpellCheck {
  state(): SpellCheckState
  /** Returns the function that ends it. */
  onChange(listener: () => void): () => void
  /** Fetches the dictionary again that could not be fetched. */
  retry(): void
}

/** What stands in the way of quitting, with the names a person knows it by. */
export interface RunningTurn {
  readonly taskTitle: string
  readonly sessionName: string
}

/** What the shell needs from the coordinators to end properly. */
export interface RunningWork {
  runningTurns(): readonly RunningTurn[]
  /** Looks at what can only be asked for, before the question is put. */
  look?(): Promise<void>
  /** Sentences such as `Preparing "Fix the parser"`. */
  runningJobs?(): readonly string[]
  /** Stops turns, takes checkpoints, ends servers. Nothing of theirs runs afterwards. */
  shutdown(): Promise<void>
}
