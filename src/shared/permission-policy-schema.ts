/** What of policies is stored and crosses to the window. */
import { z } from 'zod'
import { commandPrefix, policyDecisions, policyKinds, ruleKey } from './permission-policy'

export const policyModeSchema = z.object({ agentId: z.string().max(64), modeId: z.string().min(1).max(200) })
/** A mode of an agent: modes of different agents have nothing in common but, sometimes, their name. */
export type PolicyMode = z.infer<typeof policyModeSchema>

export const policyRuleSchema = z.object({
  kind: z.enum(policyKinds),
  /** Null: in every mode that has no rule of its own. */
  mode: policyModeSchema.nullable(),
  decision: z.enum(policyDecisions),
})
export type PolicyRule = z.infer<typeof policyRuleSchema>

/** The words an allowed command begins with. */
const commandPrefixSchema = z
  .string()
  .max(500)
  .transform((text, context) => {
    const prefix = commandPrefix(text)
    if (prefix !== null) return prefix
    context.addIssue('Only one plain command, without what a shell would act on')
    return z.NEVER
  })

export const permissionPolicySchema = z
  .object({
    rules: z.array(policyRuleSchema).max(200),
    /** Commands that are allowed in every mode, whatever follows their words. */
    commands: z.array(commandPrefixSchema).max(200),
  })
  .refine(({ rules }) => new Set(rules.map(ruleKey)).size === rules.length, 'Two rules are about the same')
export type PermissionPolicy = z.infer<typeof permissionPolicySchema>

/** By what a question was answered: a rule, or an allowed command. */
export const policyGroundsSchema = z.object({
  decision: z.enum(['allow', 'reject']),
  kind: z.enum(policyKinds),
  mode: policyModeSchema.nullable(),
  command: z.string().nullable(),
})
export type PolicyGrounds = z.infer<typeof policyGroundsSchema>

/** What a person can add to the policy with one click, where a question is on screen. */
export const policyProposalSchema = z.object({
  kind: z.enum(policyKinds).exclude(['other', 'delete']),
  /** Of `execute`, and only there. */
  command: z.string().nullable(),
})
export type PolicyProposal = z.infer<typeof policyProposalSchema>
