// Which tests failed, out of the runners' own reports, so that the end of a long run says it: what is above may be cut.
import { stripVTControlCharacters } from 'node:util'

/** So much of what a test said is repeated at the end. */
const MESSAGE_LINES = 12

export function failuresOfVitest({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [failure(name, message)]
    return failed.map((test) => failure(`${name} › ${test.fullName}`, test.failureMessages?.[0]))
  })
}

/** Suites hold suites, and may hold no specs of their own. */
export function failuresOfPlaywright({ suites, errors }) {
  return [...suites.flatMap(failuresOfSuite), ...errors.map(({ message }) => failure('the runner', message))]
}

function failuresOfSuite({ file, suites = [], specs = [] }) {
  const own = specs.flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected')
      .map(({ results }) => {
        const last = results.findLast(({ errors }) => errors?.length > 0)
        return failure(`${file} › ${title}`, last?.errors[0].message)
      }),
  )
  return [...own, ...suites.flatMap(failuresOfSuite)]
}

function failure(test, message) {
  const lines = stripVTControlCharacters(message ?? '')
    .trimEnd()
    .split('\n')
    // The way through the runner says nothing.
    .filter((line) => !/^\s+at .*node_modules/u.test(line))
  return { test, message: lines.slice(0, MESSAGE_LINES).join('\n') }
}
