import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CheckpointId, TaskId } from '../../../src/shared/ids'
import { takeCheckpoint } from '../../../src/main/task/git/checkpoint'
import { RecordedSteps, type ChainLink } from '../../../src/main/task/provenance/recorded'
import { traceBack, traceForth, type Chain } from '../../../src/main/task/provenance/trace'
import { createRepository, createWorld, sandboxGit, type World } from '../git/world'

const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const names = ['a.txt', 'b with blank.txt', 'ünï/c.txt'] as const

/** Few different lines: the diffs are as ambiguous as code with its braces. */
const line = fc.constantFrom(
  '{',
  '}',
  '',
  'one',
  'two',
  'three',
  'return',
  '  return',
  'ende ü',
  '-- x',
  '++ y',
)
const edit = fc.record({
  file: fc.nat(2),
  at: fc.nat(30),
  take: fc.nat(4),
  put: fc.array(line, { maxLength: 5 }),
})
const turn = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  also: fc.constantFrom('nothing', 'commit', 'rename', 'delete', 'no newline', 'nothing', 'nothing'),
})

async function lines(path: string): Promise<string[] | null> {
  try {
    return (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

interface Blamed {
  commit: string
  line: number
  name: string
}

/** What git says about each line of a file of a commit. */
async function blame(world: World, repo: string, commit: string, name: string): Promise<Blamed[]> {
  const told = await world.run(
    repo,
    '-c',
    'core.quotePath=false',
    'blame',
    '--first-parent',
    '--line-porcelain',
    commit,
    '--',
    name,
  )
  const blamed: Blamed[] = []
  for (const one of told.split('\n')) {
    const head = /^([0-9a-f]{40}) (\d+) \d+/.exec(one)
    if (head !== null) blamed.push({ commit: head[1] ?? '', line: Number(head[2]), name: '' })
    const last = blamed.at(-1)
    if (one.startsWith('filename ') && last !== undefined) last.name = one.slice('filename '.length)
  }
  return blamed
}

it('says of every line what git blame says of the same states, whatever was edited, renamed and committed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 7 }), async (turns) => {
      const world = await createWorld()
      const start = 'one\n{\ntwo\n}\n\nthree\n{\nreturn\n}\n'
      const repo = await createRepository(world, 'repo', { [names[0]]: start, [names[1]]: start })
      const base = await world.run(repo, 'rev-parse', 'HEAD')
      const git = sandboxGit(world, repo)
      const links: ChainLink[] = []
      const diffs = new Map<CheckpointId, Buffer>()
      for (const [nth, { edits, also }] of turns.entries()) {
        for (const { file, at, take, put } of edits) {
          const path = join(repo, names[file] ?? names[0])
          const text = await lines(path)
          if (text === null) await world.write(path, [...put, 'made'].join('\n') + '\n')
          else {
            text.splice(Math.min(at, text.length), take, ...put)
            await writeFile(
              path,
              text.map((one) => `${one}\n`).join('') + (also === 'no newline' ? 'end' : ''),
            )
          }
        }
        const first = join(repo, names[0])
        if (also === 'delete') await rm(join(repo, names[1]), { force: true })
        if (also === 'rename' && (await lines(first)) !== null)
          await rename(first, join(repo, `renamed ${nth}.txt`))
        if (also === 'commit') {
          await world.run(repo, 'add', '--all')
          await world.run(repo, 'commit', '--quiet', '--allow-empty', '-m', `turn ${nth}`)
        }
        const id: CheckpointId = `checkpoint_00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`
        const parent = links.at(-1)?.commit ?? base
        const taken = await takeCheckpoint(git, { sessionId: 's', turnId: `t${nth}`, parent })
        diffs.set(id, Buffer.from(taken.diff))
        links.push({
          id,
          turnId: null,
          reason: 'turn',
          commit: taken.commit,
          createdAt: nth,
        })
      }
      const recorded = new RecordedSteps({
        diff: async (_taskId, id) => ({ diff: diffs.get(id) ?? Buffer.alloc(0), truncated: false }),
      })
      const linkOf = (step: number) => {
        const link = links[step]
        if (link === undefined) throw new Error(`There is no step ${step}`)
        return link
      }
      const chain: Chain = {
        steps: links.length,
        at: (step, name, side) => recorded.at(taskId, linkOf(step), name, side),
        bringsBack: () => false,
      }
      const last = links.length - 1
      const tree = await world.run(repo, 'ls-tree', '-r', '-z', '--name-only', linkOf(last).commit)
      for (const name of tree.split('\0').filter((one) => one !== '')) {
        const told = await blame(world, repo, linkOf(last).commit, name)
        const origins = await traceBack(chain, { last, name, runs: [{ asked: 1, line: 1, count: Infinity }] })
        const ours = told.map((_blamed, index) => {
          const asked = index + 1
          const found = origins.filter((one) => asked >= one.asked && asked < one.asked + one.count)
          expect(found).toHaveLength(1)
          const [origin] = found
          if (origin === undefined) throw new Error('A line without origin')
          return {
            commit: typeof origin.step === 'number' ? linkOf(origin.step).commit : base,
            line: origin.line + asked - origin.asked,
            name: origin.name,
          }
        })
        expect(ours).toEqual(told)

        // And forth: what a step wrote and is there at the end was removed by none of the later ones.
        for (const { step, line: from, count, name: then } of origins) {
          if (typeof step !== 'number') continue
          const gone = await traceForth(chain, {
            first: step + 1,
            name: then,
            runs: [{ asked: from, line: from, count }],
          })
          expect(gone.map((one) => one.step)).toEqual(gone.map(() => 'start'))
          expect(gone.at(-1)?.name).toBe(name)
        }
      }
    }),
    { numRuns: 25 },
  )
}, 300_000)
