import { and, asc, count, eq, isNull, sql } from 'drizzle-orm'
import { attachmentLimits } from '@shared/attachment-limits'
import type { Attachment } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { AttachmentId, PromptId, SessionId, TurnId } from '@shared/ids'
import { newId, type Database } from '../database'
import { promptAttachments } from './tables'

/** Who has an attachment: a turn, a prompt that waits, or the draft of its session when null. */
type Owner = TurnId | PromptId | null

const COLUMNS = {
  id: promptAttachments.id,
  name: promptAttachments.name,
  mimeType: promptAttachments.mimeType,
  bytes: sql<number>`coalesce(${promptAttachments.removedBytes}, length(${promptAttachments.content}))`,
}

/** Files that go with prompts, from the draft over the queue to the turn. Writes join the running transaction. */
export class AttachmentStore {
  readonly #db: Database['commands']
  readonly #now: () => number

  constructor(database: Database, now: () => number) {
    this.#db = database.commands
    this.#now = now
  }

  /** @throws FoundryError `invalid_input` when it is too large, or too many are attached already */
  attach(sessionId: SessionId, file: { name: string; mimeType: string; content: Uint8Array }): Attachment {
    const { bytes, count: most } = attachmentLimits
    const limit = `${bytes / 1024 / 1024} MB`
    if (file.content.byteLength > bytes)
      throw new FoundryError('invalid_input', `${file.name} is larger than ${limit}.`, {
        next: 'Put it into the checkout, and point at it with @.',
      })
    const [{ value } = { value: 0 }] = this.#db
      .select({ value: count() })
      .from(promptAttachments)
      .where(and(eq(promptAttachments.sessionId, sessionId), isNull(promptAttachments.ownerId)))
      .all()
    if (value >= most)
      throw new FoundryError('invalid_input', `No more than ${most} files go with one prompt.`, {
        next: 'Put them into the checkout, and point at their folder with @.',
      })
    const id = newId('attachment') as AttachmentId
    this.#db
      .insert(promptAttachments)
      .values({ ...file, id, sessionId, content: Buffer.from(file.content), createdAt: this.#now() })
      .run()
    return { id, name: file.name, mimeType: file.mimeType, bytes: file.content.byteLength }
  }

  /** Takes one off the draft. Returns the session, or null when it is not of a draft. */
  detach(id: AttachmentId): SessionId | null {
    const [removed] = this.#db
      .delete(promptAttachments)
      .where(and(eq(promptAttachments.id, id), isNull(promptAttachments.ownerId)))
      .returning({ sessionId: promptAttachments.sessionId })
      .all()
    return removed === undefined ? null : (removed.sessionId as SessionId)
  }

  of(sessionId: SessionId, owner: Owner): Attachment[] {
    return this.#db
      .select(COLUMNS)
      .from(promptAttachments)
      .where(this.#owned(sessionId, owner))
      .orderBy(asc(promptAttachments.createdAt), asc(promptAttachments.id))
      .all()
      .map((row) => ({ ...row, id: row.id as AttachmentId }))
  }

  hand(sessionId: SessionId, from: Owner, to: Owner): void {
    this.#db.update(promptAttachments).set({ ownerId: to }).where(this.#owned(sessionId, from)).run()
  }

  /** The files of a turn once more, for a prompt that asks the same again. */
  copy(from: { id: TurnId; sessionId: SessionId }, to: { sessionId: SessionId; owner: PromptId }): void {
    const rows = this.#db
      .select()
      .from(promptAttachments)
      // What the person's policy removed is nowhere any more.
      .where(and(this.#owned(from.sessionId, from.id), isNull(promptAttachments.removedAt)))
      .orderBy(asc(promptAttachments.createdAt), asc(promptAttachments.id))
      .all()
    for (const row of rows)
      this.#db
        .insert(promptAttachments)
        .values({ ...row, id: newId('attachment'), sessionId: to.sessionId, ownerId: to.owner })
        .run()
  }

  /** @throws FoundryError `not_found` */
  read(id: AttachmentId): Uint8Array<ArrayBuffer> {
    const row = this.#db
      .select({ content: promptAttachments.content, removedAt: promptAttachments.removedAt })
      .from(promptAttachments)
      .where(eq(promptAttachments.id, id))
      .get()
    if (row === undefined) throw new FoundryError('not_found', 'This file is not attached any more.')
    if (row.removedAt !== null)
      throw new FoundryError(
        'not_found',
        `Removed by your policy on ${new Date(row.removedAt).toISOString().slice(0, 10)}.`,
      )
    return new Uint8Array(row.content)
  }

  #owned(sessionId: SessionId, owner: Owner) {
    return and(
      eq(promptAttachments.sessionId, sessionId),
      owner === null ? isNull(promptAttachments.ownerId) : eq(promptAttachments.ownerId, owner),
    )
  }
}
