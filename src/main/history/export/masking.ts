import type { TranscriptRow } from '@shared/domain'
import type { SecretMasker } from '@shared/secret-masker'
import { asRecord, asString } from '@shared/transcript/acp'
import { placementOf } from '@shared/transcript/view-items'
import type { ExportedAttachment, Piece } from './source'

const TEXT_TYPE = /^text\/|json|xml|yaml|toml|javascript|typescript|x-sh/

/** The first round: what of it is secret. */
export function learnPiece(masker: SecretMasker, piece: Piece): void {
  switch (piece.type) {
    case 'task':
      return masker.learnValue(piece.task)
    case 'session':
      masker.learnValue(piece.session)
      for (const attachment of piece.attachments) {
        masker.learn(attachment.name)
        const text = textOf(attachment)
        if (text !== null) masker.learn(text)
      }
      return
    case 'rows':
      for (const run of runsOf(piece.rows)) {
        const texts = run.map(chunkText)
        if (run.length > 1) masker.learn(texts.join(''))
        else masker.learnValue(run[0]?.event)
      }
      return
    case 'checkpoint':
      return masker.learn(piece.checkpoint.diff)
    case 'session_end':
    case 'task_end':
  }
}

/** The second round: the piece with a tag for each secret. */
export function maskPiece(masker: SecretMasker, piece: Piece, place: string): Piece {
  switch (piece.type) {
    case 'task':
      return { ...piece, task: masked(masker, piece.task, place) }
    case 'session':
      return {
        ...piece,
        session: masked(masker, piece.session, place),
        attachments: piece.attachments.map((attachment) => maskAttachment(masker, attachment, place)),
      }
    case 'rows':
      return { ...piece, rows: maskRows(masker, piece.rows, place) }
    case 'checkpoint':
      return {
        ...piece,
        checkpoint: {
          ...piece.checkpoint,
          diff: masker.mask(piece.checkpoint.diff, `${place}, changes of a checkpoint`),
        },
      }
    case 'session_end':
    case 'task_end':
      return piece
  }
}

/** Ids are ours, and others refer to them. */
function masked<Value extends { id: string }>(masker: SecretMasker, value: Value, place: string): Value {
  return { ...masker.maskValue(value, place), id: value.id }
}

/** Chunks of one message are one text: a secret may begin in one and end in another. */
export function maskRows(
  masker: SecretMasker,
  rows: readonly TranscriptRow[],
  place: string,
): TranscriptRow[] {
  return runsOf(rows).flatMap((run) => {
    if (run.length === 1)
      return run.map((row) => ({ ...row, event: masker.maskValue(row.event, placeOf(row, place)) }))
    const texts = masker.maskPieces(run.map(chunkText), run[0] === undefined ? place : placeOf(run[0], place))
    return run.map((row, index) => withChunkText(row, texts[index] ?? ''))
  })
}

/** Rows that are chunks of one message stand together; each other row alone. */
function runsOf(rows: readonly TranscriptRow[]): TranscriptRow[][] {
  const runs: TranscriptRow[][] = []
  let open: string | null = null
  for (const row of rows) {
    const placement = placementOf(row)
    const isText = placement.how === 'run' && isPlainChunk(row)
    const key: string | null = isText ? `${placement.run} ${placement.messageId ?? ''}` : null
    if (key !== null && key === open) runs.at(-1)?.push(row)
    else runs.push([row])
    open = key
  }
  return runs
}

function isPlainChunk(row: TranscriptRow): boolean {
  return row.event.type === 'update' && asRecord(row.event.update['content'])?.['type'] === 'text'
}

function chunkText(row: TranscriptRow): string {
  if (row.event.type !== 'update') return ''
  return asString(asRecord(row.event.update['content'])?.['text']) ?? ''
}

function withChunkText(row: TranscriptRow, text: string): TranscriptRow {
  if (row.event.type !== 'update') return row
  const content = { ...asRecord(row.event.update['content']), text }
  return { ...row, event: { type: 'update', update: { ...row.event.update, content } } }
}

function placeOf(row: TranscriptRow, place: string): string {
  return `${place}, event ${row.first}`
}

function textOf(attachment: ExportedAttachment): string | null {
  const bytes = Buffer.from(attachment.content, 'base64')
  if (!TEXT_TYPE.test(attachment.mimeType) && bytes.includes(0)) return null
  const text = bytes.toString('utf8')
  return TEXT_TYPE.test(attachment.mimeType) || !text.includes('\ufffd') ? text : null
}

function maskAttachment(
  masker: SecretMasker,
  attachment: ExportedAttachment,
  place: string,
): ExportedAttachment {
  const text = textOf(attachment)
  const name = masker.mask(attachment.name, `${place}, name of an attachment`)
  if (text === null) return { ...attachment, name }
  const shown = masker.mask(text, `${place}, attachment ${name}`)
  return {
    ...attachment,
    name,
    content: shown === text ? attachment.content : Buffer.from(shown).toString('base64'),
  }
}
