/** What a person has decided about the questions of agents before they are asked. Pure: main decides by it, the window shows it. */
import type {
  PermissionPolicy,
  PolicyGrounds,
  PolicyMode,
  PolicyProposal,
  PolicyRule,
} from './permission-policy-schema'

/** Kinds of tool calls a policy can name; a call of any other kind is always asked about. */
export const policyKinds = ['read', 'search', 'fetch', 'edit', 'delete', 'move', 'execute', 'other'] as const
export type PolicyKind = (typeof policyKinds)[number]

export const policyDecisions = ['ask', 'allow', 'reject'] as const
export type PolicyDecision = (typeof policyDecisions)[number]

/** Everything is asked. */
export const noPolicy: PermissionPolicy = { rules: [], commands: [] }

/** An answer that the agent offers. */
export interface PolicyOption {
  readonly id: string
  readonly kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always'
}

/** What is asked about, as far as an agent says so. */
export interface PolicyQuestion {
  /** ACP `ToolCallUpdate`: hostile, any field may be missing or of another type. */
  toolCall: Readonly<Record<string, unknown>>
  options: readonly PolicyOption[]
  mode: PolicyMode | null
  /** The checkout. */
  cwd: string
}

/** The option that the policy answers with, and why; null where a person has to. */
export function decide(
  policy: PermissionPolicy,
  question: PolicyQuestion,
): { optionId: string; grounds: PolicyGrounds } | null {
  const { toolCall, options, cwd } = question
  const kind = policyKindOf(toolCall)
  if (kind === null) return null
  const grounds = groundsFor(policy, kind, question)
  if (grounds === null) return null
  if (grounds.decision === 'allow' && !staysInside(kind, toolCall, cwd)) return null
  const option = onlyOption(options, grounds.decision)
  return option === null ? null : { optionId: option.id, grounds }
}

function groundsFor(
  policy: PermissionPolicy,
  kind: PolicyKind,
  { toolCall, mode }: PolicyQuestion,
): PolicyGrounds | null {
  const rules = policy.rules.filter((rule) => rule.kind === kind)
  const ofMode = mode === null ? undefined : rules.find((rule) => sameMode(rule.mode, mode))
  // What was said about this very mode comes before everything else.
  if (ofMode === undefined && kind === 'execute') {
    const words = commandWords(commandOf(toolCall))
    const command = policy.commands.find((prefix) => beginsWith(words, commandWords(prefix)))
    if (command !== undefined) return { decision: 'allow', kind, mode: null, command }
  }
  const rule = ofMode ?? rules.find((other) => other.mode === null)
  if (rule === undefined || rule.decision === 'ask') return null
  return { decision: rule.decision, kind, mode: rule.mode, command: null }
}

/** What "always allow" on the card of a question would add; null where nothing can be said that is narrow enough. */
export function proposal(
  question: Pick<PolicyQuestion, 'toolCall' | 'options' | 'cwd'>,
): PolicyProposal | null {
  const kind = policyKindOf(question.toolCall)
  if (kind === null || kind === 'other' || kind === 'delete') return null
  if (onlyOption(question.options, 'allow') === null) return null
  if (!staysInside(kind, question.toolCall, question.cwd)) return null
  if (kind !== 'execute') return { kind, command: null }
  const words = commandWords(commandOf(question.toolCall))
  return words === null ? null : { kind, command: words.join(' ') }
}

/** The policy with what was proposed in it. A rule for one mode that says otherwise stays. */
export function withProposal(policy: PermissionPolicy, { kind, command }: PolicyProposal): PermissionPolicy {
  if (command === null) return withRule(policy, { kind, mode: null, decision: 'allow' })
  if (policy.commands.includes(command)) return policy
  return { ...policy, commands: [...policy.commands, command] }
}

/** The policy with this rule in place of another about the same. To ask in every mode is what no rule says as well. */
export function withRule(policy: PermissionPolicy, rule: PolicyRule): PermissionPolicy {
  const others = policy.rules.filter((other) => ruleKey(other) !== ruleKey(rule))
  const needless = rule.mode === null && rule.decision === 'ask'
  return { ...policy, rules: needless ? others : [...others, rule] }
}

/** What a rule is about. */
export function ruleKey({ kind, mode }: Pick<PolicyRule, 'kind' | 'mode'>): string {
  return JSON.stringify(mode === null ? [kind] : [kind, mode.agentId, mode.modeId])
}

const sameMode = (a: PolicyMode | null, b: PolicyMode): boolean =>
  a !== null && a.agentId === b.agentId && a.modeId === b.modeId

export function policyKindOf(toolCall: Readonly<Record<string, unknown>>): PolicyKind | null {
  return policyKinds.find((kind) => kind === toolCall['kind']) ?? null
}

/**
 * The one option that says this once. Where there are several the agent asks for more than yes or no; one that also
 * holds for later would say more than the policy does.
 */
function onlyOption(options: readonly PolicyOption[], decision: 'allow' | 'reject'): PolicyOption | null {
  const fitting = options.filter(({ kind }) => kind === `${decision}_once`)
  return fitting.length === 1 ? (fitting[0] ?? null) : null
}

// ---- commands --------------------------------------------------------------------------------------

/** What no shell reads anything into; quotes hold the same and spaces. */
const plain = String.raw`[\p{L}\p{N}_@+:,./=~-]`
const word = String.raw`(?:${plain}|"(?:${plain}| )*"|'(?:${plain}| )*')+`
const plainCommand = new RegExp(String.raw`^[ \t]*${word}(?:[ \t]+${word})*[ \t]*$`, 'u')
const eachWord = new RegExp(word, 'gu')

/**
 * The words of a command that is one command and nothing else, whatever shell reads it. Null for all others: what
 * holds `;`, `&`, `|`, `$`, backquotes, brackets, redirections, patterns, escapes, comments, line ends or the like.
 */
export function commandWords(command: string | null): readonly string[] | null {
  if (command === null || command.length > 10_000 || !plainCommand.test(command)) return null
  return command.match(eachWord)
}

function beginsWith(words: readonly string[] | null, prefix: readonly string[] | null): boolean {
  if (words === null || prefix === null || prefix.length === 0) return false
  return prefix.every((one, index) => words[index] === one)
}

/** The command line an agent asks to run; null where it does not say so in one way only. */
export function commandOf(toolCall: Readonly<Record<string, unknown>>): string | null {
  const input = record(toolCall['rawInput'])
  if (input === null) return null
  // Other variables can make another program of the same words.
  if (['env', 'environment'].some((name) => Object.keys(record(input[name]) ?? {}).length > 0)) return null
  const command = input['command']
  if (typeof command === 'string') return command
  if (!Array.isArray(command) || !command.every((part) => typeof part === 'string')) return null
  const [shell, flag, script] = command as string[]
  if (command.length === 3 && /^(?:\/bin\/)?(?:ba|z)?sh$/.test(shell ?? '') && /^-l?c$/.test(flag ?? ''))
    return script ?? null
  const isPlain = command.every((part: string) => commandWords(part)?.length === 1)
  return isPlain ? command.join(' ') : null
}

// ---- places ----------------------------------------------------------------------------------------

const changesFiles: ReadonlySet<PolicyKind> = new Set(['edit', 'delete', 'move'])

/**
 * Whether all the places the agent names are in the checkout, and none of them is git's own. What changes files
 * without saying where could be anywhere.
 */
function staysInside(kind: PolicyKind, toolCall: Readonly<Record<string, unknown>>, cwd: string): boolean {
  if (kind === 'fetch') return true
  const paths = pathsOf(toolCall)
  if (paths === null) return false
  if (paths.length === 0) return !changesFiles.has(kind)
  return paths.every((path) => isInside(cwd, path))
}

/** Every path of a tool call; null where one is of a shape that cannot be read. */
function pathsOf(toolCall: Readonly<Record<string, unknown>>): string[] | null {
  const paths: unknown[] = []
  const lists = [toolCall['locations'], toolCall['content']]
  for (const list of lists) {
    if (list === undefined || list === null) continue
    if (!Array.isArray(list)) return null
    for (const entry of list) {
      const fields = record(entry)
      if (fields === null) return null
      if ('path' in fields) paths.push(fields['path'])
    }
  }
  for (const [name, value] of Object.entries(record(toolCall['rawInput']) ?? {})) {
    if (!/path|file|dir|^cwd$/i.test(name)) continue
    if (Array.isArray(value)) paths.push(...(value as unknown[]))
    // Numbers and switches are no places.
    else if (typeof value === 'string' || (typeof value === 'object' && value !== null)) paths.push(value)
  }
  return paths.every((path) => typeof path === 'string') ? (paths as string[]) : null
}

/** By the words of the path: links are not followed. */
export function isInside(cwd: string, path: string): boolean {
  const windows = /^[A-Za-z]:[\\/]/.test(cwd)
  const parts = (text: string): string[] | null => {
    const out: string[] = []
    for (const part of text.split(windows ? /[\\/]/ : '/')) {
      if (part === '' || part === '.') continue
      if (part === '..') {
        if (out.length === 0) return null
        out.pop()
      } else out.push(windows ? part.toLowerCase() : part)
    }
    return out
  }
  const absolute = windows ? /^[A-Za-z]:[\\/]/.test(path) : path.startsWith('/')
  if (path === '' || path.includes('\0') || /^[~$%]/.test(path) || /^[a-z][a-z0-9+.-]+:/i.test(path))
    return false
  if (!absolute && windows && /^[\\/]/.test(path)) return false
  const root = parts(cwd)
  const full = parts(absolute ? path : `${cwd}/${path}`)
  if (root === null || full === null) return false
  const rest = full.slice(root.length)
  return (
    root.every((part, index) => full[index] === part) && !rest.some((part) => part.toLowerCase() === '.git')
  )
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** A command prefix as it is kept; null where it is not one plain command. */
export function commandPrefix(text: string): string | null {
  return commandWords(text)?.join(' ') ?? null
}
