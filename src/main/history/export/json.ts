import type { TranscriptRow } from '@shared/domain'
import { type ExportedEvent, SESSIONS_FORMAT, SESSIONS_VERSION } from '@shared/export-format'
import type { MaskedSecret } from '@shared/secret-masker'
import type { Piece } from './source'

/** Turns the pieces of an export into one JSON document, as `sessionsFileSchema` describes it. */
export class JsonWriter {
  readonly #head: { exportedAt: number; appVersion: string; masked: boolean }
  #tasks = 0
  #sessions = 0
  #events = 0
  #inSessions = false

  constructor(head: { exportedAt: number; appVersion: string; masked: boolean }) {
    this.#head = head
  }

  begin(): string {
    const head = JSON.stringify({ format: SESSIONS_FORMAT, version: SESSIONS_VERSION, ...this.#head })
    return `${head.slice(0, -1)},"tasks":[`
  }

  piece(piece: Piece): string {
    switch (piece.type) {
      case 'task': {
        this.#sessions = 0
        this.#inSessions = true
        return `${this.#tasks++ === 0 ? '' : ','}\n${open(piece.task)},"sessions":[`
      }
      case 'session': {
        this.#events = 0
        const { session, attachments } = piece
        return `${this.#sessions++ === 0 ? '' : ','}\n${open({ ...session, attachments })},"events":[`
      }
      case 'rows':
        return piece.rows
          .map((row) => `${this.#events++ === 0 ? '' : ','}\n${JSON.stringify(exported(row))}`)
          .join('')
      case 'session_end':
        return ']}'
      case 'checkpoint': {
        const first = this.#inSessions
        this.#inSessions = false
        return `${first ? '],"checkpoints":[' : ','}\n${JSON.stringify(piece.checkpoint)}`
      }
      case 'task_end': {
        const closed = this.#inSessions ? '],"checkpoints":[]}' : ']}'
        this.#inSessions = false
        return closed
      }
    }
  }

  end(secrets: MaskedSecret[]): string {
    return `],"secrets":${JSON.stringify(secrets)}}\n`
  }
}

function exported({ cut, removedAt, ...row }: TranscriptRow): ExportedEvent {
  return removedAt === undefined ? row : { ...row, removed: { at: removedAt, bytes: cut ?? 0 } }
}

/** An object that more is put into. */
function open(value: object): string {
  return JSON.stringify(value).slice(0, -1)
}
