import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { newId, openDatabases } from '../../src/main/database'
import { inProcessWorker } from '../../tests/support/database-folder'
import { seededRandom } from '../../tests/support/seeded-random'

export interface OrganizationSize {
  repositories: number
  /** Most of them open pull requests that nobody works on here. */
  tasks: number
}

const WORDS =
  'parser cache index sync branch review login search editor window queue retry stream diff'.split(' ')
const PEOPLE = 'ada grace barbara edsger donald margaret'.split(' ')
const CHECKS = ['none', 'pending', 'success', 'success', 'failure']

/** Fills a data folder with organizations of GitHub as syncs leave them; returns their ids. The same for the same seed. */
export async function seedOrganizations(
  directory: string,
  sizes: readonly OrganizationSize[],
  seed = 1,
): Promise<string[]> {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = (words: readonly string[]): string => words[below(words.length)] ?? ''
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { database, close } = await openDatabases({
    directory,
    backupsDirectory: join(directory, 'backups'),
    nativeBinding: undefined,
    uncleanExit: false,
    log: { info: () => undefined, warn: () => undefined },
    worker: inProcessWorker,
  })
  const { $client } = database.commands
  const insert = (table: string, row: Record<string, string | number | null>): void => {
    const columns = Object.keys(row)
    $client
      .prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
      .run(Object.values(row))
  }
  const now = Date.now()
  const ids = database.transaction(() =>
    sizes.map((size, nth) => {
      const organizationId = newId('org')
      insert('organizations', {
        id: organizationId,
        kind: 'organization',
        name: `Organization ${nth}`,
        host: 'github.example',
        github_id: `${nth}`,
        login: `organization-${nth}`,
        created_at: now + nth,
      })
      const repositories = Array.from({ length: size.repositories }, (_, n) => {
        const id = newId('repo')
        insert('repositories', {
          id,
          organization_id: organizationId,
          name: `${pick(WORDS)}-${n}`,
          origin_url: `https://github.example/organization-${nth}/${n}.git`,
          default_branch: 'main',
          created_at: now,
          last_used_at: n % 10 === 0 ? now - n : 0,
          github_id: `${nth}${n}`,
          node_id: `R_${nth}_${n}`,
          full_name: `organization-${nth}/${n}`,
          url: `https://github.example/organization-${nth}/${n}`,
          is_private: 1,
          is_archived: 0,
          is_fork: 0,
          pushed_at: now - n * 1000,
          generation: 1,
        })
        return { id, githubId: `${nth}${n}` }
      })
      for (let n = 0; n < size.tasks; n++) {
        const repository = repositories[n % repositories.length] ?? { id: '', githubId: '' }
        const at = now - n * 60_000
        const title = `Speed up the ${pick(WORDS)} of the ${pick(WORDS)}`
        const worked = n % 10 === 0
        const hasPull = !worked || n % 20 === 0
        if (hasPull)
          insert('pull_requests', {
            repository_id: repository.id,
            number: n + 1,
            organization_id: organizationId,
            node_id: `PR_${nth}_${n}`,
            title,
            body: `${title}. ${'It is slow for long files. '.repeat(10)}`,
            state: 'open',
            is_draft: n % 7 === 0 ? 1 : 0,
            url: `https://github.example/organization-${nth}/${n}/pull/${n + 1}`,
            author: pick(PEOPLE),
            head_ref: `change-${n}`,
            head_commit: null,
            head_repository_id: repository.githubId,
            head_repository: `organization-${nth}/${n}`,
            base_ref: 'main',
            review_decision: null,
            requested_reviewers: '[]',
            labels: '[]',
            comments: below(5),
            checks: pick(CHECKS),
            mergeable: n % 9 === 0 ? 'conflicting' : 'mergeable',
            checked_at: now,
            created_at: at,
            updated_at: at,
            additions: below(500),
            deletions: below(200),
            generation: 1,
          })
        insert('tasks', {
          id: newId('task'),
          organization_id: organizationId,
          repository_id: repository.id,
          head_repository: repository.id,
          branch: `change-${n}`,
          starts_from: 'branch',
          pull_request_number: hasPull ? n + 1 : null,
          title,
          prompt: '',
          materialized_at: worked ? at : null,
          created_at: at,
          updated_at: at,
        })
      }
      return organizationId
    }),
  )
  close()
  return ids
}
