import type { ErrorValue } from '@shared/errors'
import type { ForeignAgent, TransferReport } from '@shared/transfer'
import type { ArchiveExport } from '../export/archive'
import type { IncomingEntry } from '../../task/packs/intake'
import type { SessionsExport } from '../export/export-sessions'

/** Where the files of agents are, as they stand for the person who runs the app. */
export type AgentHomes = Record<ForeignAgent, string>

/** What a thread is started for: one piece of work, and it ends. */
export type TransferWork =
  | ({ type: 'sessions' } & SessionsExport)
  | ({ type: 'archive' } & ArchiveExport)
  | { type: 'preview'; path: string; userId: string; localOrganizationId: string; now: number }
  | { type: 'import'; path: string; userId: string; localOrganizationId: string; now: number }
  | { type: 'find'; homes: AgentHomes }
  | { type: 'agents'; homes: AgentHomes; agents: ForeignAgent[]; localOrganizationId: string; now: number }

export interface TransferThread {
  work: TransferWork
  /** The data folder. */
  directory: string
  nativeBinding: string | undefined
}

export type Value = string | number | null | Uint8Array
/** A row to be put in where none of its key is. */
export interface NewRow {
  table: string
  row: Record<string, Value>
}
/** A virtual task that turns out to have been worked on elsewhere; changed only while it is virtual. */
export interface StartedTask {
  started: string
  row: Record<string, Value>
}
/** Entries of a pack, those that have one content together; put in where none of their name is. */
export interface PackPart {
  pack: string
  /** The task comes with it. */
  isNew: boolean
  entries: IncomingEntry[]
  content: Uint8Array<ArrayBuffer> | null
}
/** All of a pack came. */
export interface WholePack {
  whole: string
  isNew: boolean
  run: number
  keptAt: number | null
}
/** Of a task that is here: its pack did not come as a whole. */
export interface HalfPack {
  half: string
}
/** A task that came half: what was written of it goes. */
export interface ForgottenTask {
  forget: string
}
/** The same of one session, in a task that stays. */
export interface ForgottenSession {
  forgetSession: string
}
export type Write = NewRow | StartedTask | PackPart | WholePack | HalfPack | ForgottenTask | ForgottenSession

export interface Written {
  /** Entries of packs for whose content there was no room: they are there with that as their reason. */
  withoutRoom: number
}

export type TransferNews =
  | { type: 'progress'; done: number; stage?: string }
  /** To be written in one transaction, and answered with a `written`. */
  | { type: 'write'; id: number; writes: Write[] }
  | { type: 'done'; report: TransferReport }
  | { type: 'failed'; error: ErrorValue }

export type TransferOrder =
  | { type: 'cancel' }
  | { type: 'written'; id: number; written: Written }
  | { type: 'refused'; id: number; error: ErrorValue }

/** How work speaks to whoever started it. */
export interface TransferContext {
  /**
   * How far it is; also the place where it lets others go first, and ends when it was cancelled.
   *
   * @throws FoundryError `cancelled`
   */
  step(done: number, stage?: string): Promise<void>
  /** Writes rows in the main process, whose database it is. */
  write(writes: Write[]): Promise<Written>
}
