import type { KnownLink } from '@shared/deep-link'
import type { AccountId } from '@shared/ids'
import { create } from 'zustand'
import { readStored, writeStored } from '../client/storage'

export type WorkspaceView =
  | { type: 'start' }
  | { type: 'new_task' }
  | { type: 'task'; taskId: string }
  /**
   * With the host already filled in, where it is a known account that signs in again. `asked` differs each time, so
   * that it starts anew where one has just ended.
   */
  | { type: 'sign_in'; host: string | null; asked: number }
  /** What an account can bring local; null for the first account there is. */
  | { type: 'organizations'; accountId: AccountId | null }
  | { type: 'pull_requests' }
  | { type: 'repositories' }
  | { type: 'board' }
  | { type: 'activity' }
  /** What a link names, while it is not here. */
  | { type: 'link'; link: LinkElsewhere }

/** A link to something that may not be on this computer. */
export type LinkElsewhere = Exclude<KnownLink, { type: 'new_task' }>

export type SettingsPage = 'general' | 'accounts' | 'sync' | 'storage' | 'data' | 'developer'

export const sidebarLimits = { min: 220, max: 480, usual: 300 }
export const panelLimits = { min: 280, max: 720, usual: 400 }
export const terminalLimits = { min: 120, max: 2000, usual: 280 }

/** How the frame looks; remembered between runs. */
interface Layout {
  sidebarOpen: boolean
  panelOpen: boolean
  sidebarWidth: number
  panelWidth: number
  terminalHeight: number
  /** Under the whole task, also where there is room in the right panel. */
  terminalWide: boolean
}

/** What the right panel of a task shows. */
export type PanelTab = 'changes' | 'pull_request' | 'scripts' | 'history'

interface Workspace extends Layout {
  /** Not remembered between runs: a terminal starts a sandbox, and nothing starts before somebody asks. */
  terminalOpen: boolean
  /** Counts how often somebody asked for the terminal, which then gets the focus. */
  terminalAsked: number
  panelTab: PanelTab
  /** The changes of a task take the place of its sessions too. */
  changesWide: boolean
  view: WorkspaceView
  settingsOpen: boolean
  settingsPage: SettingsPage
  /** A panel that had to fold away is shown over the rest for as long as it is needed. */
  overlay: 'sidebar' | 'panel' | null
  /** The session a person chose in this window, by task; ahead of what the database knows. */
  chosenSessions: Readonly<Record<string, string>>
  /** The turn a link named; the transcript shows it once, when it has it. */
  chosenTurn: { sessionId: string; turnId: string } | null
  /** The file a link named, for the panel of its task. A new object each time. */
  chosenFile: { taskId: string; path: string; line: number | null } | null
  linkDialogOpen: boolean
  /** A link that cannot be followed before somebody has signed in. */
  waitingLink: LinkElsewhere | null
  /** The repository that "New task" was asked for, when it was asked for one. */
  newTaskRepositoryId: string | null
}

const layoutKey = 'layout'
const viewKey = 'view'
const terminalKey = 'terminal-open'

function clamp(value: unknown, limits: { min: number; max: number; usual: number }): number {
  return typeof value === 'number' ? Math.min(limits.max, Math.max(limits.min, value)) : limits.usual
}

function storedLayout(): Layout {
  const stored = readStored(layoutKey, (value) =>
    typeof value === 'object' && value !== null ? (value as Partial<Record<keyof Layout, unknown>>) : null,
  )
  return {
    sidebarOpen: stored?.sidebarOpen !== false,
    panelOpen: stored?.panelOpen !== false,
    sidebarWidth: clamp(stored?.sidebarWidth, sidebarLimits),
    panelWidth: clamp(stored?.panelWidth, panelLimits),
    terminalHeight: clamp(stored?.terminalHeight, terminalLimits),
    terminalWide: stored?.terminalWide === true,
  }
}

/** A reloaded window shows the terminal as before: what runs in it went on. */
function wasReloaded(): boolean {
  const [navigation] = performance.getEntriesByType('navigation')
  const reloaded = navigation instanceof PerformanceNavigationTiming && navigation.type === 'reload'
  return reloaded && readStored(terminalKey, (value) => (value === true ? true : null)) === true
}

function storedView(): WorkspaceView {
  const taskId = readStored(viewKey, (value) => (typeof value === 'string' ? value : null))
  return taskId === null ? { type: 'start' } : { type: 'task', taskId }
}

/** What the window shows and how it is laid out. */
export const useWorkspace = create<Workspace>(() => ({
  ...storedLayout(),
  terminalOpen: wasReloaded(),
  terminalAsked: 0,
  panelTab: 'changes',
  changesWide: false,
  view: storedView(),
  settingsOpen: false,
  settingsPage: 'general',
  overlay: null,
  chosenSessions: {},
  chosenTurn: null,
  chosenFile: null,
  linkDialogOpen: false,
  waitingLink: null,
  newTaskRepositoryId: null,
}))

useWorkspace.subscribe(({ terminalOpen }, before) => {
  if (terminalOpen !== before.terminalOpen) writeStored(terminalKey, terminalOpen)
})

export function setLayout(change: Partial<Layout>): void {
  useWorkspace.setState(change)
  const { sidebarOpen, panelOpen, sidebarWidth, panelWidth, terminalHeight, terminalWide } =
    useWorkspace.getState()
  writeStored(layoutKey, {
    sidebarOpen,
    panelOpen,
    sidebarWidth,
    panelWidth,
    terminalHeight,
    terminalWide,
  })
}

export function openTask(taskId: string, sessionId?: string): void {
  useWorkspace.setState((state) => ({
    view: { type: 'task', taskId },
    overlay: null,
    changesWide: state.view.type === 'task' && state.view.taskId === taskId && state.changesWide,
    chosenSessions:
      sessionId === undefined ? state.chosenSessions : { ...state.chosenSessions, [taskId]: sessionId },
  }))
  writeStored(viewKey, taskId)
}

export function openNewTask(repositoryId: string | null = null): void {
  useWorkspace.setState({ view: { type: 'new_task' }, overlay: null, newTaskRepositoryId: repositoryId })
}

export function openStart(): void {
  useWorkspace.setState({ view: { type: 'start' } })
  writeStored(viewKey, null)
}

/** Shows a view that is not a task. The last task is what the next start opens. */
function show(view: WorkspaceView): void {
  useWorkspace.setState({ view, overlay: null, settingsOpen: false })
}

let signInsAsked = 0

export function openSignIn(host: string | null = null): void {
  signInsAsked += 1
  show({ type: 'sign_in', host, asked: signInsAsked })
}

export function openOrganizations(accountId: AccountId | null = null): void {
  show({ type: 'organizations', accountId })
}

export function openPullRequests(): void {
  show({ type: 'pull_requests' })
}

export function openRepositories(): void {
  show({ type: 'repositories' })
}

export function openBoard(): void {
  show({ type: 'board' })
}

export function openActivity(): void {
  show({ type: 'activity' })
}

export function openLink(link: LinkElsewhere): void {
  show({ type: 'link', link })
}

export function chooseTurn(chosenTurn: Workspace['chosenTurn']): void {
  useWorkspace.setState({ chosenTurn })
}

export function chooseFile(chosenFile: Workspace['chosenFile']): void {
  useWorkspace.setState(chosenFile === null ? { chosenFile } : { chosenFile, panelTab: 'changes' })
}

/** Shows the changes over the whole width of a task, or beside its sessions again. */
export function setChangesWide(changesWide: boolean): void {
  useWorkspace.setState(changesWide ? { changesWide, panelTab: 'changes', overlay: null } : { changesWide })
}

export function choosePanelTab(panelTab: PanelTab): void {
  useWorkspace.setState({ panelTab })
}

export function setLinkDialogOpen(linkDialogOpen: boolean): void {
  useWorkspace.setState({ linkDialogOpen, overlay: null })
}

/** Keeps a link until what it needs is there; null lets go of it. */
export function keepLink(waitingLink: LinkElsewhere | null): void {
  useWorkspace.setState({ waitingLink })
}

export function chooseSession(taskId: string, sessionId: string): void {
  useWorkspace.setState((state) => ({ chosenSessions: { ...state.chosenSessions, [taskId]: sessionId } }))
}

export function setSettingsOpen(settingsOpen: boolean): void {
  useWorkspace.setState({ settingsOpen, overlay: null })
}

export function openSettings(settingsPage: SettingsPage): void {
  useWorkspace.setState({ settingsOpen: true, settingsPage, overlay: null })
}

export function setSettingsPage(settingsPage: SettingsPage): void {
  useWorkspace.setState({ settingsPage })
}

export function setOverlay(overlay: Workspace['overlay']): void {
  useWorkspace.setState({ overlay })
}
