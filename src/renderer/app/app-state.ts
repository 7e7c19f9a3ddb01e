import type { AppState } from '@shared/app-state'
import type { Agent, Settings } from '@shared/domain'
import { useEffect, useMemo } from 'react'
import { create } from 'zustand'
import { call } from '../client/call'
import { useEntities, useEntity } from '../client/topics'
import { showError } from '../ui/toast'

/** What main says about the app as a whole; undefined until it has answered. */
export function useAppState(): AppState | undefined {
  return useEntity('app', null, 'state', 'app')
}

export function useSettings(): Settings | undefined {
  return useEntity('app', null, 'settings', 'settings')
}

/** Agents in the order in which they are offered: usable ones first. */
export function useAgents(): readonly Agent[] {
  const agents = useEntities('app', null, 'agent')
  return useMemo(
    () => [...agents.values()].toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)),
    [agents],
  )
}

/** What is known of agents for longer than this is asked for again before a choice. */
const staleMs = 10 * 60_000
const useLookUp = create<{ looking: boolean }>(() => ({ looking: false }))
let askedAt = Number.NEGATIVE_INFINITY

async function lookUpAgents(): Promise<void> {
  useLookUp.setState({ looking: true })
  const result = await call('agent.refresh')
  useLookUp.setState({ looking: false })
  if (!result.ok) showError(result.error)
}

/** Agents for a person who is about to choose one: looked up when nothing is known, or what is known is old. */
export function useAgentChoice(): { agents: readonly Agent[]; looking: boolean } {
  const agents = useAgents()
  const known = useAppState() !== undefined
  const looking = useLookUp((state) => state.looking)
  const newest = agents.reduce((latest, agent) => Math.max(latest, agent.refreshedAt), 0)
  useEffect(() => {
    const now = Date.now()
    // A look-up that failed is repeated by the person, not by every view that opens.
    if (!known || now - newest < staleMs || now - askedAt < staleMs) return
    askedAt = now
    void lookUpAgents()
  }, [known, newest])
  return { agents, looking }
}

function rank(agent: Agent): number {
  if (!agent.installed) return 2
  return agent.credentials ? 0 : 1
}
