import type { Agent, AgentId } from '@shared/domain'

/** What a person chooses: an agent and one of its models, or the agent's own default. */
export interface ModelChoice {
  readonly agentId: AgentId
  readonly modelId: string | null
}

export interface ModelEntry extends ModelChoice {
  /** Unique among all entries. */
  readonly value: string
  readonly label: string
  readonly agentName: string
  readonly description: string
  /** Lower-case words that a search looks through. */
  readonly search: string
}

/** A type and not an interface, because the list component asks for an index signature. */
export type ModelGroup = {
  readonly value: string
  readonly label: string
  readonly agentId: AgentId
  readonly items: readonly ModelEntry[]
}

/** The models of all installed agents, under one heading for each agent and group of its list. */
export function modelGroups(agents: readonly Agent[]): ModelGroup[] {
  return agents
    .filter((agent) => agent.installed)
    .flatMap((agent) => {
      const values = agent.options.find((option) => option.category === 'model')?.values ?? []
      const byGroup = new Map<string, ModelEntry[]>()
      if (values.length === 0 || agent.optionsSource === 'static')
        byGroup.set('', [entry(agent, null, 'Default model', 'What the agent itself is set to', '')])
      for (const value of values) {
        const group = value.group ?? ''
        const list = byGroup.get(group) ?? []
        list.push(entry(agent, value.value, value.name, value.description ?? '', group))
        byGroup.set(group, list)
      }
      return [...byGroup].map(([group, items]) => ({
        value: `${agent.id}/${group}`,
        label: group === '' ? agent.name : `${agent.name}, ${group}`,
        agentId: agent.id,
        items,
      }))
    })
}

function entry(
  agent: Agent,
  modelId: string | null,
  label: string,
  description: string,
  group: string,
): ModelEntry {
  return {
    agentId: agent.id,
    modelId,
    value: `${agent.id}\n${modelId ?? ''}`,
    label,
    agentName: agent.name,
    description,
    search: `${agent.name} ${group} ${label} ${modelId ?? ''}`.toLocaleLowerCase(),
  }
}

/** Groups with the entries in which every word of the query stands; a model id can be searched too. */
export function searchModels(groups: readonly ModelGroup[], query: string): ModelGroup[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...groups]
  return groups.flatMap((group) => {
    const items = group.items.filter((item) => words.every((word) => item.search.includes(word)))
    return items.length === 0 ? [] : [{ ...group, items }]
  })
}

/** The name under which a choice is shown, also while its agent's list is not known. */
export function choiceLabel(agents: readonly Agent[], choice: ModelChoice | null): string {
  if (choice === null) return 'Choose an agent'
  const agent = agents.find((one) => one.id === choice.agentId)
  const name = agent?.name ?? choice.agentId
  if (choice.modelId === null) return name
  const model = agent?.options
    .find((option) => option.category === 'model')
    ?.values.find((value) => value.value === choice.modelId)
  return `${name} ${model?.name ?? choice.modelId}`
}

/** What a new task starts with: the person's default, else the first agent that can work. */
export function usualChoice(
  agents: readonly Agent[],
  defaultAgentId: string | null,
  defaultModelId: string | null,
): ModelChoice | null {
  const preferred = agents.find((agent) => agent.id === defaultAgentId)
  if (preferred !== undefined && preferred.installed)
    return { agentId: preferred.id, modelId: defaultModelId }
  const first =
    agents.find((agent) => agent.installed && agent.credentials) ?? agents.find((agent) => agent.installed)
  if (first === undefined) return null
  return { agentId: first.id, modelId: currentModel(first) }
}

/** Null leaves it to the agent: the list from before its first session names models it may not have. */
function currentModel(agent: Agent): string | null {
  if (agent.optionsSource === 'static') return null
  const option = agent.options.find((one) => one.category === 'model')
  return option?.currentValue ?? null
}
