import type { Agent, ModelChoice, UserModels } from '@shared/domain'
import { describe, expect, it } from 'vitest'
import {
  choiceLabel,
  modelGroups,
  searchModels,
  usualChoice,
  withOwn,
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

const models = (usual: ModelChoice | null, more: Partial<UserModels> = {}): UserModels => ({
  usual,
  favourites: [],
  recent: [],
  repositories: {},
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
    expect(usualChoice(agents, models({ agentId: 'x', modelId: 'a' }), undefined)).toEqual({
      agentId: 'x',
      modelId: 'a',
    })
    expect(usualChoice(agents, models(null), undefined)).toEqual({ agentId: 'y', modelId: 'b' })
    expect(usualChoice(agents, models({ agentId: 'z', modelId: null }), undefined)).toEqual({
      agentId: 'y',
      modelId: 'b',
    })
    expect(usualChoice([agent('z', { installed: false })], undefined, undefined)).toBeNull()
  })

  it('names a model that its agent no longer lists', () => {
    expect(choiceLabel([agent('x')], { agentId: 'x', modelId: 'gone' })).toBe('X gone')
    expect(choiceLabel([], null)).toBe('Choose an agent')
  })

  it('start with what a person wants in the repository, then with their usual', () => {
    const agents = [agent('x'), agent('y'), agent('z', { installed: false })]
    const here = { r1: { agentId: 'y', modelId: 'a' }, r2: { agentId: 'z', modelId: null } }
    const mine = models({ agentId: 'x', modelId: 'b' }, { repositories: here })
    expect(usualChoice(agents, mine, 'r1')).toEqual({ agentId: 'y', modelId: 'a' })
    // Not installed any more.
    expect(usualChoice(agents, mine, 'r2')).toEqual({ agentId: 'x', modelId: 'b' })
    expect(usualChoice(agents, mine, 'r3')).toEqual({ agentId: 'x', modelId: 'b' })
  })

  it('show what a person comes back to first, each once, and nothing that is gone', () => {
    const groups = modelGroups([agent('x'), agent('y')])
    const found = withOwn(
      groups,
      models(null, {
        favourites: [{ agentId: 'y', modelId: 'b' }],
        recent: [
          { agentId: 'y', modelId: 'b' },
          { agentId: 'x', modelId: 'a' },
          { agentId: 'x', modelId: 'gone' },
        ],
      }),
    )
    expect(found.slice(0, 2).map(({ label, items }) => [label, items.map((item) => item.search)])).toEqual([
      ['Favourites', ['y two second b']],
      ['Recently used', ['x one first a']],
    ])
    expect(found.slice(2)).toEqual(groups)
    const values = found.flatMap(({ items }) => items.map(({ value }) => value))
    expect(new Set(values).size).toBe(values.length)
  })

  it('offer a model that no list has, where that may be', () => {
    const agents = [agent('x'), agent('y', { installed: false })]
    const groups = modelGroups(agents)
    expect(searchModels(groups, 'brand-new-1')).toEqual([])
    const [group] = searchModels(groups, ' brand-new-1 ', agents)
    expect(group?.items).toMatchObject([{ agentId: 'x', modelId: 'brand-new-1' }])
    expect(searchModels(groups, 'two words', agents)).toEqual([])
    expect(searchModels(groups, 'first', agents)[0]?.label).toBe('X, One')
  })
})
