import type { Agent } from '@shared/domain'
import { describe, expect, it } from 'vitest'
import {
  choiceLabel,
  modelGroups,
  searchModels,
  usualChoice,
} from '../../../src/renderer/features/model-picker/model-choices'

const agent = (id: string, more: Partial<Agent> = {}): Agent => ({
  id,
  name: id.toUpperCase(),
  installed: true,
  version: null,
  path: null,
  credentials: true,
  storedKeys: [],
  loginCommand: null,
  keyVariable: null,
  options: [
    {
      id: 'model',
      category: 'model',
      name: 'Model',
      currentValue: 'b',
      values: [
        { value: 'a', name: 'First', group: 'One' },
        { value: 'b', name: 'Second', group: 'Two' },
      ],
    },
  ],
  optionsSource: 'session',
  problem: null,
  refreshedAt: 0,
  ...more,
})

describe('model choices', () => {
  it('lists the models of installed agents by agent and group, and the default of one that names none', () => {
    const groups = modelGroups([agent('x'), agent('y', { options: [] }), agent('z', { installed: false })])
    expect(groups.map((group) => [group.label, group.items.map((item) => item.label)])).toEqual([
      ['X, One', ['First']],
      ['X, Two', ['Second']],
      ['Y', ['Default model']],
    ])
  })

  it('searches agent, group, name and id, word by word', () => {
    const groups = modelGroups([agent('x')])
    expect(searchModels(groups, 'two x').flatMap((group) => group.items.map((item) => item.modelId))).toEqual(
      ['b'],
    )
    expect(searchModels(groups, 'nothing')).toEqual([])
  })

  it('starts with the default of the person, else with an agent that can work', () => {
    const agents = [agent('x', { credentials: false }), agent('y'), agent('z', { installed: false })]
    expect(usualChoice(agents, 'x', 'a')).toEqual({ agentId: 'x', modelId: 'a' })
    expect(usualChoice(agents, null, null)).toEqual({ agentId: 'y', modelId: 'b' })
    expect(usualChoice(agents, 'z', null)).toEqual({ agentId: 'y', modelId: 'b' })
    expect(usualChoice([agent('z', { installed: false })], null, null)).toBeNull()
  })

  it('names a model that its agent no longer lists', () => {
    expect(choiceLabel([agent('x')], { agentId: 'x', modelId: 'gone' })).toBe('X gone')
    expect(choiceLabel([], null)).toBe('Choose an agent')
  })
})
