import type { FoundryError } from '@shared/errors'
import type { Terminal } from '@shared/terminals'

/** How a terminal stands. Everything a window shows of it follows from this. */
export type Life =
  /** Nothing runs in it, and nothing has in this run of the app. */
  | { readonly state: 'stopped' }
  | { readonly state: 'starting'; readonly startedAt: number }
  | { readonly state: 'running'; readonly startedAt: number; readonly pid: number | null }
  | {
      readonly state: 'exited'
      readonly startedAt: number
      readonly endedAt: number
      readonly exitCode: number | null
      /** Why it ended, where that was not its own doing. */
      readonly problem: FoundryError | null
    }
  | { readonly state: 'failed'; readonly endedAt: number; readonly problem: FoundryError }

export type LifeEvent =
  | { readonly type: 'start'; readonly at: number }
  | { readonly type: 'started'; readonly pid: number | null }
  | { readonly type: 'refused'; readonly at: number; readonly problem: FoundryError }
  | {
      readonly type: 'ended'
      readonly at: number
      readonly exitCode: number | null
      readonly problem: FoundryError | null
    }

/** What comes after an event; null where the event can mean nothing now. */
export function nextLife(life: Life, event: LifeEvent): Life | null {
  switch (event.type) {
    case 'start':
      return isLive(life) ? null : { state: 'starting', startedAt: event.at }
    case 'started':
      return life.state === 'starting'
        ? { state: 'running', startedAt: life.startedAt, pid: event.pid }
        : null
    case 'refused':
      return life.state === 'starting' ? { state: 'failed', endedAt: event.at, problem: event.problem } : null
    case 'ended': {
      // A program can end before anybody was told that it began.
      if (!isLive(life)) return null
      const { at: endedAt, exitCode, problem } = event
      return { state: 'exited', startedAt: life.startedAt, endedAt, exitCode, problem }
    }
  }
}

export function isLive(life: Life): life is Extract<Life, { state: 'starting' | 'running' }> {
  return life.state === 'starting' || life.state === 'running'
}

/** The part of the entity that follows from it. */
export function shownLife(
  life: Life,
): Pick<Terminal, 'state' | 'pid' | 'startedAt' | 'endedAt' | 'exitCode' | 'problem'> {
  return {
    state: life.state,
    pid: life.state === 'running' ? life.pid : null,
    startedAt: 'startedAt' in life ? life.startedAt : null,
    endedAt: 'endedAt' in life ? life.endedAt : null,
    exitCode: life.state === 'exited' ? life.exitCode : null,
    problem: 'problem' in life ? (life.problem?.toValue() ?? null) : null,
  }
}
