import { create } from 'zustand'
import { readStored, writeStored } from '../client/storage'

export type WorkspaceView = { type: 'start' } | { type: 'new_task' } | { type: 'task'; taskId: string }

export const sidebarLimits = { min: 220, max: 480, usual: 300 }
export const panelLimits = { min: 280, max: 720, usual: 400 }

/** How the frame looks; remembered between runs. */
interface Layout {
  sidebarOpen: boolean
  panelOpen: boolean
  sidebarWidth: number
  panelWidth: number
}

interface Workspace extends Layout {
  view: WorkspaceView
  settingsOpen: boolean
  /** A panel that had to fold away is shown over the rest for as long as it is needed. */
  overlay: 'sidebar' | 'panel' | null
  /** The session a person chose in this window, by task; ahead of what the database knows. */
  chosenSessions: Readonly<Record<string, string>>
  /** The repository that "New task" was asked for, when it was asked for one. */
  newTaskRepositoryId: string | null
}

const layoutKey = 'layout'
const viewKey = 'view'

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
  }
}

function storedView(): WorkspaceView {
  const taskId = readStored(viewKey, (value) => (typeof value === 'string' ? value : null))
  return taskId === null ? { type: 'start' } : { type: 'task', taskId }
}

/** What the window shows and how it is laid out. */
export const useWorkspace = create<Workspace>(() => ({
  ...storedLayout(),
  view: storedView(),
  settingsOpen: false,
  overlay: null,
  chosenSessions: {},
  newTaskRepositoryId: null,
}))

export function setLayout(change: Partial<Layout>): void {
  useWorkspace.setState(change)
  const { sidebarOpen, panelOpen, sidebarWidth, panelWidth } = useWorkspace.getState()
  writeStored(layoutKey, { sidebarOpen, panelOpen, sidebarWidth, panelWidth })
}

export function openTask(taskId: string, sessionId?: string): void {
  useWorkspace.setState((state) => ({
    view: { type: 'task', taskId },
    overlay: null,
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

export function chooseSession(taskId: string, sessionId: string): void {
  useWorkspace.setState((state) => ({ chosenSessions: { ...state.chosenSessions, [taskId]: sessionId } }))
}

export function setSettingsOpen(settingsOpen: boolean): void {
  useWorkspace.setState({ settingsOpen, overlay: null })
}

export function setOverlay(overlay: Workspace['overlay']): void {
  useWorkspace.setState({ overlay })
}
