import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readWith } from './rules'

const root = resolve(import.meta.dirname, '../..')

/** Everything that is read before the first line of a module runs: modules by their path, packages by their name. */
function readBefore(entry: string): Set<string> {
  const reached = new Set([entry])
  for (const path of reached) {
    if (!/\.tsx?$/.test(path)) continue
    for (const { to } of readWith(path, readFileSync(join(root, path), 'utf8'))) {
      const file = ['.ts', '.tsx', '/index.ts']
        .map((end) => to + end)
        .find((one) => existsSync(join(root, one)))
      reached.add(file ?? to)
    }
  }
  return reached
}

describe('what the start reads is little', () => {
  it.each([
    ['src/renderer/app/main.tsx', ['zod', 'marked', '@pierre/diffs', '@xterm/xterm', 'src/shared/domain.ts']],
    ['src/main/index.ts', ['zod', 'electron-log/node', 'src/shared/settings.ts']],
    [
      'src/main/boot/start.ts',
      [
        '@octokit/rest',
        'sandbox-agent',
        'drizzle-orm',
        'src/shared/contract/index.ts',
        'src/shared/domain.ts',
      ],
    ],
    ['src/main/boot/code.ts', ['@octokit/rest', 'sandbox-agent', 'acp-http-client']],
  ])('%s does without %j', (entry, unwanted) => {
    const reached = readBefore(entry)
    expect(reached.size).toBeGreaterThan(5)
    expect(unwanted.filter((one) => reached.has(one))).toEqual([])
  })

  it('is seen where it is read', () => {
    expect(readBefore('src/shared/settings.ts')).toContain('zod')
    expect(readBefore('src/main/github/client/client.ts')).not.toContain('@octokit/rest')
    expect(readBefore('src/main/ipc/dispatch.ts')).toContain('src/shared/contract/index.ts')
    expect(readBefore('src/renderer/app/questions.tsx')).toContain('marked')
  })
})
