import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { OPENCODE_VERSION, ensureOpenCode } from '../../../scripts/bootstrap/runtime.mjs'
import { installLauncher, writeExecutable, type World } from './world'

export interface OpenCodeSetup {
  /** Where the model it talks to answers, without `/v1`. */
  baseUrl: string
  /** Makes it ask before it edits a file or runs a command. */
  ask?: boolean
}

/** Model ids as a person sees them in the picker. */
export const models = { first: 'Scripted One', second: 'Scripted Two' } as const

/** Installs the real OpenCode in the test's home, with a scripted model for its only provider. */
export async function installOpenCode(world: World, { baseUrl, ask = false }: OpenCodeSetup): Promise<void> {
  const binary = process.env['FOUNDRY_E2E_OPENCODE'] ?? (await ensureOpenCode())
  const config = world.path('opencode.json')
  world.environment['OPENCODE_CONFIG'] = config
  await writeFile(
    config,
    JSON.stringify({
      $schema: 'https://opencode.ai/config.json',
      autoupdate: false,
      model: 'scripted/one',
      small_model: 'scripted/one',
      provider: {
        scripted: {
          npm: '@ai-sdk/openai-compatible',
          name: 'Scripted',
          options: { baseURL: `${baseUrl}/v1`, apiKey: 'none' },
          models: {
            one: {
              name: models.first,
              attachment: true,
              modalities: { input: ['text', 'image'], output: ['text'] },
            },
            two: { name: models.second },
          },
        },
      },
      permission: ask ? { edit: 'ask', bash: 'ask' } : {},
    }),
  )
  await installLauncher(world, 'opencode', `#!/bin/sh\nexec '${binary}' acp "$@"\n`)
  // It takes two seconds of a core to say its version, which each start of the app asks for.
  await writeExecutable(
    join(world.data, 'sandbox-agent', 'bin', 'opencode'),
    `#!/bin/sh\nif [ "$*" = --version ]; then echo ${OPENCODE_VERSION}; else exec '${binary}' "$@"; fi\n`,
  )
}
