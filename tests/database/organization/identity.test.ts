import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OrganizationId, RepositoryId } from '../../../src/shared/ids'
import { createWorld } from '../git/world'
import { openWorld, remote } from './world'

const NAMES = ['acme/one', 'acme/two'] as const
const FOLDERS = ['a', 'b', 'c'] as const

type Step =
  | { do: 'sync'; names: readonly string[] }
  | { do: 'open'; folder: string; name: string | null; ssh: boolean }
  | { do: 'task'; at: number }
  | { do: 'remove'; at: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('sync' as const), names: fc.subarray([...NAMES], { minLength: 1 }) }),
  fc.record({
    do: fc.constant('open' as const),
    folder: fc.constantFrom(...FOLDERS),
    name: fc.constantFrom(...NAMES, null),
    ssh: fc.boolean(),
  }),
  fc.record({ do: fc.constant('task' as const), at: fc.nat(9) }),
  fc.record({ do: fc.constant('remove' as const), at: fc.nat(9) }),
)

interface Row {
  id: RepositoryId
  organizationId: OrganizationId
  githubId: string | null
  localPath: string | null
}

describe('whatever is opened and synced in whatever order', () => {
  it('a folder and a repository of GitHub are one row, tasks are where their repository is, and no task is lost', async () => {
    const disk = await createWorld()
    for (const folder of FOLDERS) {
      await disk.run(disk.root, 'init', '--quiet', folder)
      await disk.run(`${disk.root}/${folder}`, 'config', 'remote.origin.url', 'https://example.com/x')
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const world = await openWorld(disk.git)
        const acme = world.addOrganization('acme')
        const local = world.organizations.local()
        const { $client } = world.database.commands
        const rows = (): Row[] =>
          $client
            .prepare(
              `SELECT id, organization_id AS organizationId, github_id AS githubId, local_path AS localPath
               FROM repositories ORDER BY created_at, id`,
            )
            .all() as Row[]
        let generation = 0
        let tasks = 0
        for (const one of steps) {
          if (one.do === 'sync')
            world.repositories.syncOwner.upsert(
              acme,
              ++generation,
              one.names.map((name) => remote(name)),
            )
          else if (one.do === 'open') {
            const path = `${disk.root}/${one.folder}`
            const url =
              one.name === null
                ? 'https://example.com/x'
                : one.ssh
                  ? `git@github.com:${one.name}.git`
                  : `https://github.com/${one.name}`
            await disk.run(path, 'config', 'remote.origin.url', url)
            const opened = await world.repositories.openLocal(path)
            if (opened.localPath !== path) throw new Error(`${path} was opened as ${opened.localPath}`)
          } else {
            const row = rows()[one.at % Math.max(1, rows().length)]
            if (row === undefined) continue
            if (one.do === 'task') world.addTask(row.id, `branch-${++tasks}`)
            else if (!world.projection.hasOpenTasks(row.id)) world.repositories.remove(row.id)
          }

          const all = rows()
          for (const row of all) expect(row.organizationId).toBe(row.githubId === null ? local : acme)
          const ofGitHub = all.flatMap(({ githubId }) => (githubId === null ? [] : [githubId]))
          expect(new Set(ofGitHub).size).toBe(ofGitHub.length)
          const stray = $client
            .prepare(
              `SELECT count(*) FROM tasks LEFT JOIN repositories ON repositories.id = tasks.repository_id
               WHERE repositories.id IS NULL OR repositories.organization_id <> tasks.organization_id`,
            )
            .pluck()
            .get()
          expect(stray).toBe(0)
          expect($client.prepare('SELECT count(*) FROM tasks').pluck().get()).toBe(tasks)
        }
      }),
      { numRuns: 25 },
    )
  })
})
