import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedEnvironment, inheritedKeys } from '../../../src/main/sandbox/environment'

describe('allowedEnvironment', () => {
  it('passes what agents and git need and nothing else', () => {
    const passed = {
      PATH: '/bin',
      HOME: '/home/a',
      LC_ALL: 'C',
      XDG_DATA_HOME: '/x',
      SSH_AUTH_SOCK: '/s',
      https_proxy: 'http://p',
      CLAUDE_CONFIG_DIR: '/c',
      CODEX_HOME: '/d',
      OPENCODE_CONFIG: '/o',
      GIT_AUTHOR_NAME: 'A',
    }
    const kept = {
      FOUNDRY_DATA_DIR: '/f',
      FOUNDRY_TOKEN: 't',
      GITHUB_TOKEN: 't',
      GH_TOKEN: 't',
      AWS_SECRET_ACCESS_KEY: 't',
      ANTHROPIC_API_KEY: 't',
      OPENAI_API_KEY: 't',
      NODE_OPTIONS: '--inspect',
      ELECTRON_RUN_AS_NODE: '1',
      LD_PRELOAD: '/l',
      DYLD_INSERT_LIBRARIES: '/l',
      GIT_DIR: '/g',
      GIT_WORK_TREE: '/g',
      GIT_INDEX_FILE: '/g',
      npm_config__authToken: 't',
      path: '/wrong',
    }
    expect(allowedEnvironment({ ...passed, ...kept, HOME2: undefined }, 'linux')).toEqual(passed)
  })

  it('knows no case on Windows', () => {
    expect(allowedEnvironment({ Path: 'C:\\', SystemRoot: 'C:\\W', Secret: 's' }, 'win32')).toEqual({
      Path: 'C:\\',
      SystemRoot: 'C:\\W',
    })
  })

  it('never passes a variable of ours', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().map((name) => `FOUNDRY_${name}`),
          fc.string(),
        ),
        (source) => {
          expect(allowedEnvironment(source, 'linux')).toEqual({})
        },
      ),
    )
  })
})

describe('inheritedKeys', () => {
  it('gives each agent its own', () => {
    const source = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o', CODEX_API_KEY: '', AMP_API_KEY: 'm' }
    expect(inheritedKeys('claude', source)).toEqual({ ANTHROPIC_API_KEY: 'a' })
    expect(inheritedKeys('codex', source)).toEqual({ OPENAI_API_KEY: 'o' })
    expect(inheritedKeys('unknown', source)).toEqual({})
  })
})
