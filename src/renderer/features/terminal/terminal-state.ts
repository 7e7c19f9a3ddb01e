import type { Settings } from '@shared/domain'
import type { Terminal } from '@shared/terminals'
import { create } from 'zustand'
import { call } from '../../client/call'
import { peekTopic } from '../../client/topics'
import { showError, showToast } from '../../ui/toast'
import { openFile as openInFiles } from '../files/files-state'
import { withinCheckout } from './file-links'
import { TerminalScreen } from './terminal-screen'

/** So many terminals that are not on screen stay as they are drawn; others are drawn again from what main keeps. */
const MOST_HIDDEN = 8

interface TerminalsState {
  /** The terminal with the focus of each task. */
  active: Readonly<Record<string, string>>
  /** What programs call themselves. */
  titles: Readonly<Record<string, string>>
  /** Terminals that rang while nobody looked. */
  rang: Readonly<Record<string, true>>
  /** The terminal that words are looked for in. */
  finding: string | null
  found: { at: number; count: number }
  /** The terminal that is asked about before it is closed, with what runs in it. */
  closing: { terminal: Terminal; running: readonly string[] } | null
}

export const useTerminals = create<TerminalsState>(() => ({
  active: {},
  titles: {},
  rang: {},
  finding: null,
  found: { at: -1, count: 0 },
  closing: null,
}))

/** Screens of this window, the one that was shown last at the end. */
const screens = new Map<string, TerminalScreen>()
const shown = new Set<string>()

/** The screen of a terminal, made where there is none. */
export function screenOf(terminal: Terminal, settings: Settings['terminal']): TerminalScreen {
  const { id, taskId } = terminal
  const known = screens.get(id)
  if (known !== undefined) {
    screens.delete(id)
    screens.set(id, known)
    return known
  }
  const screen = new TerminalScreen(id, settings, {
    title: (title) => useTerminals.setState(({ titles }) => ({ titles: { ...titles, [id]: title } })),
    bell() {
      if (!shown.has(id)) useTerminals.setState(({ rang }) => ({ rang: { ...rang, [id]: true } }))
    },
    openFile: (path, line) => openFile(taskId, path, line),
    find: () => useTerminals.setState({ finding: id }),
    found: (at, count) => useTerminals.setState({ found: { at, count } }),
  })
  screens.set(id, screen)
  return screen
}

export function knownScreen(id: string): TerminalScreen | undefined {
  return screens.get(id)
}

/** The terminal is on screen from now on, until the function that comes back is called. */
export function putOnScreen(id: string, screen: TerminalScreen, place: HTMLElement): () => void {
  shown.add(id)
  screen.show(place)
  useTerminals.setState(({ rang }) => {
    const { [id]: heard, ...others } = rang
    return heard === undefined ? {} : { rang: others }
  })
  return () => {
    shown.delete(id)
    screen.hide()
    const hidden = [...screens.keys()].filter((other) => !shown.has(other))
    for (const oldest of hidden.slice(0, -MOST_HIDDEN)) dropScreen(oldest)
  }
}

/** Nothing of a terminal that was closed is kept. */
export function dropScreen(id: string): void {
  screens.get(id)?.dispose()
  screens.delete(id)
}

export function applyToScreens(settings: Settings['terminal']): void {
  for (const screen of screens.values()) screen.apply(settings)
}

export function chooseTerminal(taskId: string, id: string): void {
  useTerminals.setState(({ active }) => ({ active: { ...active, [taskId]: id } }))
}

export async function newTerminal(taskId: Terminal['taskId'], beside: Terminal['id'] | null): Promise<void> {
  const opened = await call('terminal.open', { taskId, beside })
  if (!opened.ok) return showError(opened.error)
  chooseTerminal(taskId, opened.value.id)
}

/** Asks first where something runs in it. */
export async function closeTerminal(terminal: Terminal, force = false): Promise<void> {
  const result = await call('terminal.close', { terminalId: terminal.id, force })
  if (!result.ok) return showError(result.error)
  const { closed, running } = result.value
  if (!closed) return useTerminals.setState({ closing: { terminal, running } })
  dropScreen(terminal.id)
}

export async function tell(
  work: Promise<{ ok: true } | { ok: false; error: Parameters<typeof showError>[0] }>,
): Promise<void> {
  const result = await work
  if (!result.ok) showError(result.error)
}

function openFile(taskId: Terminal['taskId'], path: string, line: number): void {
  const cwd = peekTopic('task', taskId).task.get(taskId)?.sandbox?.cwd ?? ''
  const within = cwd === '' ? null : withinCheckout(path, cwd)
  if (within === null) {
    showToast('The file is not in the checkout', path)
    return
  }
  openInFiles(taskId, within, { line, keep: true })
}

/** What stands on the tab of a terminal. */
export function terminalName(terminal: Terminal, titles: TerminalsState['titles']): string {
  if (terminal.name !== null) return terminal.name
  if (terminal.command !== null) {
    const { command, args } = terminal.command
    return [command.slice(command.lastIndexOf('/') + 1), ...args].join(' ')
  }
  const title = titles[terminal.id] ?? ''
  return title === '' ? 'Terminal' : title
}
