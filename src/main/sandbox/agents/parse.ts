import { agentIdSchema, type Agent, type AgentOption } from '@shared/domain'
import { z } from 'zod'

/** What a server says of one agent, as far as it can be trusted. */
export interface ListedAgent {
  id: Agent['id']
  installed: boolean
  credentials: boolean
  version: string | null
  path: string | null
  options: AgentOption[]
  configError: string | null
}

const MOST_AGENTS = 100
const MOST_OPTIONS = 50
const MOST_VALUES = 2000
const DEEPEST_GROUP = 4
const LONGEST_ID = 500
const LONGEST_NAME = 200
const LONGEST_TEXT = 1000

const listSchema = z.object({ agents: z.array(z.unknown()) })
const text = z.string().nullish().catch(null)
const agentSchema = z.object({
  id: agentIdSchema,
  installed: z.boolean().catch(false),
  credentialsAvailable: z.boolean().catch(false),
  version: text,
  path: text,
  configError: text,
  configOptions: z.unknown().optional(),
})
const optionSchema = z.object({
  id: z.string().min(1).max(LONGEST_ID),
  category: text,
  name: text,
  currentValue: z
    .union([z.string().max(LONGEST_ID), z.boolean()])
    .nullish()
    .catch(null),
  options: z.unknown().optional(),
})
/** A value, or a group of values (or of groups). */
const entrySchema = z.object({
  value: z.string().min(1).max(LONGEST_ID).optional().catch(undefined),
  name: text,
  group: text,
  description: text,
  options: z.array(z.unknown()).optional().catch(undefined),
})

/** The answer to `listAgents({ config: true })`; null when it is no such answer. What makes no sense in it is left out. */
export function parseAgentList(value: unknown): ListedAgent[] | null {
  const list = listSchema.safeParse(value)
  if (!list.success) return null
  const agents = new Map<string, ListedAgent>()
  for (const entry of list.data.agents.slice(0, MOST_AGENTS)) {
    const parsed = agentSchema.safeParse(entry)
    if (!parsed.success || agents.has(parsed.data.id)) continue
    const { id, installed, credentialsAvailable, version, path, configError, configOptions } = parsed.data
    agents.set(id, {
      id,
      installed,
      credentials: credentialsAvailable,
      version: versionOf(version),
      path: path ?? null,
      options: parseOptions(configOptions),
      configError: line(configError, LONGEST_TEXT),
    })
  }
  return [...agents.values()]
}

/** An agent's settings, with groups of values flattened: each value once, under the heading it first had. */
export function parseOptions(value: unknown): AgentOption[] {
  if (!Array.isArray(value)) return []
  const options = new Map<string, AgentOption>()
  for (const entry of value.slice(0, MOST_OPTIONS)) {
    const parsed = optionSchema.safeParse(entry)
    if (!parsed.success || options.has(parsed.data.id)) continue
    const { id, category, name, currentValue } = parsed.data
    options.set(id, {
      id,
      category: line(category, LONGEST_NAME) ?? 'other',
      name: line(name, LONGEST_NAME) ?? id,
      currentValue: currentValue == null ? null : String(currentValue),
      values: typeof currentValue === 'boolean' ? onAndOff() : parseValues(parsed.data.options),
    })
  }
  return [...options.values()]
}

function onAndOff(): AgentOption['values'] {
  return [
    { value: 'true', name: 'On' },
    { value: 'false', name: 'Off' },
  ]
}

function parseValues(list: unknown): AgentOption['values'] {
  const values = new Map<string, AgentOption['values'][number]>()
  const walk = (entries: unknown, group: string | null, depth: number): void => {
    if (!Array.isArray(entries) || depth > DEEPEST_GROUP) return
    for (const entry of entries) {
      if (values.size >= MOST_VALUES) return
      const parsed = entrySchema.safeParse(entry)
      if (!parsed.success) continue
      const { value, name, description, options, group: own } = parsed.data
      if (options !== undefined) {
        const heading = line(name, LONGEST_NAME) ?? line(own, LONGEST_NAME)
        walk(options, [group, heading].filter((part) => part !== null).join(' / ') || null, depth + 1)
      } else if (value !== undefined && !values.has(value)) {
        const heading = line(own, LONGEST_NAME) ?? group
        const more = line(description, LONGEST_TEXT)
        values.set(value, {
          value,
          name: line(name, LONGEST_NAME) ?? value,
          ...(more === null ? {} : { description: more }),
          ...(heading === null ? {} : { group: heading }),
        })
      }
    }
  }
  walk(list, null, 0)
  return [...values.values()]
}

/** Agents print their version in words: `2.1.0 (Claude Code)`, `codex-cli 0.98.0`. */
function versionOf(said: string | null | undefined): string | null {
  const words = line(said, LONGEST_NAME)
  return words === null ? null : (/\d+\.\d+[\w.+-]*/.exec(words)?.[0] ?? words)
}

/** Text for one line: control characters and those that turn its direction become spaces. */
function line(value: string | null | undefined, longest: number): string | null {
  const clean = (value ?? '')
    // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
    .slice(0, longest)
  return clean === '' ? null : clean
}
