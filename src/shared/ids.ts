import { z } from 'zod'

/**
 * Ids are `<prefix>_<uuid>`: readable in a log, unique without coordination, and never derived from a
 * path or url that can change.
 */
const id = <Prefix extends string>(prefix: Prefix) =>
  z.templateLiteral([`${prefix}_`, z.string().regex(/^[0-9a-f-]{8,64}$/)])

export const accountIdSchema = id('account')
export const organizationIdSchema = id('org')
export const repositoryIdSchema = id('repo')
export const taskIdSchema = id('task')
export const sessionIdSchema = id('session')
export const turnIdSchema = id('turn')
export const jobIdSchema = id('job')
export const permissionIdSchema = id('permission')
export const promptIdSchema = id('prompt')
export const checkpointIdSchema = id('checkpoint')
export const attachmentIdSchema = id('attachment')
export const terminalIdSchema = id('terminal')
export const commentIdSchema = id('comment')
export const reviewIdSchema = id('review')
export const replyIdSchema = id('reply')

export type AccountId = z.infer<typeof accountIdSchema>
export type OrganizationId = z.infer<typeof organizationIdSchema>
export type RepositoryId = z.infer<typeof repositoryIdSchema>
export type TaskId = z.infer<typeof taskIdSchema>
export type SessionId = z.infer<typeof sessionIdSchema>
export type TurnId = z.infer<typeof turnIdSchema>
export type JobId = z.infer<typeof jobIdSchema>
export type PermissionId = z.infer<typeof permissionIdSchema>
export type PromptId = z.infer<typeof promptIdSchema>
export type CheckpointId = z.infer<typeof checkpointIdSchema>
export type AttachmentId = z.infer<typeof attachmentIdSchema>
export type TerminalId = z.infer<typeof terminalIdSchema>
export type CommentId = z.infer<typeof commentIdSchema>
export type ReviewId = z.infer<typeof reviewIdSchema>
export type ReplyId = z.infer<typeof replyIdSchema>
