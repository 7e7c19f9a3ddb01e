import { useCallback } from 'react'
import { useAgents } from '../../app/app-state'

/** Agents as a person calls them. */
export function useAgentNames(): (id: string) => string {
  const agents = useAgents()
  return useCallback((id: string) => agents.find((agent) => agent.id === id)?.name ?? id, [agents])
}
