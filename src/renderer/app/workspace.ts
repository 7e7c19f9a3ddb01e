import type { KnownLink } from '@shared/deep-link'
import type { AccountId, CheckpointId } from '@shared/ids'
import { create } from 'zustand'
import { readStored, writeStored } from '../client/storage'

export type WorkspaceView =
  | { type: 'start' }
  | { type: 'new_task' }
  | { type: 'task'; taskId: string }
  /** The tasks that were made from one prompt with this one, which Escape leads back to. */
  | { type: 'side_by_side'; taskId: string }
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
  | { type: 'insights' }
  | { type: 'search' }
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
export type PanelTab = 'changes' | 'files' | 'pull_request' | 'scripts' | 'history'

interface Workspace extends Layout {
  /** Not remembered between runs: a terminal starts a sandbox, and nothing starts before somebody asks. */
  terminalOpen: boolean
  /** Counts how often somebody asked for the terminal, which then gets the focus. */
  terminalAsked: number
  panelTab: PanelTab
  /** The changes of a task, or its files, take the place of its sessions too. */
  panelWide: boolean
  view: WorkspaceView
  settingsOpen: boolean
  settingsPage: SettingsPage
  /** A panel that had to fold away is shown over the rest for as long as it is needed. */
  overlay: 'sidebar' | 'panel' | null
  /** The session a person chose in this window, by task; ahead of what the database knows. */
  chosenSessions: Readonly<Record<string, string>>
  /** The turn a link named; the transcript shows it once, when it has it. */
  chosenTurn: { sessionId: string; turnId: string } | null
  /** The row that was found or named; the transcript shows it once, when it has it, and marks the words. */
  chosenPlace: { sessionId: string; row: number; words: readonly string[] } | null
  /** The entry of the audit log that was found, for the history of its task. */
  chosenEvent: { taskId: string; eventId: number } | null
  /**
   * A file whose changes somebody asked for, for the panel of its task; with a checkpoint, as that one changed it. A new object each time.
   */
  chosenFile: {
    taskId: string
    path: string
    line: number | null
    checkpointId?: CheckpointId | null
  } | null
  /** What is shown was found: the results are one step back. */
  backToSearch: boolean
  linkDialogOpen: boolean
  /** Counts how often somebody asked for the search in files, which then gets the focus. */
  fileSearchAsked: number
  /** A file of the task is chosen by its name. */
  quickOpen: boolean
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

/** A task is stored by its id alone. */
function storedView(): WorkspaceView {
  const view = readStored(viewKey, (value): WorkspaceView | null => {
    if (typeof value === 'string') return { type: 'task', taskId: value }
    if (typeof value !== 'object' || value === null || !('sideBySide' in value)) return null
    return typeof value.sideBySide === 'string' ? { type: 'side_by_side', taskId: value.sideBySide } : null
  })
  return view ?? { type: 'start' }
}

/** What the window shows and how it is laid out. */
export const useWorkspace = create<Workspace>(() => ({
  ...storedLayout(),
  terminalOpen: wasReloaded(),
  terminalAsked: 0,
  panelTab: 'changes',
  panelWide: false,
  view: storedView(),
  settingsOpen: false,
  settingsPage: 'general',
  overlay: null,
  chosenSessions: {},
  chosenTurn: null,
  chosenPlace: null,
  chosenEvent: null,
  chosenFile: null,
  backToSearch: false,
  linkDialogOpen: false,
  fileSearchAsked: 0,
  quickOpen: false,
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
    quickOpen: false,
    panelWide: state.view.type === 'task' && state.view.taskId === taskId && state.panelWide,
    backToSearch: false,
    chosenSessions:
      sessionId === undefined ? state.chosenSessions : { ...state.chosenSessions, [taskId]: sessionId },
  }))
  writeStored(viewKey, taskId)
}

/** Leads to a task from a view that shows a part of it; what is open in the task itself stays as it is. */
export function showTask(taskId: string): void {
  const { view } = useWorkspace.getState()
  if (view.type !== 'task' || view.taskId !== taskId) openTask(taskId)
}

export function openSideBySide(taskId: string): void {
  show({ type: 'side_by_side', taskId })
  writeStored(viewKey, { sideBySide: taskId })
}

/** The task that the view is about. */
export const taskOf = (view: WorkspaceView): string | null => ('taskId' in view ? view.taskId : null)

export function openNewTask(repositoryId: string | null = null): void {
  useWorkspace.setState({
    view: { type: 'new_task' },
    overlay: null,
    backToSearch: false,
    newTaskRepositoryId: repositoryId,
  })
}

export function openStart(): void {
  useWorkspace.setState({ view: { type: 'start' }, backToSearch: false })
  writeStored(viewKey, null)
}

/** Shows a view that is not a task. The last task is what the next start opens. */
function show(view: WorkspaceView): void {
  useWorkspace.setState({ view, overlay: null, settingsOpen: false, backToSearch: false })
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

export function openInsights(): void {
  show({ type: 'insights' })
}

export function openSearch(): void {
  show({ type: 'search' })
}

export function openLink(link: LinkElsewhere): void {
  show({ type: 'link', link })
}

export function chooseTurn(chosenTurn: Workspace['chosenTurn']): void {
  useWorkspace.setState({ chosenTurn })
}

/** Shows a turn of a task in its session, which then stands beside the changes. */
export function showTurn(taskId: string, turn: NonNullable<Workspace['chosenTurn']>): void {
  chooseSession(taskId, turn.sessionId)
  useWorkspace.setState({ chosenTurn: turn, panelWide: false, overlay: null })
}

/** Shows a row of a transcript, in the same way. */
export function showRow(taskId: string, sessionId: string, row: number): void {
  chooseSession(taskId, sessionId)
  useWorkspace.setState({ chosenPlace: { sessionId, row, words: [] }, panelWide: false, overlay: null })
}

export function choosePlace(chosenPlace: Workspace['chosenPlace']): void {
  useWorkspace.setState({ chosenPlace })
}

export function chooseEvent(chosenEvent: Workspace['chosenEvent']): void {
  useWorkspace.setState({ chosenEvent })
}

export function chooseFile(chosenFile: Workspace['chosenFile']): void {
  useWorkspace.setState(chosenFile === null ? { chosenFile } : { chosenFile, panelTab: 'changes' })
}

/** Shows the changes or the files over the whole width of a task, or beside its sessions again. */
export function setPanelWide(panelWide: boolean): void {
  useWorkspace.setState(({ panelTab }) =>
    panelWide
      ? { panelWide, panelTab: panelTab === 'files' ? panelTab : 'changes', overlay: null }
      : { panelWide },
  )
}

export function askFileSearch(): void {
  useWorkspace.setState(({ fileSearchAsked }) => ({
    panelTab: 'files',
    fileSearchAsked: fileSearchAsked + 1,
  }))
}

export function setQuickOpen(quickOpen: boolean): void {
  useWorkspace.setState({ quickOpen })
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
