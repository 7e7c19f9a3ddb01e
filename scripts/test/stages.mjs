import { describeRuntime, ensureOpenCode, resolveRuntime } from '../bootstrap/runtime.mjs'
import { ExpectedError, duration, say } from '../bootstrap/say.mjs'
import { ensureSystemLibraries } from '../bootstrap/system-libraries.mjs'
import { buildApp } from '../build/build-app.mjs'
import { readFuses } from '../build/fuses.mjs'
import { packageForTests, packageRelease } from '../build/package-app.mjs'
import { smoke } from '../run/smoke.mjs'
import { withDisplay } from '../run/xvfb.mjs'
import { countCheck, sum } from './counts.mjs'
import { check, playwright, vitest } from './tools.mjs'

/**
 * The stages of `npm test`, in order. Each returns its counts, or throws an ExpectedError, which is one
 * failed test. What several of them need (a runtime, a build, a package) is made once, by the first.
 */
export function createStages(rest) {
  const runtime = once(async () => {
    await ensureSystemLibraries({ display: true })
    const resolved = await resolveRuntime()
    say(describeRuntime(resolved))
    return resolved
  })
  const built = once(async () => buildApp(await runtime()))
  const release = once(async () => packageRelease(await runtime(), await built()))
  const testable = once(async () => packageForTests(await runtime(), await built()))

  return {
    types: () => check('tsc', ['-b']),
    lint: () => check('oxlint', ['--type-aware']),
    format: () => check('oxfmt', ['--check']),
    architecture: () => vitest('architecture', rest('architecture')),
    unit: () => vitest('unit', rest('unit')),
    database: () => vitest('database', rest('database')),
    build: async () => {
      await built()
      return countCheck(0)
    },
    package: async () => {
      await release()
      await testable()
      return countCheck(0)
    },
    release: async () => sum([await checkFuses(await release()), await checkStart(await release())]),
    e2e: async () => {
      const env = { FOUNDRY_E2E_APP: await testable(), FOUNDRY_E2E_OPENCODE: await ensureOpenCode() }
      return withDisplay((display) => playwright({ ...env, ...display }, rest('e2e')))
    },
  }
}

async function checkFuses(executable) {
  const fuses = await readFuses(executable)
  for (const { name, expected, actual, right } of fuses) {
    if (!right) say(`fuse ${name} of the release is ${actual}, not ${expected}`)
  }
  return sum(fuses.map(({ right }) => countCheck(right ? 0 : 1)))
}

async function checkStart(executable) {
  try {
    const usableMs = await withDisplay((env) => smoke({ executable, env }))
    say(`the release starts and is usable after ${duration(usableMs)}`)
    return countCheck(0)
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    say(`the release: ${error.message}`)
    return countCheck(1)
  }
}

/** A failure is remembered too: whoever needs the same thing fails with the same reason, at once. */
function once(make) {
  let made
  return () => (made ??= make())
}
