/** What `npm run playground` runs beside the app: GitHub with an organization, and an agent with a scripted model. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installOpenCode } from '../../e2e/support/agent'
import type { World } from '../../e2e/support/world'
import { startScriptedModel, type ScriptedModel } from '../scripted-model'
import { fullName } from './model'
import { churn, seedOrganization, type SeededOrganization } from './seed'
import { startGitHub, type GitHubServer } from './server'

const run = promisify(execFile)

/** Something happens at GitHub that often, so that there is something to sync. */
const EVENT_MS = 60_000

export interface Playground {
  /** What to type and where to look, for whoever started it. */
  readonly lines: readonly string[]
  /** What the app has to be started with. */
  readonly environment: Record<string, string>
  close(): Promise<void>
}

/** Starts it all on free ports and in a new folder; `close` ends and removes it. */
export async function startPlayground(): Promise<Playground> {
  const root = await mkdtemp(join(tmpdir(), 'foundry-playground-'))
  const github = await startGitHub()
  const seeded = seedOrganization(github.model, {
    login: 'acme',
    repositories: 24,
    pullRequests: 120,
    members: 14,
    seed: 20,
    open: 0.6,
  })
  addPersonalRepository(github, seeded)
  const model = await startScriptedModel()
  scriptModel(model)
  const world = await createFolders(root)
  const agent = await installAgent(world, model)
  const clone = await cloneOne(world, github, seeded)

  let events = 0
  const happening = setInterval(() => churn(github.model, seeded.organization, 1, ++events), EVENT_MS)
  return {
    lines: [
      `host         ${github.host}`,
      `token        ${seeded.token.value}`,
      `signed in as ${seeded.viewer.login}, an admin of acme (${seeded.repositories.length} repositories, ${seeded.pullRequests.length} pull requests)`,
      `to clone     ${github.url}/${fullName(firstOf(seeded))}.git`,
      `a clone      ${clone}`,
      `agent        ${agent}`,
      `events       one pull request changes every ${EVENT_MS / 1000} s`,
    ],
    environment: world.environment,
    async close() {
      clearInterval(happening)
      await Promise.all([github.close(), model.close()])
      await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

/** The person's own home and settings stay theirs; the data of the app and the agents are new. */
async function createFolders(root: string): Promise<World> {
  const data = join(root, 'data')
  const foundry = join(root, 'foundry')
  for (const folder of [data, join(root, 'repositories')]) await mkdir(folder, { recursive: true })
  await chmod(root, 0o700)
  return {
    root,
    home: root,
    data,
    foundry,
    environment: { FOUNDRY_DATA_DIR: foundry, XDG_DATA_HOME: data },
    path: (...names) => join(root, ...names),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** The agent is one platform's; without it, everything but sessions can be tried. */
async function installAgent(world: World, model: ScriptedModel): Promise<string> {
  try {
    await installOpenCode(world, { baseUrl: model.baseUrl, ask: true })
    return 'OpenCode with a scripted model; it asks before it writes a file'
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : String(error)}`
  }
}

function scriptModel(model: ScriptedModel): void {
  model.answer(
    '',
    (answer) => {
      answer.text('I look at the project and write down what you asked for.\n\n')
      answer.tool('write', {
        filePath: join(answer.request.cwd, 'NOTES.md'),
        content: `# Notes\n\n${answer.request.prompt}\n`,
      })
    },
    (answer) =>
      answer.text(
        'Done: `NOTES.md` has what you asked for.\n\n- It is a **new file**\n- Nothing else changed\n',
      ),
  )
}

function addPersonalRepository({ model }: GitHubServer, { viewer }: SeededOrganization): void {
  const repository = model.addRepository(viewer, 'dotfiles', { private: true, description: 'My settings' })
  model.openPullRequest(repository, { title: 'Use the new shell', checks: 'SUCCESS' })
}

function firstOf({ repositories }: SeededOrganization) {
  const [first] = repositories
  if (first === undefined) throw new Error('The organization has no repository.')
  return first
}

/** A folder to open: its origin is a repository the account knows. */
async function cloneOne(world: World, github: GitHubServer, seeded: SeededOrganization): Promise<string> {
  const repository = firstOf(seeded)
  const folder = world.path('repositories', repository.name)
  await run('git', ['clone', '--quiet', `${github.url}/${fullName(repository)}.git`, folder])
  return folder
}
