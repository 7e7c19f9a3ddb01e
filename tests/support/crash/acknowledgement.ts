import type { JobId, PermissionId, PromptId, SessionId } from '@shared/ids'

/** What the killed process said was done. */
export type Acknowledgement =
  | { type: 'sessions'; ids: SessionId[] }
  | { type: 'prompt'; id: PromptId; sessionId: SessionId; text: string }
  | { type: 'permission'; id: PermissionId; optionId: string }
  | { type: 'draft'; sessionId: SessionId; text: string }
  | { type: 'name'; sessionId: SessionId; name: string }
  | { type: 'turn_ended'; sessionId: SessionId }
  | { type: 'job'; id: JobId }
  | { type: 'job_ended'; id: JobId }
