import { describe, expect, test } from 'vitest'
import { markdownTable, readResult } from '../../../scripts/bench/table.mjs'
import { duration, megabytes } from '../../../scripts/bootstrap/say.mjs'
import { parseStages } from '../../../scripts/test/arguments.mjs'
import { countCheck, countPlaywright, countVitest, lastLine, sum } from '../../../scripts/test/counts.mjs'
import { failuresOfPlaywright, failuresOfVitest } from '../../../scripts/test/failures.mjs'

describe('counts', () => {
  const vitest = (over: object) => ({
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
    ...over,
  })

  test('are those of the runner', () => {
    expect(countVitest(vitest({}), 0)).toEqual({ passed: 3, failed: 0, skipped: 1 })
    const stats = { expected: 4, flaky: 1, unexpected: 2, skipped: 1 }
    expect(countPlaywright({ stats }, 1)).toEqual({ passed: 5, failed: 2, skipped: 1 })
  })

  test('hold a file that does not load for one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
    ]
    expect(countVitest(vitest({ numFailedTests: 1, testResults }), 1).failed).toBe(2)
  })

  test('hold a runner that failed for no reason it names for one failure', () => {
    expect(countVitest(vitest({}), 1).failed).toBe(1)
    const stats = { expected: 4, flaky: 0, unexpected: 0, skipped: 0 }
    expect(countPlaywright({ stats }, 130).failed).toBe(1)
  })

  test('add up to the line that CI reads', () => {
    const total = sum([countCheck(0), countCheck(1), { passed: 40, failed: 0, skipped: 2 }])
    expect(total).toEqual({ passed: 41, failed: 1, skipped: 2 })
    expect(lastLine(total)).toBe('41 passed, 1 failed')
  })
})

describe('the failures told at the end', () => {
  test('name the test and begin with what it said, without colours', () => {
    const long = Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n')
    const failed = {
      status: 'failed',
      fullName: 'git reads a path',
      failureMessages: [`\u001b[31m    at test (/x/node_modules/vitest/y.js:1:2)\n${long}`],
    }
    const testResults = [
      { name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'passed' }, failed] },
      { name: 'b.test.ts', status: 'failed', message: 'Cannot load it', assertionResults: [] },
    ]
    const [first, second] = failuresOfVitest({ testResults })
    expect(first?.test).toBe('a.test.ts › git reads a path')
    expect(first?.message.split('\n')).toEqual(long.split('\n').slice(0, 12))
    expect(second).toEqual({ test: 'b.test.ts', message: 'Cannot load it' })
  })

  test('are those of suites in suites, by their last error, and of the runner', () => {
    const results = [{ errors: [{ message: 'first' }] }, { errors: [{ message: 'again' }] }]
    const spec = { title: 'opens', tests: [{ status: 'unexpected', results }] }
    const passed = { title: 'closes', tests: [{ status: 'expected', results: [{ errors: [] }] }] }
    const suites = [{ file: 'a.ts', specs: [passed], suites: [{ file: 'a.ts', specs: [spec] }] }]
    expect(failuresOfPlaywright({ suites, errors: [{ message: 'No display' }] })).toEqual([
      { test: 'a.ts › opens', message: 'again' },
      { test: 'the runner', message: 'No display' },
    ])
  })
})

describe('parseStages', () => {
  const all = ['types', 'unit', 'e2e']

  test('runs everything without arguments', () => {
    expect(parseStages([], all)).toMatchObject({ stages: all, rest: [] })
  })

  test('keeps the order of the stages and hands the rest to the last one named', () => {
    expect(parseStages(['e2e', 'types', '-g', 'types'], all)).toEqual({
      stages: ['types', 'e2e'],
      rest: ['-g', 'types'],
      last: 'types',
    })
  })

  test('refuses what is no stage', () => {
    expect(() => parseStages(['unti'], all)).toThrow('unti is none of the stages: types unit e2e')
  })
})

describe('the table of benchmarks', () => {
  test('takes the last line of the output, when it is an object', () => {
    expect(readResult('seed 1\n{"bench":"ipc","ratio":1.2}\n')).toEqual({ bench: 'ipc', ratio: 1.2 })
    expect(readResult('7')).toBeUndefined()
    expect(readResult('failed')).toBeUndefined()
    expect(readResult('')).toBeUndefined()
  })

  test('has a row a figure', () => {
    const table = markdownTable([{ bench: 'ipc', ratio: 1.23456 }])
    expect(table.split('\n').at(2)).toBe('| ipc | ratio | 1.235 |')
  })
})

test('figures are written for people', () => {
  expect(duration(1234)).toBe('1.2 s')
  expect(duration(61_000)).toBe('1 min 1 s')
  expect(duration(119_700)).toBe('2 min 0 s')
  expect(megabytes(196_300_000)).toBe('196 MB')
  expect(megabytes(1_250_000)).toBe('1.3 MB')
})
