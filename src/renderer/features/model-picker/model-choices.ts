import { choiceName } from '@shared/choice-name'
import type { Agent, AgentId, ModelChoice, UserModels } from '@shared/domain'

export interface ModelEntry extends ModelChoice {
  /** Unique among all entries. */
  readonly value: string
  readonly label: string
  readonly agentName: string
  /** Among models of other agents. */
  readonly showAgent?: boolean
  readonly description: string
  /** Lower-case words that a search looks through. */
  readonly search: string
}

/** A type and not an interface, because the list component asks for an index signature. */
export type ModelGroup = {
  readonly value: string
  readonly label: string
  /** Whose mark stands before it; null where entries of several agents do. */
  readonly agentId: AgentId | null
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

/** What a person comes back to, before all that there is: their favourites, then what they used last. */
export function withOwn(groups: readonly ModelGroup[], models: UserModels | undefined): ModelGroup[] {
  if (models === undefined) return [...groups]
  const all = groups.flatMap((group) => group.items)
  const own = (name: string, choices: readonly ModelChoice[]): ModelGroup[] => {
    const items = choices.flatMap((choice) => {
      const found = all.find((item) => isSameChoice(item, choice))
      return found === undefined ? [] : [{ ...found, value: `${name}\n${found.value}`, showAgent: true }]
    })
    return items.length === 0 ? [] : [{ value: name, label: name, agentId: null, items }]
  }
  const recent = models.recent.filter((choice) => !models.favourites.some((one) => isSameChoice(one, choice)))
  return [...own('Favourites', models.favourites), ...own('Recently used', recent), ...groups]
}

/**
 * Groups with the entries in which every word of the query stands; a model id can be searched too. Where nothing does,
 * and a model may be named that no agent listed, each agent is offered with it.
 */
export function searchModels(
  groups: readonly ModelGroup[],
  query: string,
  agents: readonly Agent[] = [],
): ModelGroup[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...groups]
  const found = groups.flatMap((group) => {
    const items = group.items.filter((item) => words.every((word) => item.search.includes(word)))
    return items.length === 0 ? [] : [{ ...group, items }]
  })
  const id = query.trim()
  const named = agents.filter(({ installed }) => installed)
  if (found.length > 0 || /\s/.test(id) || named.length === 0) return found
  const items = named.map((agent) =>
    entry(agent, id, `${agent.name}: ${id}`, 'Not in its list: the agent says whether it has it', ''),
  )
  return [{ value: 'Other', label: 'A model that is not listed', agentId: null, items }]
}

export const isSameChoice = (a: ModelChoice, b: ModelChoice): boolean =>
  a.agentId === b.agentId && a.modelId === b.modelId

/** The name under which a choice is shown, also while its agent's list is not known. */
export function choiceLabel(agents: readonly Agent[], choice: ModelChoice | null): string {
  return choice === null ? 'Choose an agent' : choiceName(agents, choice)
}

/** What new work starts with: what the person wants in the repository, or usually, else the first agent that can work. */
export function usualChoice(
  agents: readonly Agent[],
  models: Pick<UserModels, 'usual' | 'repositories'> | undefined,
  repositoryId: string | undefined,
): ModelChoice | null {
  const wanted = [models?.repositories[repositoryId ?? ''], models?.usual]
  for (const choice of wanted)
    if (choice != null && agents.some((agent) => agent.id === choice.agentId && agent.installed))
      return choice
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
