import type { Agent, ModelChoice } from './domain'

type KnownAgents = readonly Pick<Agent, 'id' | 'name' | 'options'>[]

/** An agent with its model, as people know them. */
export function choiceName(agents: KnownAgents, choice: ModelChoice): string {
  const name = agents.find(({ id }) => id === choice.agentId)?.name ?? choice.agentId
  const model = modelName(agents, choice)
  return model === null ? name : `${name} ${model}`
}

/** Several choices told apart in as few words as that takes: by their models, or else with their agents. */
export function choiceNames(agents: KnownAgents, choices: readonly ModelChoice[]): string[] {
  const short = choices.map((choice) => {
    const model = modelName(agents, choice)
    // Some agents write who serves a model in front of its name.
    return model === null ? choiceName(agents, choice) : (model.split('/').at(-1) ?? model)
  })
  return choices.map((choice, nth) => {
    const name = short[nth] ?? ''
    const isAlone = short.filter((other) => other === name).length === 1
    return isAlone ? name : choiceName(agents, choice)
  })
}

function modelName(agents: KnownAgents, { agentId, modelId }: ModelChoice): string | null {
  if (modelId === null) return null
  const values = agents
    .find(({ id }) => id === agentId)
    ?.options.find(({ category }) => category === 'model')?.values
  return values?.find(({ value }) => value === modelId)?.name ?? modelId
}
