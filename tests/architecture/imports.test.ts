import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check, checkFile, importsOf } from './rules'

const root = resolve(import.meta.dirname, '../..')
const files = globSync('src/**/*.{ts,tsx}', { cwd: root })

describe('the import rules', () => {
  it('hold in every file', () => {
    expect(files.length).toBeGreaterThan(50)
    const violations = files.flatMap((file) => checkFile(root, file))
    expect(violations.map(({ edge, message }) => `${edge.from} -> ${edge.to}: ${message}`)).toEqual([])
  })

  it.each([
    ['src/shared/domain.ts', 'electron'],
    ['src/shared/domain.ts', 'node:fs'],
    ['src/shared/domain.ts', 'src/main/database/connection'],
    ['src/renderer/app/main.tsx', 'electron'],
    ['src/renderer/app/main.tsx', 'node:path'],
    ['src/renderer/app/main.tsx', 'src/main/task/tasks'],
    ['src/preload/index.ts', 'zod'],
    ['src/main/task/tasks.ts', 'electron'],
    ['src/main/task/tasks.ts', 'src/main/ipc/register'],
    ['src/main/task/tasks.ts', 'src/main/session/tables'],
    ['src/main/session/sessions.ts', 'src/main/repository/repositories'],
    ['src/main/organization/organizations.ts', 'src/main/session/sessions'],
    ['src/main/boot/coordinators.ts', 'src/main/task/tables'],
    ['src/main/task/tasks.ts', 'src/renderer/app/main'],
  ])('refuse %s importing %s', (from, to) => {
    expect(check({ from, to })).toHaveLength(1)
  })

  it.each([
    ['src/main/task/tasks.ts', 'src/main/task/tables'],
    ['src/main/task/tasks.ts', 'src/main/session/sessions'],
    ['src/main/task/tasks.ts', 'src/main/jobs/jobs'],
    ['src/main/app/windows.ts', 'electron'],
    ['src/renderer/app/main.tsx', 'src/shared/domain'],
    ['src/shared/domain.ts', 'zod'],
  ])('allow %s importing %s', (from, to) => {
    expect(check({ from, to })).toEqual([])
  })

  it('see static, dynamic and re-exporting imports', () => {
    const source = `import a from './a'\nexport * from '@shared/b'\nconst c = import('../c')\nimport type { D } from 'd'`
    expect(importsOf('src/main/task/x.ts', source).map((edge) => edge.to)).toEqual([
      'src/main/task/a',
      'd',
      'src/shared/b',
      'src/main/c',
    ])
  })
})

describe('names and sizes', () => {
  it('no identifier outside tests says mock, demo, temp, v2 or legacy', () => {
    const banned =
      /\b(?:mock|demo|legacy)[A-Z]\w*|\b\w+(?:Mock|Demo|Legacy|V2)\b|\btemp(?![lo]|erat|t)[A-Z]\w*/
    const found = files.flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (banned.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })

  it('no colour or size is written down outside renderer/ui', () => {
    const raw =
      /#[0-9a-fA-F]{3,8}\b(?![\w-]*\))|\b(?:rgb|hsl|oklch)a?\(|\[(?:#|\d+(?:\.\d+)?(?:px|rem|em))[^\]]*\]/
    const found = files
      .filter(
        (file) =>
          file.startsWith('src/renderer/') && !file.startsWith('src/renderer/ui/') && file.endsWith('.tsx'),
      )
      .flatMap((file) =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .flatMap((line, index) => (raw.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
      )
    expect(found).toEqual([])
  })
})
