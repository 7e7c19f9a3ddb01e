import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chosenChanges, noOptions, readAgentOptions } from '../../../src/main/session/agent-options'
import {
  chunkOf,
  isToolCallOver,
  mergeToolCallUpdates,
  updatedToolCall,
} from '../../../src/main/session/coalescing'
import { cutValue, STRING_LIMIT } from '../../../src/main/session/cutting'
import { asLine } from '../../../src/main/session/hostile'
import { applyStateUpdate } from '../../../src/main/session/state-updates'
import { editedPaths } from '../../../src/main/session/stored-turns'
import { usageOf } from '../../../src/main/session/usage'

const STATE_UPDATES = [
  'available_commands_update',
  'config_option_update',
  'current_mode_update',
  'session_info_update',
  'usage_update',
]

describe('values of any shape', () => {
  it('never make a reader throw', () => {
    const facts = { commands: [], usage: null, agentTitle: null }
    const any = fc.dictionary(
      fc.constantFrom(
        'sessionUpdate',
        'content',
        'configOptions',
        'availableCommands',
        'title',
        'used',
        'cost',
        'toolCallId',
        'status',
        'models',
        'modes',
        'locations',
        'kind',
        'messageId',
        '_meta',
        '__proto__',
      ),
      fc.oneof(fc.constantFrom(...STATE_UPDATES, 'agent_message_chunk', 'tool_call_update'), fc.jsonValue()),
    )
    fc.assert(
      fc.property(any, any, (update, other) => {
        const readAll = (): void => {
          applyStateUpdate(update, facts, noOptions)
          readAgentOptions(update)
          chunkOf(update)
          updatedToolCall(update)
          isToolCallOver(update)
          mergeToolCallUpdates(update, other)
          editedPaths(update)
          usageOf(update)
          cutValue(update)
          asLine(update['title'], 20)
        }
        expect(readAll).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })
})

describe('cutting', () => {
  it('leaves small values alone', () => {
    const value = { a: ['x', 1, null, { b: true }] }
    expect(cutValue(value)).toEqual({ value, cut: false })
    expect(cutValue(value).value).toBe(value)
  })

  it('cuts long strings and says so', () => {
    const { value, cut } = cutValue({ text: 'x'.repeat(5_000_000), short: 'y' })
    expect(cut).toBe(true)
    expect(value).toEqual({ text: 'x'.repeat(STRING_LIMIT), short: 'y' })
  })

  it.each([
    ['many strings', { list: Array.from({ length: 2000 }, () => 'x'.repeat(4000)) }],
    ['many numbers', { list: Array.from({ length: 500_000 }, (_, index) => index) }],
    ['many fields', Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index]))],
    ['long keys', { ['k'.repeat(200_000)]: 1, other: { ['l'.repeat(9000)]: 2 } }],
    [
      'width and depth',
      (function grow(depth: number): unknown {
        return depth === 0 ? 'leaf' : Array.from({ length: 12 }, () => grow(depth - 1))
      })(5),
    ],
  ])('keeps a row small: %s', (_name, value) => {
    const result = cutValue({ type: 'update', update: { sessionUpdate: 'tool_call', rawInput: value } })
    expect(result.cut).toBe(true)
    expect(JSON.stringify(result.value).length).toBeLessThan(100_000)
    expect(result.value).toMatchObject({ type: 'update', update: { sessionUpdate: 'tool_call' } })
  })

  it('survives nesting that would overflow the stack', () => {
    let deep: unknown = 'x'.repeat(10_000)
    for (let depth = 0; depth < 100_000; depth++) deep = { deep }
    const { value, cut } = cutValue({ deep })
    expect(cut).toBe(true)
    expect(() => JSON.stringify(value)).not.toThrow()
  })

  it('cannot be tricked into another prototype', () => {
    const hostile = JSON.parse(`{"__proto__":{"polluted":true},"text":"${'x'.repeat(10_000)}"}`) as object
    const { value } = cutValue(hostile)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(JSON.stringify(value)).toContain('polluted')
  })
})

describe('names', () => {
  it('are one line without anything that disguises them', () => {
    expect(asLine('a\u202eb\nc\u0000d', 20)).toBe('a b c d')
    expect(asLine('  \n ', 20)).toBeNull()
    expect(asLine('😀😀', 3)).toBe('😀\ufffd')
  })
})

describe('options of an agent', () => {
  it('are read from config options, and from models and modes of older agents', () => {
    const { options, setters } = readAgentOptions({
      models: {
        currentModelId: 'a',
        availableModels: [
          { modelId: 'a', name: 'A' },
          { modelId: 'b', name: 'B' },
        ],
      },
      modes: { currentModeId: 'plan', availableModes: [{ id: 'plan', name: 'Plan', description: 'Thinks' }] },
    })
    expect(options.map((option) => [option.id, option.currentValue])).toEqual([
      ['model', 'a'],
      ['mode', 'plan'],
    ])
    expect(setters.get('model')).toBe('model')
    expect(chosenChanges(options, { modelId: 'b', modeId: 'plan', options: { gone: 'x' } })).toEqual([
      { optionId: 'model', value: 'b' },
    ])
  })
})
