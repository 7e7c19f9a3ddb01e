import type { AgentId, AgentOption, Checkpoint } from '@shared/domain'
import type { SessionId, TaskId, TurnId } from '@shared/ids'
import type { PermissionPolicy, PolicyProposal } from '@shared/permission-policy-schema'
import type { AuditEntry } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { Sandbox, SandboxLease } from '../sandbox/types'
import type { Log } from './agent-connection'
import type { AgentConnections } from './agent-connections'
import type { Clock } from './clock'
import type { EventLog } from './event-log'
import type { PermissionStore } from './permissions'
import type { PromptAbilities, PromptBlock, PromptParts } from './prompt-context'
import type { SessionRow, SessionStore } from './session-store'

/** What happened in a session that a person may want to know. */
export type SessionNews = 'turn_started' | 'finished' | 'failed' | 'needs_input'
/**
 * Which part of what is shown of a session changed. `tool_began`: the first tool of a turn; `tool_ended`: its agent may have
 * changed files.
 */
export type SessionPart = 'state' | 'queue' | 'permissions' | 'tool_began' | 'tool_ended'

export interface TaskPolicies {
  of(taskId: TaskId): PermissionPolicy
  /** Tells `Sessions.policyChanged` when it is done. */
  add(taskId: TaskId, proposal: PolicyProposal): void
}

/** What sessions share. */
export interface RuntimeContext {
  readonly database: Database
  readonly store: SessionStore
  readonly permissions: PermissionStore
  readonly events: EventLog
  readonly connections: AgentConnections
  readonly clock: Clock
  readonly log: Log
  acquireSandbox(taskId: TaskId): Promise<SandboxLease>
  /** Takes the checkpoint of a turn that has just ended. */
  turnEnded(taskId: TaskId, sessionId: SessionId, turnId: TurnId): Promise<Checkpoint | null>
  agentObserved(agentId: AgentId, options: AgentOption[]): void
  /** What the agent offered when it was last asked. */
  knownOptions(agentId: AgentId): AgentOption[]
  briefCharacters(): number
  /** What goes to the agent of a session with a prompt. */
  promptBlocks(
    session: Pick<SessionRow, 'id' | 'taskId'>,
    prompt: PromptParts,
    abilities: PromptAbilities,
    sandbox: Sandbox | null,
  ): Promise<PromptBlock[]>
  /** How questions of agents are answered in the repository of a task. */
  readonly policies: TaskPolicies
  /** By the person, unless it says otherwise. */
  audit(entry: Omit<AuditEntry, 'actor'> & { actor?: 'system' }): void
  notify(taskId: TaskId, sessionId: SessionId, what: SessionPart | SessionNews): void
}
