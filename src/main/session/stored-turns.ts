import type { TranscriptRow } from '@shared/domain'
import type { SessionId, TurnId } from '@shared/ids'
import type { StoredTurn } from './brief'
import type { TranscriptPage } from './event-log'
import { asList, asText, isRecord } from './hostile'

/** A session's history is read no further back than this for a brief. */
const MOST_ROWS = 20_000
/** Kinds of tool calls that change the files they name. */
export const EDITING_KINDS = new Set(['edit', 'delete', 'move'])

/**
 * Reads the turns of a session from its record, newest first, a page at a time.
 * @param upTo the newest one that is read; all when null
 */
export async function* storedTurns(
  log: { before(sessionId: SessionId, before: number, limit: number): TranscriptPage },
  sessionId: SessionId,
  upTo: TurnId | null = null,
): AsyncGenerator<StoredTurn> {
  let before = Number.MAX_SAFE_INTEGER
  let turn: TurnReader | null = null
  let isThere = upTo === null
  for (let read = 0; read < MOST_ROWS;) {
    const { rows, hasEarlier } = log.before(sessionId, before, 100)
    for (const row of rows.toReversed()) {
      if (row.turnId === null) continue
      isThere ||= row.turnId === upTo
      if (!isThere) continue
      if (turn !== null && turn.turnId !== row.turnId) {
        if (turn.prompt !== null) yield turn.result(turn.prompt)
        turn = null
      }
      turn ??= new TurnReader(row.turnId)
      turn.take(row)
    }
    read += rows.length
    const oldest = rows[0]
    if (!hasEarlier || oldest === undefined) break
    before = oldest.first
    // Other work of the main thread comes in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (turn?.prompt != null) yield turn.result(turn.prompt)
}

/** Takes the rows of one turn, newest first. */
class TurnReader {
  readonly turnId: string
  prompt: string | null = null
  readonly #answer: string[] = []
  #answerOver = false
  readonly #files = new Set<string>()

  constructor(turnId: string) {
    this.turnId = turnId
  }

  take({ event }: TranscriptRow): void {
    if (event.type === 'prompt') this.prompt = event.text
    if (event.type !== 'update') return
    const { update } = event
    if (update['sessionUpdate'] === 'agent_message_chunk') {
      const text = isRecord(update['content']) ? asText(update['content']['text']) : null
      if (!this.#answerOver && text !== null) this.#answer.push(text)
      return
    }
    // The answer is what came after the last thing done.
    if (this.#answer.length > 0) this.#answerOver = true
    for (const path of editedPaths(update)) this.#files.add(path)
  }

  result(prompt: string): StoredTurn {
    return { prompt, answer: this.#answer.toReversed().join(''), filesEdited: [...this.#files].toReversed() }
  }
}

/** Files a tool call changed, as far as its update says so. */
export function editedPaths(update: Record<string, unknown>): string[] {
  const paths = asList(update['content']).flatMap((part) =>
    isRecord(part) && part['type'] === 'diff' ? [asText(part['path'])] : [],
  )
  if (EDITING_KINDS.has(String(update['kind'])))
    paths.push(
      ...asList(update['locations']).map((location) =>
        isRecord(location) ? asText(location['path']) : null,
      ),
    )
  return paths.filter((path) => path !== null && path.length < 4096) as string[]
}
