import { describe, expect, it } from 'vitest'
import { parsePs, parseStat } from '../../../src/main/sandbox/process-tree'

describe('process lists', () => {
  it('reads a stat line whose program name holds spaces and brackets', () => {
    const after = 'S 17 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 0 0'
    expect(parseStat(`99 (a) b (c)) ${after}`)).toEqual({
      pid: 99,
      parent: 17,
      group: 42,
      startedAt: '987654',
    })
    expect(parseStat(`99 (dead) ${after.replace('S', 'Z')}`)).toBeNull()
    expect(parseStat('')).toBeNull()
    expect(parseStat('99 (cut')).toBeNull()
  })

  it('reads the output of ps', () => {
    const output =
      '    1     0     1 Mon Jan  5 10:00:01 2026\n  501   1   501 Tue Jan  6 11:22:33 2026    \n\nnonsense\n'
    expect(parsePs(output)).toEqual([
      { pid: 1, parent: 0, group: 1, startedAt: 'Mon Jan  5 10:00:01 2026' },
      { pid: 501, parent: 1, group: 501, startedAt: 'Tue Jan  6 11:22:33 2026' },
    ])
  })
})
