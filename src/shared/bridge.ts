import type { DeepLink } from './deep-link'
import type { Result } from './errors'
import type { TopicKey, TopicPage, TopicSnapshot, TopicUpdate } from './contract'

/**
 * What the preload puts on `window.foundry`: functions only. Everything is checked again in main; nothing
 * here can do what the contract does not name.
 */
export interface FoundryBridge {
  readonly platform: 'darwin' | 'win32' | 'linux'
  /** Calls `<domain>.<method>` of the contract. Never rejects: a failure is an error value. */
  call(operation: string, input: unknown): Promise<Result<unknown>>
  /** Starts to receive updates of a topic. Call it again after a version gap: it returns a fresh snapshot. */
  subscribe(topic: TopicKey): Promise<Result<TopicSnapshot>>
  unsubscribe(topic: TopicKey): void
  /** The next page of a topic's long list. */
  page(topic: TopicKey, cursor: string): Promise<Result<TopicPage>>
  /** All topic updates of one frame, in order. Returns the function that ends it. */
  onUpdates(listener: (updates: TopicUpdate[]) => void): () => void
  /**
   * Asks for a session's transcript stream. The port arrives as a window message
   * `{ type: 'foundry:port', requestId }` with one port (ports cannot cross the context bridge).
   * Messages on it: `TranscriptMessage`; send `{ type: 'ack', sequence }` for each batch handled, and
   * `{ type: 'close' }` at the end.
   */
  openTranscript(sessionId: string, requestId: string): void
  /**
   * Asks for the stream of a terminal. The port arrives as that of a transcript does. Messages on it: `TerminalMessage`;
   * send `TerminalRequest`.
   */
  openTerminal(terminalId: string, requestId: string): void
  /** Commands from menus, notifications and deep links: what to show. */
  onNavigate(listener: (target: NavigationTarget) => void): () => void
  /** The path of a dropped `File`; empty for anything else. */
  pathForFile(file: unknown): string
}

/** Every link is one; a notification shows a task, and the menus the rest. */
export type NavigationTarget =
  | DeepLink
  | { type: 'settings' }
  | { type: 'open_repository' }
  | { type: 'open_link' }
  | { type: 'pull_requests' }
  | { type: 'repositories' }
  | { type: 'board' }
  | { type: 'side_by_side' }
  | { type: 'activity' }
  | { type: 'insights' }
  | { type: 'search' }
  | { type: 'switch_organization' }
  | { type: 'toggle_sidebar' }
  | { type: 'toggle_panel' }
  | { type: 'toggle_terminal' }

declare global {
  var foundry: FoundryBridge
}
