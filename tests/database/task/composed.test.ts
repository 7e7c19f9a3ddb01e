import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CheckpointId, TaskId } from '../../../src/shared/ids'
import { DIFF_CONFIG, PLAIN_DIFF } from '../../../src/main/sandbox/git/changes'
import { createComposedDiffs } from '../../../src/main/task/composed'
import { composeSteps, type RecordedStep } from '../../../src/main/task/git/compose'
import { readPatch } from '../../../src/main/task/git/patch'
import { createRepository, createWorld, type World } from '../git/world'

const names = ['a.txt', 'b with blank.txt', 'ünï.txt'] as const
const line = fc.constantFrom('{', '}', '', 'one', 'two', 'three', '-- x', '++ y')
const turn = fc.record({
  edits: fc.array(
    fc.record({ file: fc.nat(2), at: fc.nat(30), take: fc.nat(4), put: fc.array(line, { maxLength: 5 }) }),
    { maxLength: 4 },
  ),
  also: fc.constantFrom('nothing', 'nothing', 'rename', 'back', 'delete', 'no newline'),
})

async function step(world: World, repo: string, from: string, to: string): Promise<RecordedStep> {
  const file = join(world.root, 'step.diff')
  await world.run(repo, ...DIFF_CONFIG, 'diff', ...PLAIN_DIFF, `--output=${file}`, from, to, '--')
  const patch = await readFile(file, 'utf8')
  return { patch, files: await readPatch(patch) }
}

it('diffs of turns put together lead from the first state to the last, as git applies them', async () => {
  const world = await createWorld()
  let count = 0
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 6 }), async (turns) => {
      const repo = await createRepository(world, `repo-${(count += 1)}`, {})
      const texts = new Map<string, string[]>()
      for (const name of names) {
        texts.set(
          name,
          Array.from({ length: 25 }, (_, nth) => (nth % 4 === 0 ? '}' : `line ${nth}`)),
        )
        await writeFile(join(repo, name), `${texts.get(name)?.join('\n')}\n`)
      }
      const record = async (): Promise<string> => {
        await world.run(repo, 'add', '-A')
        await world.run(repo, 'commit', '--quiet', '--allow-empty', '-m', 'x')
        return (await world.run(repo, 'rev-parse', 'HEAD')).trim()
      }
      const states = [await record()]
      for (const { edits, also } of turns) {
        for (const { file, at, take, put } of edits) {
          const name = names[file] ?? names[0]
          const text = texts.get(name) ?? []
          text.splice(at % (text.length + 1), take, ...put)
          texts.set(name, text)
          await writeFile(join(repo, name), text.length === 0 ? '' : `${text.join('\n')}\n`)
        }
        const moved = join(repo, 'moved.txt')
        const first = join(repo, names[0])
        if (also === 'rename') await rename(first, moved).catch(ignoreMissing)
        if (also === 'back') await rename(moved, first).catch(ignoreMissing)
        if (also === 'rename' || also === 'delete' || also === 'back') texts.delete(names[0])
        if (also === 'delete') await rm(first, { force: true })
        if (also === 'no newline') {
          await writeFile(join(repo, names[1]), `${(texts.get(names[1]) ?? []).join('\n')} end`)
        }
        states.push(await record())
      }
      const steps: RecordedStep[] = []
      for (const [nth, to] of states.entries())
        if (nth > 0) steps.push(await step(world, repo, states[nth - 1] ?? to, to))
      const composed = composeSteps(steps)
      const [from = '', to = ''] = [states[0], states.at(-1)]
      await world.run(repo, 'read-tree', from)
      const patch = composed.map((file) => file.patch).join('')
      if (patch !== '') {
        await writeFile(join(world.root, 'composed.patch'), patch)
        await world.run(repo, 'apply', '--cached', '--unidiff-zero', join(world.root, 'composed.patch'))
      }
      expect((await world.run(repo, 'write-tree')).trim()).toBe(
        (await world.run(repo, 'rev-parse', `${to}^{tree}`)).trim(),
      )
      // It reads as any patch of git.
      expect((await readPatch(patch)).map(({ change }) => change)).toEqual(
        composed.map(({ change }) => change),
      )
    }),
    { numRuns: 40 },
  )
}, 300_000)

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

const task = 'task_00000000-0000-4000-8000-000000000001' as TaskId
const id = (n: number) => `checkpoint_0000000${n}` as CheckpointId
const patchOf = (from: string, to: string) =>
  `diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-${from}\n+${to}\n`

interface Link {
  commit: string
  parent: string
  patch: string
  truncated?: boolean
}

function diffs(links: readonly Link[], base: string | null) {
  const chain = links.map(({ commit, parent }, nth) => ({
    id: id(nth + 1),
    commit,
    parent,
    turnId: null,
    reason: 'turn' as const,
    createdAt: nth,
  }))
  const at = (one: CheckpointId) => links[chain.findIndex((link) => link.id === one)]
  return createComposedDiffs(
    {
      chain: () => chain,
      get: (_task, one) => {
        const link = at(one)
        if (link === undefined) throw new Error('No such checkpoint')
        return link
      },
    },
    async (_task, one) => {
      const { patch = '', truncated = false } = at(one) ?? {}
      return { patch, files: await readPatch(patch), truncated }
    },
    () => base,
  )
}

const three: readonly Link[] = [
  { commit: 'b', parent: 'a', patch: patchOf('1', '2') },
  { commit: 'c', parent: 'b', patch: patchOf('2', '3') },
  { commit: 'd', parent: 'c', patch: patchOf('3', '2') },
]

it('two states are compared by what was recorded between them', async () => {
  const composed = diffs(three, 'a')
  const [file] = await composed.files(task, { from: null, to: id(2) })
  expect(file?.patch).toContain('-1\n+3\n')
  expect(await composed.list(task, { from: id(1), to: id(2) })).toMatchObject({
    total: 1,
    files: [{ path: 'x', kind: 'modified', added: 1, removed: 1 }],
  })
  // What came back is no change.
  expect(await composed.list(task, { from: id(1), to: id(3) })).toEqual({ files: [], total: 0 })
})

it('says why what lies between two states cannot be told', async () => {
  const why = (composed: ReturnType<typeof diffs>, from: CheckpointId | null, to: CheckpointId) =>
    composed.files(task, { from, to }).then(
      () => 'told',
      (error: { kind: string; detail: string }) => error.detail,
    )
  expect(await why(diffs(three, 'elsewhere'), null, id(1))).toMatch(/starts from another commit/)
  expect(await why(diffs(three, null), null, id(1))).toBe('told')
  expect(await why(diffs(three, 'a'), id(2), id(1))).toMatch(/older state/)
  expect(
    await why(
      diffs(
        three.map((link, nth) => ({ ...link, truncated: nth === 1 })),
        'a',
      ),
      null,
      id(3),
    ),
  ).toMatch(/too long to be kept whole/)
  expect(
    await why(
      diffs(
        three.map((link, nth) => (nth === 1 ? { ...link, parent: 'z' } : link)),
        'a',
      ),
      null,
      id(3),
    ),
  ).toMatch(/recorded against another state/)
})
