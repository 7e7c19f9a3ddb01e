import type { PolicyDecision, PolicyKind } from '@shared/permission-policy'
import type { PolicyGrounds, PolicyProposal } from '@shared/permission-policy-schema'

/** Kinds as a person tells them apart, and what they cover. */
export const kindWords: Record<PolicyKind, { name: string; hint: string }> = {
  read: { name: 'Read files', hint: 'in the checkout' },
  search: { name: 'Search files', hint: 'in the checkout' },
  fetch: { name: 'Fetch pages', hint: 'from anywhere' },
  edit: { name: 'Edit files', hint: 'in the checkout, not in .git' },
  delete: { name: 'Delete files', hint: 'in the checkout, not in .git' },
  move: { name: 'Move files', hint: 'in the checkout, not in .git' },
  execute: { name: 'Run commands', hint: 'with all that they can do' },
  other: { name: 'Other tools', hint: 'whatever the agent has besides' },
}

export const decisionWords: Record<PolicyDecision, string> = { ask: 'Ask', allow: 'Allow', reject: 'Reject' }

/** By what a question was answered. */
export function policyWords({ decision, command, mode }: PolicyGrounds): string {
  const verb = decision === 'allow' ? 'Allowed' : 'Refused'
  const why = command !== null ? `: “${command}”` : mode !== null ? ` for mode ${mode.modeId}` : ''
  return `${verb} by this repository's policy${why}`
}

const plural: Record<PolicyProposal['kind'], string> = {
  read: 'reading files',
  search: 'searches',
  fetch: 'fetching pages',
  edit: 'edits',
  move: 'moving files',
  execute: 'commands',
}

/** On the card of a question. */
export function proposalWords({ kind, command }: PolicyProposal): string {
  const what =
    command === null ? plural[kind] : `“${command.length > 60 ? `${command.slice(0, 59)}…` : command}”`
  return `Always allow ${what} in this repository`
}
