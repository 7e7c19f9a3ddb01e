import { and, asc, eq, sql } from 'drizzle-orm'
import type { RequestPermissionRequest } from 'acp-http-client'
import { FoundryError } from '@shared/errors'
import type { Permission } from '@shared/domain'
import type { PermissionId, SessionId, TaskId, TurnId } from '@shared/ids'
import {
  policyGroundsSchema,
  policyProposalSchema,
  type PolicyGrounds,
  type PolicyProposal,
} from '@shared/permission-policy-schema'
import { newId, type Database, type Db } from '../database'
import { cutValue } from './cutting'
import { asLine, isRecord } from './hostile'
import { permissionRequests } from './tables'

/** The table of permission requests. Writes join the running transaction of `database`. */
export class PermissionStore {
  readonly #db: Db
  readonly #now: () => number

  constructor(database: Database, now: () => number) {
    this.#db = database.commands
    this.#now = now
  }

  insert(
    owner: { sessionId: SessionId; taskId: TaskId; turnId: TurnId | null },
    request: Pick<RequestPermissionRequest, 'toolCall' | 'options'>,
    policy: {
      proposal: PolicyProposal | null
      decided: { optionId: string; grounds: PolicyGrounds } | null
    },
  ): Permission {
    const { toolCall } = request
    const { proposal, decided } = policy
    const now = this.#now()
    const row = {
      id: newId('permission') as PermissionId,
      ...owner,
      title: asLine(toolCall.title, 300) ?? asLine(toolCall.kind, 100) ?? 'Permission',
      toolCall: { ...toolCall } as Record<string, unknown>,
      options: request.options.map(({ optionId, name, kind }) => ({
        id: optionId,
        name: asLine(name, 200) ?? optionId,
        kind,
      })),
      state: decided === null ? ('pending' as const) : ('answered' as const),
      answer: decided?.optionId ?? null,
      policy: { proposal, grounds: decided?.grounds ?? null },
      createdAt: now,
      resolvedAt: decided === null ? null : now,
    }
    this.#db.insert(permissionRequests).values(row).run()
    return toPermission(row)
  }

  permission(permissionId: PermissionId): Permission | null {
    const row = this.#db
      .select()
      .from(permissionRequests)
      .where(eq(permissionRequests.id, permissionId))
      .get()
    return row === undefined ? null : toPermission(row)
  }

  /** Those that a card still stands for: pending ones, and those that expired and can be asked again. */
  ofSession(sessionId: SessionId): Permission[] {
    return this.#db
      .select()
      .from(permissionRequests)
      .where(
        and(
          eq(permissionRequests.sessionId, sessionId),
          sql`${permissionRequests.state} IN ('pending', 'expired')`,
        ),
      )
      .orderBy(asc(permissionRequests.createdAt))
      .limit(100)
      .all()
      .map((row) => {
        const permission = toPermission(row)
        // A list is pushed whole; what was cut is read with the request's row of the transcript.
        return { ...permission, toolCall: cutValue(permission.toolCall).value as Permission['toolCall'] }
      })
  }

  /** With grounds it was the repository's policy that answered. */
  resolve(
    permissionId: PermissionId,
    state: 'answered' | 'cancelled',
    answer: string | null,
    grounds: PolicyGrounds | null = null,
  ): void {
    this.#db
      .update(permissionRequests)
      .set({ state, answer, policy: { proposal: null, grounds }, resolvedAt: this.#now() })
      .where(eq(permissionRequests.id, permissionId))
      .run()
  }

  /** At a start nobody waits for an answer any more. Returns how many requests that were. */
  expirePending(): number {
    return this.#db
      .update(permissionRequests)
      .set({ state: 'expired', resolvedAt: this.#now() })
      .where(sql`${permissionRequests.state} = 'pending'`)
      .run().changes
  }
}

/**
 * The chosen option of a pending request.
 * @throws FoundryError `conflict` when it was resolved before, `invalid_input` for an option the agent did not offer
 */
export function chosenOption(permission: Permission, optionId: string): Permission['options'][number] {
  if (permission.state !== 'pending') throw tooLate(permission)
  const option = permission.options.find((other) => other.id === optionId)
  if (option === undefined)
    throw new FoundryError('invalid_input', 'The agent did not offer this answer.', {
      next: 'Choose one of the answers on the card.',
    })
  return option
}

/** Why a request can no longer be answered. */
export function tooLate(permission: Permission): FoundryError {
  const given =
    permission.options.find((option) => option.id === permission.answer)?.name ?? permission.answer
  switch (permission.state) {
    case 'answered':
      return new FoundryError('conflict', `This was already answered: ${given ?? 'answered'}.`)
    case 'cancelled':
      return new FoundryError('conflict', 'The agent no longer waits for this answer: the turn has ended.')
    case 'pending':
    case 'expired':
      return new FoundryError('conflict', 'The agent no longer waits for this answer: it was restarted.', {
        next: 'Choose "Ask again" to let the agent try this step once more.',
      })
  }
}

/** What the agent is told to try a step again whose request expired. */
export function askAgainPrompt(permission: Permission): string {
  return (
    `Your request for permission to do the following expired before it was answered: ${permission.title}\n` +
    'Please try that step again.'
  )
}

function toPermission(row: typeof permissionRequests.$inferSelect): Permission {
  const { policy, ...rest } = row
  const known = isRecord(policy) ? policy : {}
  return {
    ...rest,
    proposal: policyProposalSchema.safeParse(known['proposal']).data ?? null,
    policy: policyGroundsSchema.safeParse(known['grounds']).data ?? null,
    id: row.id as PermissionId,
    sessionId: row.sessionId as SessionId,
    turnId: row.turnId as TurnId | null,
    options: row.options as Permission['options'],
  }
}
