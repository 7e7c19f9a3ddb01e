import type { TranscriptRow } from '@shared/domain'
import type { Removed } from '@shared/export-format'
import { foldItem, placementOf, type ViewItem } from '@shared/transcript/view-items'

/** The rows of a turn as what a reader sees of them: chunks joined, a tool call with all that came of it. */
export function itemsOf(rows: readonly TranscriptRow[]): ViewItem[] {
  const groups: TranscriptRow[][] = []
  const scopes = new Map<string, TranscriptRow[]>()
  let run: string | null = null
  for (const row of rows) {
    const placement = placementOf(row)
    if (placement.how === 'hidden') continue
    const key =
      placement.how === 'run' ? `${placement.run} ${placement.messageId ?? ''} ${row.turnId ?? ''}` : null
    const scope = placement.how === 'keyed' || placement.how === 'tool' ? placement.scope : null
    const known =
      scope === null ? (key !== null && key === run ? groups.at(-1) : undefined) : scopes.get(scope)
    if (known === undefined) {
      const group = [row]
      groups.push(group)
      if (scope !== null) scopes.set(scope, group)
    } else known.push(row)
    run = key
  }
  const ended = new Set(rows.flatMap((row) => (row.event.type === 'turn_ended' ? [row.turnId] : [])))
  return groups.flatMap(
    (group) => foldItem(String(group[0]?.first ?? 0), group, (turnId) => ended.has(turnId as never)) ?? [],
  )
}

/** Longer output is cut where people read it; the JSON has it all. */
export const LONGEST_OUTPUT = 200_000

export function shortened(text: string): string {
  if (text.length <= LONGEST_OUTPUT) return text
  return `${text.slice(0, LONGEST_OUTPUT)}\n[${text.length - LONGEST_OUTPUT} more characters are in the export as JSON]`
}

/** What is said where something was until a policy of the person took it away; null where nothing is missing. */
export function goneText({ cuts }: Pick<ViewItem, 'cuts'>): string | null {
  const gone = cuts.flatMap(({ bytes, removedAt }) =>
    removedAt === null ? [] : [`Shortened here: ${removedText({ at: removedAt, bytes })}`],
  )
  return gone.length === 0 ? null : gone.join(' ')
}

export const removedText = ({ at, bytes }: Removed): string =>
  `in full it was ${bytes} bytes, removed by a retention policy on ${timeText(at)} UTC.`

export function timeText(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 16)
}

/** What a tool was given, as far as its title does not say it. */
export function inputText(rawInput: unknown): string {
  if (rawInput === undefined || rawInput === null) return ''
  return typeof rawInput === 'string' ? rawInput : (JSON.stringify(rawInput, null, 2) ?? '')
}

/** The lines of an edit that are no more, and those that are new. */
export function editLines(oldText: string | null, newText: string): string {
  const before = oldText === null || oldText === '' ? [] : oldText.split('\n')
  const after = newText === '' ? [] : newText.split('\n')
  let same = 0
  while (same < before.length && same < after.length && before[same] === after[same]) same += 1
  let sameEnd = 0
  while (
    sameEnd < before.length - same &&
    sameEnd < after.length - same &&
    before.at(-1 - sameEnd) === after.at(-1 - sameEnd)
  )
    sameEnd += 1
  const context = before.slice(Math.max(0, same - 3), same).map((line) => ` ${line}`)
  const removed = before.slice(same, before.length - sameEnd).map((line) => `-${line}`)
  const added = after.slice(same, after.length - sameEnd).map((line) => `+${line}`)
  const rest = before.slice(before.length - sameEnd, before.length - sameEnd + 3).map((line) => ` ${line}`)
  return [...context, ...removed, ...added, ...rest].join('\n')
}
