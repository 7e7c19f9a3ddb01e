import type { Agent, ModelChoice, Repository } from '@shared/domain'
import { CaptionedControl } from '../../ui/field'
import { Select } from '../../ui/select'
import { ModelPicker } from '../model-picker/model-picker'

/** Who works on it: agent and model, and the agent's mode where it has several. */
export function AgentChoice({
  agents,
  choice,
  modeId,
  repository,
  look = 'field',
  onChoose,
  onMode,
}: {
  agents: readonly Agent[]
  choice: ModelChoice | null
  modeId: string | null
  repository: Repository | undefined
  /** `quiet`: in the foot of a composer, without captions. */
  look?: 'field' | 'quiet'
  onChoose: (choice: ModelChoice) => void
  onMode: (modeId: string) => void
}) {
  const modes = modesOf(agents, choice)
  const modeSelect = modes !== undefined && modes.values.length > 1 && (
    <Select
      label={modes.name}
      value={knownMode(agents, choice, modeId) ?? modes.currentValue ?? ''}
      look={look}
      choices={modes.values.map((mode) => ({
        value: mode.value,
        label: mode.name,
        ...(mode.description === undefined ? {} : { hint: mode.description }),
      }))}
      onChange={onMode}
    />
  )
  const picker = (
    <ModelPicker
      agents={agents}
      value={choice}
      look={look}
      repository={repository}
      anyModel
      onChange={onChoose}
    />
  )
  if (look === 'quiet')
    return (
      <div className="flex min-w-0 flex-wrap items-center gap-4">
        {picker}
        {modeSelect}
      </div>
    )
  return (
    <div className="flex flex-wrap gap-12">
      <div className="min-w-field flex-1">
        <CaptionedControl caption="Agent and model">{picker}</CaptionedControl>
      </div>
      {modeSelect !== false && (
        <div className="min-w-field flex-1">
          <CaptionedControl caption={modes?.name ?? ''}>{modeSelect}</CaptionedControl>
        </div>
      )}
    </div>
  )
}

function modesOf(agents: readonly Agent[], choice: ModelChoice | null) {
  return agents
    .find((agent) => agent.id === choice?.agentId)
    ?.options.find((option) => option.category === 'mode')
}

/** The mode that was chosen, where the agent has it. */
export function knownMode(
  agents: readonly Agent[],
  choice: ModelChoice | null,
  modeId: string | null,
): string | null {
  return modesOf(agents, choice)?.values.some((mode) => mode.value === modeId) === true ? modeId : null
}
