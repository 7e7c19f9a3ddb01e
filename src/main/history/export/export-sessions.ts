import { basename } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { SecretMasker } from '@shared/secret-masker'
import { type ExportRequest, MOST_REPORTED, type TransferReport } from '@shared/transfer'
import type { TransferContext } from '../transfer/messages'
import { HtmlWriter } from './html'
import { JsonWriter } from './json'
import { MarkdownWriter } from './markdown'
import { learnPiece, maskPiece } from './masking'
import { ExportSource, type Piece } from './source'
import { WholeFile } from './write-file'

export interface SessionsExport extends ExportRequest {
  path: string
  now: number
  appVersion: string
}

/**
 * Writes sessions into one file. With masking everything is read twice: what is found to be a secret in one place is
 * masked in all.
 */
export async function exportSessions(
  connection: Sqlite.Database,
  request: SessionsExport,
  context: TransferContext,
): Promise<TransferReport> {
  const source = new ExportSource(connection)
  const masker = request.mask ? new SecretMasker() : null
  const counts = { tasks: 0, sessions: 0, events: 0 }
  const total = source.countRows(request.what) * (masker === null ? 1 : 2)
  let done = 0
  const passed = async (piece: Piece): Promise<void> => {
    if (piece.type === 'rows') done += piece.rows.length
    await context.step(done / Math.max(1, total))
  }
  if (masker !== null)
    for (const piece of source.pieces(request.what)) {
      learnPiece(masker, piece)
      await passed(piece)
    }

  const writer = writerOf(request)
  const file = new WholeFile(request.path, { gzip: false })
  try {
    await file.write(writer.begin())
    let place = ''
    for (const read of source.pieces(request.what)) {
      const piece = masker === null ? read : maskPiece(masker, read, place)
      if (piece.type === 'task') {
        place = `Task "${piece.task.title}"`
        counts.tasks += 1
      }
      if (piece.type === 'session') {
        place = `${place.replace(/, session ".*$/s, '')}, session "${piece.session.name}"`
        counts.sessions += 1
      }
      if (piece.type === 'rows') counts.events += piece.rows.length
      await file.write(writer.piece(piece))
      await passed(read)
    }
    const secrets = masker?.report() ?? []
    await file.write(writer.end(secrets))
    const bytes = await file.finish()
    return {
      kind: 'exported',
      file: request.path,
      bytes,
      ...counts,
      masked: request.mask,
      secrets: secrets.slice(0, MOST_REPORTED),
      secretCount: secrets.length,
    }
  } catch (error) {
    await file.discard()
    throw error
  }
}

function writerOf(request: SessionsExport): HtmlWriter | JsonWriter | MarkdownWriter {
  switch (request.format) {
    case 'markdown':
      return new MarkdownWriter()
    case 'html':
      return new HtmlWriter(basename(request.path).replace(/\.html?$/i, ''))
    case 'json':
      return new JsonWriter({ exportedAt: request.now, appVersion: request.appVersion, masked: request.mask })
  }
}
