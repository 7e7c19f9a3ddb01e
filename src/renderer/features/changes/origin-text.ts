import type { LineOrigin, OriginTurn, TurnLines } from '@shared/provenance'
import { counted } from '../sync/sync-text'
import { exactTime } from '../../ui/time'

/** Lines of a file in words. */
export function linesText({ from, to }: { from: number; to: number | null }): string {
  return from === to ? `Line ${from}` : `Lines ${from} to ${to ?? 'the end'}`
}

/** What is known of who wrote lines, or removed them, as a sentence. */
export function originText({ kind, turns, maybeByHand, after, until }: LineOrigin, removed: boolean): string {
  const did = removed ? 'Removed' : 'Written'
  switch (kind) {
    case 'before':
      return 'Was there before the task began.'
    case 'kept':
      return 'No turn removed it.'
    case 'unknown':
      return 'Not known: so much changed at once that the record of it was cut.'
    case 'outside': {
      const between =
        after === null
          ? 'before the first turn'
          : until === null
            ? `since ${exactTime(after)}`
            : `between ${exactTime(after)} and ${exactTime(until)}`
      return `${did} while no turn ran, ${between}: by hand, by a command, or by git.`
    }
    case 'shared':
      return `${did} while turns of ${counted(sessionsOf(turns), 'session', 'sessions')} ran at the same time. Nothing that was recorded says which of them it was.`
    case 'turn':
      if (turns.some(({ calls }) => calls.some(({ evidence }) => evidence === 'edit')))
        return `${did} by a turn.`
      return maybeByHand
        ? `${did} during a turn, or by hand before it: nobody looked at the file when it began.`
        : `${did} during a turn, by a command or by hand: no edit that the agent recorded holds it.`
  }
}

function sessionsOf(turns: readonly OriginTurn[]): number {
  return new Set(turns.map(({ sessionId }) => sessionId)).size
}

/** What stands beside a line: the number of its turn, `a/b` where several ran, `·` where none did. */
export function originMark({ kind, turns }: LineOrigin): string {
  if (kind === 'turn' || kind === 'shared') return turns.map(({ nth }) => nth).join('/')
  return kind === 'outside' ? '·' : kind === 'unknown' ? '?' : ''
}

/** The same for who points at it. */
export function originHint(origin: LineOrigin): string {
  const turns = origin.turns.map(({ nth, prompt }) => `Turn ${nth}: ${prompt}`)
  return turns.length > 0 ? turns.join('\n') : originText(origin, false)
}

export function leftText({ written, alive, inFiles }: TurnLines): string {
  const where = inFiles ? 'still in the branch' : 'in the newest checkpoint'
  return written === 0
    ? 'The turn wrote no lines'
    : `${alive.toLocaleString()} of ${counted(written, 'line', 'lines')} ${where}`
}
