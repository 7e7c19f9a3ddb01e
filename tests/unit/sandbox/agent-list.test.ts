import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agentSchema, type AgentOption } from '@shared/domain'
import { agentFacts, compareAgents } from '../../../src/main/sandbox/agents/facts'
import { parseAgentList, parseOptions } from '../../../src/main/sandbox/agents/parse'

describe('parseAgentList', () => {
  it('reads what a server says', () => {
    const [agent, ...others] =
      parseAgentList({
        agents: [
          {
            id: 'claude',
            installed: true,
            credentialsAvailable: true,
            version: '2.1.0 (Claude Code)\n',
            path: '/usr/bin/claude',
            configOptions: [
              {
                id: 'model',
                category: 'model',
                name: 'Model',
                type: 'select',
                currentValue: 'a',
                options: [{ name: 'A', value: 'a', description: 'First' }],
              },
            ],
          },
        ],
      }) ?? []
    expect(others).toEqual([])
    expect(agent).toEqual({
      id: 'claude',
      installed: true,
      credentials: true,
      version: '2.1.0',
      path: '/usr/bin/claude',
      configError: null,
      options: [
        {
          id: 'model',
          category: 'model',
          name: 'Model',
          currentValue: 'a',
          values: [{ value: 'a', name: 'A', description: 'First' }],
        },
      ],
    })
  })

  it('flattens groups of groups under their headings and takes each value once', () => {
    const [option] = parseOptions([
      {
        id: 'model',
        options: [
          { value: 'top', name: 'Top' },
          {
            group: 'x',
            name: 'Anthropic',
            options: [
              { value: 'opus', name: 'Opus' },
              { name: 'Old', options: [{ value: 'opus' }, { value: 'two', name: 'Two' }] },
            ],
          },
          { value: 'top', name: 'Again' },
          { value: '', name: 'Empty' },
          { name: 'No value' },
        ],
      },
      { id: 'model', name: 'Twice' },
      { id: 'web', category: null, name: 'Web\u202e\u0007 search', currentValue: true },
    ])
    expect(option?.values).toEqual([
      { value: 'top', name: 'Top' },
      { value: 'opus', name: 'Opus', group: 'Anthropic' },
      { value: 'two', name: 'Two', group: 'Anthropic / Old' },
    ])
    expect(
      parseOptions([{ id: 'web', name: 'Web\u202e\u0007 search', currentValue: true }])[0],
    ).toMatchObject({
      category: 'other',
      name: 'Web  search',
      currentValue: 'true',
      values: [{ value: 'true' }, { value: 'false' }],
    })
  })

  it('leaves out agents without a usable id and repeated ones', () => {
    const list = parseAgentList({
      agents: [{ id: '../etc' }, { id: 'UP' }, null, 7, { id: 'a' }, { id: 'a', installed: true }],
    })
    expect(list?.map(({ id, installed }) => [id, installed])).toEqual([['a', false]])
    expect(parseAgentList('nonsense')).toBeNull()
    expect(parseAgentList({ agents: {} })).toBeNull()
  })

  it('makes of any answer agents that fit the contract, or nothing', () => {
    const hostile = fc.anything({ withNullPrototype: true, maxDepth: 4 })
    const entry = fc.record(
      {
        id: fc.oneof(fc.constantFrom('claude', 'a', 'constructor', '__proto__'), hostile),
        installed: hostile,
        credentialsAvailable: hostile,
        version: fc.oneof(fc.string(), hostile),
        path: hostile,
        configOptions: fc.oneof(
          fc.array(fc.record({ id: fc.string(), currentValue: hostile, options: fc.array(hostile) })),
          hostile,
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.record({ agents: fc.array(entry) }), hostile), (answer) => {
        for (const agent of parseAgentList(answer) ?? []) {
          const { name, loginCommand, keyVariable } = agentFacts(agent.id)
          const { configError: problem, ...rest } = agent
          agentSchema.parse({
            ...rest,
            name,
            loginCommand,
            keyVariable,
            problem,
            storedKeys: [],
            optionsSource: 'static',
            refreshedAt: 0,
          })
          const values = agent.options.flatMap((option: AgentOption) =>
            option.values.map(({ value }) => `${option.id}\0${value}`),
          )
          expect(new Set(values).size).toBe(values.length)
        }
      }),
    )
  })
})

describe('agentFacts', () => {
  it('knows how to sign in to known agents and makes do with the id of others', () => {
    expect(agentFacts('codex')).toMatchObject({ loginCommand: 'codex login', keyVariable: 'OPENAI_API_KEY' })
    expect(agentFacts('mock').hidden).toBe(true)
    expect(agentFacts('new-agent_2')).toMatchObject({
      name: 'New Agent 2',
      loginCommand: null,
      keyVariables: [],
    })
    expect(agentFacts('constructor').name).toBe('Constructor')
  })

  it('puts known agents first', () => {
    const ids = ['zeta', 'opencode', 'alpha', 'claude'].map((id) => ({ id }))
    expect(ids.sort(compareAgents).map(({ id }) => id)).toEqual(['claude', 'opencode', 'alpha', 'zeta'])
  })
})
