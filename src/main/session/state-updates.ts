import type { SessionDetail, Usage } from '@shared/domain'
import { readConfigOptions, ofCategory, withValue, type AgentOptions } from './agent-options'
import { asLine, asList, asText, isRecord } from './hostile'
import { joinUsage, usageOfUpdate } from './usage'

/** What a live agent has said about its session. */
export interface LiveFacts {
  commands: SessionDetail['commands']
  usage: Usage | null
  agentTitle: string | null
}

const MOST_COMMANDS = 500

/**
 * Applies an update that describes the session as it is. Null for an update that is something that happened,
 * which belongs into the record. `record`: both.
 */
export function applyStateUpdate(
  update: Record<string, unknown>,
  facts: LiveFacts,
  options: AgentOptions,
): { facts: LiveFacts; options: AgentOptions; usage: Usage | null; record: boolean } | null {
  const unchanged = { facts, options, usage: null, record: false }
  switch (update['sessionUpdate']) {
    case 'available_commands_update':
      return { ...unchanged, facts: { ...facts, commands: readCommands(update['availableCommands']) } }
    case 'config_option_update': {
      const read = readConfigOptions(update['configOptions'])
      return read.options.length === 0 ? unchanged : { ...unchanged, options: read }
    }
    case 'current_mode_update': {
      const mode = ofCategory(options.options, 'mode')
      const value = asText(update['currentModeId'])
      if (mode === undefined || value === null) return { ...unchanged, record: true }
      return { ...unchanged, options: withValue(options, mode.id, value), record: true }
    }
    case 'session_info_update': {
      const title = asLine(update['title'], 200)
      return title === null ? unchanged : { ...unchanged, facts: { ...facts, agentTitle: title } }
    }
    case 'usage_update': {
      const usage = usageOfUpdate(update)
      return { ...unchanged, facts: { ...facts, usage: joinUsage(facts.usage, usage) }, usage }
    }
    default:
      return null
  }
}

function readCommands(value: unknown): LiveFacts['commands'] {
  return asList(value)
    .slice(0, MOST_COMMANDS)
    .flatMap((entry) => {
      if (!isRecord(entry)) return []
      const name = asLine(entry['name'], 100)
      if (name === null) return []
      const hint = isRecord(entry['input']) ? asLine(entry['input']['hint'], 200) : null
      return [{ name, description: asLine(entry['description'], 1000) ?? '', hint }]
    })
}
