import { and, asc, eq, sql } from 'drizzle-orm'
import type { AgentId, ModelChoice, SavedPrompt, UserModels } from '@shared/domain'
import type { RepositoryId, SessionId, TaskId } from '@shared/ids'
import { deleteInSlices, type Database } from '../database'
import { publishDraftSchema, type PublishDraft } from '@shared/publish'
import { createFileDrafts, type FileDrafts } from './file-drafts'
import { createOutgoingReviews, type OutgoingReviews } from './outgoing-reviews'
import { createReviewComments, type ReviewComments } from './review-comments'
import { createSavedSearches, type SavedSearches } from './saved-searches'
import {
  savedPrompts,
  userModels,
  userRepositoryModels,
  users,
  userSessionState,
  userTaskState,
} from './tables'

/** The one person of this data folder. */
const LOCAL_USER = 'user_local'
/** So many of the models that were used last are offered again. */
const RECENT = 5
/** Literal, so that SQLite uses the partial index. */
const UNREAD = sql`${userSessionState.unread} = 1`

/** What differs between two users and therefore hangs off the user, never off a task or session row. */
export interface User {
  readonly id: string
  models(): UserModels
  /** What they start with: in one repository, or everywhere when null. No choice: as if none was ever made. */
  setDefault(choice: ModelChoice | null, repositoryId: RepositoryId | null): void
  setFavourite(choice: ModelChoice, favourite: boolean): void
  /** They work with it now. */
  usedModel(choice: ModelChoice): void
  /** Prompts they keep, by name. */
  savedPrompts(): SavedPrompt[]
  /** Takes the place of one with this name. */
  savePrompt(name: string, text: string): void
  forgetPrompt(name: string): void
  activeSession(taskId: TaskId): SessionId | null
  setActiveSession(taskId: TaskId, sessionId: SessionId | null): void
  session(sessionId: SessionId): { unread: boolean; draft: string }
  setUnread(taskId: TaskId, sessionId: SessionId, unread: boolean): void
  saveDraft(taskId: TaskId, sessionId: SessionId, text: string): void
  /** What was written for the task's pull request and not published yet. */
  publishDraft(taskId: TaskId): PublishDraft | null
  savePublishDraft(taskId: TaskId, draft: PublishDraft | null): void
  readonly comments: ReviewComments
  readonly fileDrafts: FileDrafts
  readonly outgoingReviews: OutgoingReviews
  readonly searches: SavedSearches
  /** Of all tasks: the ids with an unread session. */
  unreadTasks(): Set<string>
  unreadCount(): number
  /** Removes what the person had about a task that is deleted. */
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
}

/** @param now the clock, in epoch milliseconds */
export function createUser(database: Database, now: () => number): User {
  const db = database.commands
  db.insert(users).values({ id: LOCAL_USER, name: 'You', createdAt: now() }).onConflictDoNothing().run()

  // Asked for with every page and update of the task list.
  const unreadTasks = db
    .selectDistinct({ taskId: userSessionState.taskId })
    .from(userSessionState)
    .where(and(eq(userSessionState.userId, LOCAL_USER), UNREAD))
    .prepare()

  function upsertSession(
    taskId: TaskId,
    sessionId: SessionId,
    set: Partial<Pick<typeof userSessionState.$inferInsert, 'unread' | 'draft' | 'draftUpdatedAt'>>,
  ): void {
    db.insert(userSessionState)
      .values({ userId: LOCAL_USER, sessionId, taskId, ...set })
      .onConflictDoUpdate({ target: [userSessionState.userId, userSessionState.sessionId], set })
      .run()
  }

  function markModel(
    { agentId, modelId }: ModelChoice,
    set: { favourite: boolean } | { usedAt: number },
  ): void {
    db.insert(userModels)
      .values({ userId: LOCAL_USER, agentId, modelId: modelId ?? '', ...set })
      .onConflictDoUpdate({ target: [userModels.userId, userModels.agentId, userModels.modelId], set })
      .run()
  }

  return {
    id: LOCAL_USER,
    models() {
      const row = db.select().from(users).where(eq(users.id, LOCAL_USER)).get()
      const known = db.select().from(userModels).where(eq(userModels.userId, LOCAL_USER)).all()
      const repositories = db
        .select()
        .from(userRepositoryModels)
        .where(eq(userRepositoryModels.userId, LOCAL_USER))
        .all()
      return {
        usual: row?.defaultAgentId == null ? null : choiceOf(row.defaultAgentId, row.defaultModelId),
        favourites: known
          .filter(({ favourite }) => favourite)
          .map((one) => choiceOf(one.agentId, one.modelId)),
        recent: known
          .filter(({ usedAt }) => usedAt !== null)
          .toSorted((a, b) => (b.usedAt ?? 0) - (a.usedAt ?? 0))
          .slice(0, RECENT)
          .map((one) => choiceOf(one.agentId, one.modelId)),
        repositories: Object.fromEntries(
          repositories.map((one) => [one.repositoryId, choiceOf(one.agentId, one.modelId)]),
        ),
      }
    },
    setDefault(choice, repositoryId) {
      const chosen = { agentId: choice?.agentId ?? null, modelId: choice?.modelId ?? null }
      if (repositoryId === null) {
        db.update(users)
          .set({ defaultAgentId: chosen.agentId, defaultModelId: chosen.modelId })
          .where(eq(users.id, LOCAL_USER))
          .run()
      } else if (choice === null) {
        db.delete(userRepositoryModels)
          .where(
            and(
              eq(userRepositoryModels.userId, LOCAL_USER),
              eq(userRepositoryModels.repositoryId, repositoryId),
            ),
          )
          .run()
      } else {
        db.insert(userRepositoryModels)
          .values({ userId: LOCAL_USER, repositoryId, ...choice })
          .onConflictDoUpdate({
            target: [userRepositoryModels.userId, userRepositoryModels.repositoryId],
            set: choice,
          })
          .run()
      }
    },
    setFavourite: (choice, favourite) => markModel(choice, { favourite }),
    usedModel: (choice) => markModel(choice, { usedAt: now() }),
    savedPrompts: () =>
      db
        .select({ id: savedPrompts.name, text: savedPrompts.text })
        .from(savedPrompts)
        .where(eq(savedPrompts.userId, LOCAL_USER))
        .orderBy(asc(savedPrompts.name))
        .all(),
    savePrompt(name, text) {
      const set = { text, savedAt: now() }
      db.insert(savedPrompts)
        .values({ userId: LOCAL_USER, name, ...set })
        .onConflictDoUpdate({ target: [savedPrompts.userId, savedPrompts.name], set })
        .run()
    },
    forgetPrompt(name) {
      db.delete(savedPrompts)
        .where(and(eq(savedPrompts.userId, LOCAL_USER), eq(savedPrompts.name, name)))
        .run()
    },
    activeSession(taskId) {
      const row = db
        .select({ sessionId: userTaskState.activeSessionId })
        .from(userTaskState)
        .where(and(eq(userTaskState.userId, LOCAL_USER), eq(userTaskState.taskId, taskId)))
        .get()
      return (row?.sessionId ?? null) as SessionId | null
    },
    setActiveSession(taskId, sessionId) {
      db.insert(userTaskState)
        .values({ userId: LOCAL_USER, taskId, activeSessionId: sessionId })
        .onConflictDoUpdate({
          target: [userTaskState.userId, userTaskState.taskId],
          set: { activeSessionId: sessionId },
        })
        .run()
    },
    session(sessionId) {
      const row = db
        .select({ unread: userSessionState.unread, draft: userSessionState.draft })
        .from(userSessionState)
        .where(and(eq(userSessionState.userId, LOCAL_USER), eq(userSessionState.sessionId, sessionId)))
        .get()
      return row ?? { unread: false, draft: '' }
    },
    setUnread(taskId, sessionId, unread) {
      upsertSession(taskId, sessionId, { unread })
    },
    saveDraft(taskId, sessionId, text) {
      upsertSession(taskId, sessionId, { draft: text, draftUpdatedAt: now() })
    },
    publishDraft(taskId) {
      const row = db
        .select({ draft: userTaskState.publishDraft })
        .from(userTaskState)
        .where(and(eq(userTaskState.userId, LOCAL_USER), eq(userTaskState.taskId, taskId)))
        .get()
      return publishDraftSchema.safeParse(row?.draft).data ?? null
    },
    savePublishDraft(taskId, draft) {
      db.insert(userTaskState)
        .values({ userId: LOCAL_USER, taskId, publishDraft: draft })
        .onConflictDoUpdate({
          target: [userTaskState.userId, userTaskState.taskId],
          set: { publishDraft: draft },
        })
        .run()
    },
    comments: createReviewComments(database, LOCAL_USER, now),
    fileDrafts: createFileDrafts(database, LOCAL_USER, now),
    outgoingReviews: createOutgoingReviews(database, LOCAL_USER, now),
    searches: createSavedSearches(database, LOCAL_USER, now),
    unreadTasks() {
      return new Set(unreadTasks.all().map((row) => row.taskId))
    },
    unreadCount() {
      return (
        db
          .select({ count: sql<number>`count(*)` })
          .from(userSessionState)
          .where(and(eq(userSessionState.userId, LOCAL_USER), UNREAD))
          .get()?.count ?? 0
      )
    },
    async erase(taskId, signal) {
      const { $client } = database.events
      for (const table of [
        'user_session_state',
        'user_task_state',
        'review_comments',
        'outgoing_reviews',
        'file_drafts',
      ])
        await deleteInSlices(
          $client.prepare(
            `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE task_id = ? LIMIT 20)`,
          ),
          [taskId],
          signal,
        )
    },
  }
}

function choiceOf(agentId: string, modelId: string | null): ModelChoice {
  return { agentId: agentId as AgentId, modelId: modelId === '' ? null : modelId }
}
