import type { RequestPermissionRequest } from 'acp-http-client'
import type { Permission } from '@shared/domain'
import type { PermissionId, SessionId, TaskId, TurnId } from '@shared/ids'
import { decide, proposal, type PolicyQuestion } from '@shared/permission-policy'
import type { PolicyGrounds, PolicyMode } from '@shared/permission-policy-schema'
import { chosenOption, tooLate } from './permissions'
import type { RuntimeContext } from './runtime-context'

interface Open {
  readonly first: number
  readonly question: PolicyQuestion
  readonly resolve: (optionId: string | null) => void
}

/** The open permission requests of one live session, with the agent waiting for each. */
export class PermissionDesk {
  readonly #context: RuntimeContext
  readonly #sessionId: SessionId
  readonly #taskId: TaskId
  readonly #changed: (change: 'permission_asked' | 'permission_resolved') => void
  readonly #open = new Map<PermissionId, Open>()

  constructor(
    context: RuntimeContext,
    session: { id: SessionId; taskId: TaskId },
    changed: (change: 'permission_asked' | 'permission_resolved') => void,
  ) {
    this.#context = context
    this.#sessionId = session.id
    this.#taskId = session.taskId
    this.#changed = changed
  }

  /**
   * Resolves with the option that the repository's policy or a person chose, or null when the request was cancelled.
   * @param cwd the checkout; null while nothing is known of it, so that a policy allows nothing
   */
  ask(
    turnId: TurnId | null,
    request: RequestPermissionRequest,
    { mode, cwd }: { mode: PolicyMode | null; cwd: string | null },
  ): Promise<string | null> {
    const { database, permissions, events, notify } = this.#context
    const owner = { sessionId: this.#sessionId, taskId: this.#taskId, turnId }
    const question: PolicyQuestion = {
      toolCall: { ...request.toolCall },
      options: request.options.map(({ optionId, kind }) => ({ id: optionId, kind })),
      mode,
      cwd: cwd ?? '',
    }
    const decided = cwd === null ? null : decide(this.#context.policies.of(this.#taskId), question)
    const proposed = cwd === null ? null : proposal(question)
    const { permission, row } = database.transaction(() => {
      const inserted = permissions.insert(owner, request, { proposal: proposed, decided })
      if (decided !== null) this.#record(inserted, decided.grounds, decided.optionId)
      const event = { type: 'permission' as const, permission: inserted }
      return { permission: inserted, row: events.appendWithin(this.#sessionId, turnId, event) }
    })
    row.show()
    if (decided !== null) return Promise.resolve(decided.optionId)
    return new Promise((resolve) => {
      this.#open.set(permission.id, { first: row.first, question, resolve })
      this.#changed('permission_asked')
      notify(this.#taskId, this.#sessionId, 'permissions')
      notify(this.#taskId, this.#sessionId, 'needs_input')
    })
  }

  /** @throws FoundryError `conflict` when the request is no longer open, `invalid_input` for another option */
  answer(permission: Permission, optionId: string): void {
    const option = chosenOption(permission, optionId)
    if (!this.#open.has(permission.id)) throw tooLate({ ...permission, state: 'expired' })
    this.#context.database.transaction(() => {
      this.#context.permissions.resolve(permission.id, 'answered', option.id)
      this.#context.audit({
        kind: 'task.permission.answered',
        taskId: this.#taskId,
        sessionId: this.#sessionId,
        payload: { permissionId: permission.id, request: permission.title, answer: option.name },
      })
    })
    this.#settle(permission.id, option.id)
  }

  /** The repository's policy is another: answers those that it answers. */
  reconsider(): void {
    const policy = this.#context.policies.of(this.#taskId)
    for (const [id, { question }] of this.#open) {
      const decided = question.cwd === '' ? null : decide(policy, question)
      const permission = decided === null ? null : this.#context.permissions.permission(id)
      if (decided === null || permission === null) continue
      this.#context.database.transaction(() => {
        this.#context.permissions.resolve(id, 'answered', decided.optionId, decided.grounds)
        this.#record(permission, decided.grounds, decided.optionId)
      })
      this.#settle(id, decided.optionId)
    }
  }

  cancelAll(): void {
    const ids = [...this.#open.keys()]
    if (ids.length === 0) return
    try {
      this.#context.database.transaction(() => {
        for (const id of ids) this.#context.permissions.resolve(id, 'cancelled', null)
      })
    } catch (error) {
      // A full disk: the agent is told all the same, and the next start finds the requests and expires them.
      this.#context.log.error('cancelling permission requests', error)
    }
    for (const id of ids) this.#settle(id, null)
  }

  #record(permission: Permission, grounds: PolicyGrounds, optionId: string): void {
    const answer = permission.options.find(({ id }) => id === optionId)?.name ?? optionId
    this.#context.audit({
      kind: 'task.permission.decided',
      actor: 'system',
      taskId: this.#taskId,
      sessionId: this.#sessionId,
      payload: { permissionId: permission.id, request: permission.title, answer, ...grounds },
    })
  }

  #settle(permissionId: PermissionId, optionId: string | null): void {
    const waiting = this.#open.get(permissionId)
    if (waiting === undefined) return
    this.#open.delete(permissionId)
    this.#context.events.refresh(this.#sessionId, waiting.first)
    waiting.resolve(optionId)
    this.#changed('permission_resolved')
    this.#context.notify(this.#taskId, this.#sessionId, 'permissions')
  }
}
