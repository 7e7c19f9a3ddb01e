import type { AgentOption } from '@shared/domain'
import { asLine, asList, asText, isRecord } from './hostile'

/** With which ACP call an option is set. */
export type OptionSetter = 'config' | 'config_boolean' | 'mode' | 'model'

/** The settings a live session of an agent offers. */
export interface AgentOptions {
  options: AgentOption[]
  setters: ReadonlyMap<string, OptionSetter>
}

export const noOptions: AgentOptions = { options: [], setters: new Map() }

const MOST_OPTIONS = 50
const MOST_VALUES = 2000

/**
 * Reads what `session/new`, `session/load` or `session/resume` answered. Agents that know config options list
 * everything there; older ones name models and modes apart.
 */
export function readAgentOptions(response: unknown): AgentOptions {
  if (!isRecord(response)) return noOptions
  const read = readConfigOptions(response['configOptions'])
  const options = [...read.options]
  const setters = new Map(read.setters)
  const add = (option: AgentOption | null, setter: OptionSetter): void => {
    if (
      option === null ||
      options.some((other) => other.category === option.category || other.id === option.id)
    )
      return
    options.push(option)
    setters.set(option.id, setter)
  }
  const { models, modes } = response
  if (isRecord(models))
    add(
      listOption('model', 'Model', asText(models['currentModelId']), models['availableModels'], 'modelId'),
      'model',
    )
  if (isRecord(modes))
    add(listOption('mode', 'Mode', asText(modes['currentModeId']), modes['availableModes'], 'id'), 'mode')
  return { options, setters }
}

/** Reads `configOptions` as a `config_option_update` or the answer to a change carries them. */
export function readConfigOptions(value: unknown): AgentOptions {
  const options: AgentOption[] = []
  const setters = new Map<string, OptionSetter>()
  for (const entry of asList(value).slice(0, MOST_OPTIONS)) {
    if (!isRecord(entry)) continue
    const id = asText(entry['id'])
    if (id === null || id === '' || setters.has(id)) continue
    const base = {
      id,
      category: asLine(entry['category'], 100) ?? 'other',
      name: asLine(entry['name'], 200) ?? id,
    }
    if (typeof entry['currentValue'] === 'boolean') {
      const values = [
        { value: 'true', name: 'On' },
        { value: 'false', name: 'Off' },
      ]
      options.push({ ...base, currentValue: String(entry['currentValue']), values })
      setters.set(id, 'config_boolean')
    } else {
      options.push({
        ...base,
        currentValue: asText(entry['currentValue']),
        values: readValues(entry['options']),
      })
      setters.set(id, 'config')
    }
  }
  return { options, setters }
}

/** The same options with another current value of one of them. */
export function withValue(agentOptions: AgentOptions, optionId: string, value: string): AgentOptions {
  return {
    setters: agentOptions.setters,
    options: agentOptions.options.map((option) =>
      option.id === optionId ? { ...option, currentValue: value } : option,
    ),
  }
}

/** What the person chose for a session, where it differs from what the agent has set. */
export function chosenChanges(
  options: readonly AgentOption[],
  chosen: { modelId: string | null; modeId: string | null; options: Readonly<Record<string, string>> },
): { optionId: string; value: string }[] {
  const changes: { optionId: string; value: string }[] = []
  const want = (optionId: string | undefined, value: string | null): void => {
    const option = options.find((other) => other.id === optionId)
    if (option !== undefined && value !== null && option.currentValue !== value)
      changes.push({ optionId: option.id, value })
  }
  want(ofCategory(options, 'model')?.id, chosen.modelId)
  want(ofCategory(options, 'mode')?.id, chosen.modeId)
  for (const [optionId, value] of Object.entries(chosen.options)) want(optionId, value)
  return changes
}

export function ofCategory(options: readonly AgentOption[], category: string): AgentOption | undefined {
  return options.find((option) => option.category === category)
}

function listOption(
  category: 'model' | 'mode',
  name: string,
  currentValue: string | null,
  list: unknown,
  idField: string,
): AgentOption | null {
  const values = asList(list)
    .slice(0, MOST_VALUES)
    .flatMap((entry) => readValue(entry, idField, null))
  return values.length === 0 ? null : { id: category, category, name, currentValue, values }
}

/** A list of values, or a list of groups of values. */
function readValues(list: unknown): AgentOption['values'] {
  const values = asList(list).flatMap((entry) => {
    if (!isRecord(entry) || !Array.isArray(entry['options'])) return readValue(entry, 'value', null)
    const group = asLine(entry['name'], 200) ?? asLine(entry['group'], 200)
    return entry['options'].flatMap((value) => readValue(value, 'value', group))
  })
  const seen = new Set<string>()
  return values.filter(({ value }) => !seen.has(value) && seen.add(value)).slice(0, MOST_VALUES)
}

function readValue(entry: unknown, idField: string, group: string | null): AgentOption['values'] {
  if (!isRecord(entry)) return []
  const value = asText(entry[idField])
  if (value === null || value === '') return []
  const description = asLine(entry['description'], 1000)
  return [
    {
      value,
      name: asLine(entry['name'], 200) ?? value,
      ...(description === null ? {} : { description }),
      ...(group === null ? {} : { group }),
    },
  ]
}
