import type { AgentId } from '@shared/domain'
import type { SecretsStore } from './services'

/** API keys of agents, in the OS keychain. */
export interface AgentSecrets {
  /** The environment that this agent, and no other, gets. */
  keysFor(agentId: AgentId): Promise<Record<string, string>>
  /** Names only: what can be shown without opening the keychain. */
  namesFor(agentId: AgentId): Promise<string[]>
  set(agentId: AgentId, variable: string, value: string): Promise<void>
  remove(agentId: AgentId, variable: string): Promise<void>
}

const prefixOf = (agentId: AgentId): string => `agent-key:${agentId}:`

/** @param changed called after a key of an agent was set or removed */
export function createAgentSecrets(secrets: SecretsStore, changed: (agentId: AgentId) => void): AgentSecrets {
  async function namesFor(agentId: AgentId): Promise<string[]> {
    const names = await secrets.names(prefixOf(agentId))
    return names.map((name) => name.slice(prefixOf(agentId).length))
  }
  return {
    async keysFor(agentId) {
      const keys: Record<string, string> = {}
      for (const variable of await namesFor(agentId)) {
        const value = await secrets.get(prefixOf(agentId) + variable)
        if (value !== null) keys[variable] = value
      }
      return keys
    },
    namesFor,
    async set(agentId, variable, value) {
      await secrets.set(prefixOf(agentId) + variable, value)
      changed(agentId)
    },
    async remove(agentId, variable) {
      await secrets.delete(prefixOf(agentId) + variable)
      changed(agentId)
    },
  }
}
