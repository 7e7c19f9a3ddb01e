import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FoundryError } from '@shared/errors'
import { acpError } from '../../../src/main/sandbox/acp-fetch'
import { parseProblem, problemError } from '../../../src/main/sandbox/problem'

const problem = (name: string, more: object): string =>
  JSON.stringify({ type: `urn:sandbox-agent:error:${name}`, title: 'T', status: 500, detail: 'D', ...more })

describe('problemError', () => {
  it('gives the words of an agent that ended', () => {
    const text = problem('agent_process_exited', {
      agent: 'codex',
      details: { exitCode: 3, stderr: 'no key\n' },
    })
    expect(problemError(500, text)).toMatchObject({
      kind: 'agent',
      message: 'codex ended with exit code 3.',
      detail: 'no key',
    })
    expect(problemError(502, problem('stream_error', { agentStderr: 'boom' }))).toMatchObject({
      kind: 'agent',
      detail: 'D\nboom',
    })
  })

  it('tells an agent that is not installed from a server that refuses', () => {
    expect(problemError(400, problem('agent_not_installed', { agent: 'amp' })).kind).toBe('agent_missing')
    expect(problemError(401, problem('token_invalid', {})).kind).toBe('sandbox')
    expect(problemError(502, '<html>Bad Gateway</html>')).toMatchObject({
      kind: 'sandbox',
      detail: '<html>Bad Gateway</html>',
    })
    expect(problemError(503, '').detail).toBe('HTTP status 503')
  })

  it('makes an error of anything', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.anything().map((value) => String(JSON.stringify({ details: value, type: value }))),
        ),
        (text) => {
          expect(problemError(500, text)).toBeInstanceOf(FoundryError)
          expect(parseProblem(text)).toHaveProperty('details')
        },
      ),
    )
  })
})

describe('acpError', () => {
  it('gives back the error the connection failed with', () => {
    const foundry = { kind: 'sandbox', message: 'Gone', next: 'Again', detail: 'Words' }
    expect(acpError({ code: -32603, message: 'Gone', data: { foundry } }, 'Codex').toValue()).toEqual(foundry)
  })

  it('asks for a sign-in where the agent does', () => {
    expect(acpError({ code: -32000, message: 'Authentication required' }, 'Codex')).toMatchObject({
      kind: 'credentials',
    })
  })

  it('makes an error of anything', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(acpError(thrown, 'Codex')).toBeInstanceOf(FoundryError)
      }),
    )
  })
})
