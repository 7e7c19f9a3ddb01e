/** A turn as the record holds it, for an agent that does not remember it. */
export interface StoredTurn {
  prompt: string
  /** The last message of the turn; empty when it had none. */
  answer: string
  filesEdited: string[]
}

export interface Brief {
  /** Empty when there is nothing to tell, or nothing may be told. */
  text: string
  turnsTold: number
}

/** Below this a turn says too little to be worth its heading. */
const SMALLEST_TURN = 120
const FILES_LISTED = 50
const RECAPPED = 3

/**
 * What an agent is told of a conversation it has lost: the newest turns that fit, told in the order in which
 * they happened. The oldest told turn may be shortened.
 * @param newestFirst read only as far as it is needed
 * @param characters the most the brief may have
 */
export async function buildBrief(
  newestFirst: AsyncIterable<StoredTurn>,
  turnsTotal: number,
  characters: number,
): Promise<Brief> {
  const head = (told: number): string =>
    'You are continuing a conversation whose earlier part you no longer have. This is its record' +
    (told < turnsTotal ? ` (the last ${told} of ${turnsTotal} turns)` : '') +
    ', oldest first. Do not answer it; the next message is new.\n'
  const tail = '\n--- end of the record ---\n'
  let room = characters - head(turnsTotal).length - String(turnsTotal).length * 2 - 40 - tail.length
  const told: string[] = []
  for await (const turn of newestFirst) {
    if (room < SMALLEST_TURN) break
    const text = describeTurn(turn)
    if (text.length <= room) {
      told.push(text)
      room -= text.length
    } else {
      told.push(shortenTurn(turn, room))
      break
    }
  }
  if (told.length === 0) return { text: '', turnsTold: 0 }
  return { text: head(told.length) + told.toReversed().join('') + tail, turnsTold: told.length }
}

/** What a conversation came to, for the agent of another one: its last turns, oldest first. */
export async function recap(newestFirst: AsyncIterable<StoredTurn>): Promise<string> {
  const told: string[] = []
  for await (const turn of newestFirst) {
    told.push(describeTurn(turn))
    if (told.length === RECAPPED) break
  }
  return told.toReversed().join('').trim()
}

function describeTurn(turn: StoredTurn): string {
  const files = turn.filesEdited.slice(0, FILES_LISTED).join(', ')
  const more =
    turn.filesEdited.length > FILES_LISTED ? ` and ${turn.filesEdited.length - FILES_LISTED} more` : ''
  return (
    `\n## The person\n${turn.prompt.trim()}\n` +
    (turn.answer.trim() === '' ? '' : `\n## You\n${turn.answer.trim()}\n`) +
    (files === '' ? '' : `\n(You edited: ${files}${more})\n`)
  )
}

/** Keeps the beginning of what was asked and the end of what was answered: there the gist is. */
function shortenTurn(turn: StoredTurn, room: number): string {
  const cutMark = ' [...] '
  const around = describeTurn({ prompt: 'p', answer: 'a', filesEdited: [] }).length + 2 * cutMark.length
  const each = Math.max(0, Math.floor((room - around) / 2))
  const prompt = turn.prompt.trim()
  const answer = turn.answer.trim()
  const promptRoom = Math.max(each, 2 * each - answer.length)
  const answerRoom = Math.max(each, 2 * each - prompt.length)
  const shortened = describeTurn({
    prompt: prompt.length <= promptRoom ? prompt : prompt.slice(0, promptRoom) + cutMark,
    answer:
      answer.length <= answerRoom ? answer : cutMark + (answerRoom === 0 ? '' : answer.slice(-answerRoom)),
    filesEdited: [],
  })
  return shortened.replace(/\p{Surrogate}/gu, '\ufffd')
}
