// From a click on "Create task" to an agent that answers, in a repository of 20,000 files: against `git clone` of
// the same repository, and against the bare SDK with the same agent and the same scripted model.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { SandboxAgent } from 'sandbox-agent'
import { local } from 'sandbox-agent/local'
import { installOpenCode } from '../tests/e2e/support/agent'
import { startApp, type App } from '../tests/e2e/support/app'
import { processesOf } from '../tests/e2e/support/processes'
import { createTask, openRepository, sendPrompt, ui } from '../tests/e2e/support/ui'
import { createWorld, type World } from '../tests/e2e/support/world'
import { startScriptedModel, type ScriptedModel } from '../tests/support/scripted-model'
import { inFolder } from './lib/folder'
import { watchTasks, type WatchedTask } from './lib/main-job-marks'
import { generateRepository } from './lib/repository'
import { bench, say } from './lib/report'
import { median, ratioOf } from './lib/statistics'

const FILES = 20_000
const PROMPTS = 3

const run = promisify(execFile)

/** Milliseconds of one round; the two sides of a ratio stand at the same place. */
interface Samples {
  /** Of a clone right before the first, the later and the cold task: the disk of a shared machine has its moods. */
  clone: { ready: number[]; later: number[]; cold: number[] }
  ready: number[]
  later: number[]
  laterCold: number[]
  session: number[]
  secondSession: number[]
  firstText: number[]
  sdkSession: number[]
  sdkFirstText: number[]
}

await bench('main-job', ({ quick }) =>
  inFolder(async (folder) => {
    const samples: Samples = {
      clone: { ready: [], later: [], cold: [] },
      ready: [],
      later: [],
      laterCold: [],
      session: [],
      secondSession: [],
      firstText: [],
      sdkSession: [],
      sdkFirstText: [],
    }
    const repository = join(folder, 'repository')
    say(`a repository of ${FILES} files`)
    await generateRepository(repository, FILES)
    const model = await startScriptedModel()
    try {
      const rounds = quick ? 1 : 5
      for (let round = 1; round <= rounds; round++) {
        const checkout = join(folder, 'clone')
        const cloneMs = await timeClone(repository, checkout)
        const sides = [
          () => measureApp(repository, model, samples, quick ? cloneMs : null),
          () => measureSdk(checkout, model, samples),
        ]
        for (const side of round % 2 === 0 ? sides.toReversed() : sides) await side()
        await rm(checkout, { recursive: true })
        say(`round ${round} of ${rounds}`)
      }
    } finally {
      await model.close()
    }
    const { clone, ready, later, laterCold, session, secondSession, firstText, sdkSession, sdkFirstText } =
      samples
    return {
      cloneMs: median([...clone.ready, ...clone.later, ...clone.cold]),
      readyMs: median(ready),
      ratioReady: ratioOf(ready, clone.ready),
      laterMs: median(later),
      ratioLater: ratioOf(later, clone.later),
      laterColdMs: median(laterCold),
      ratioLaterCold: ratioOf(laterCold, clone.cold),
      sdkSessionMs: median(sdkSession),
      sessionMs: median(session),
      ratioSession: ratioOf(session, sdkSession),
      secondSessionMs: median(secondSession),
      ratioSecondSession: ratioOf(secondSession, sdkSession),
      sdkFirstTextMs: median(sdkFirstText),
      firstTextMs: median(firstText),
      ratioFirstText: ratioOf(firstText, sdkFirstText),
    }
  }))

async function timeClone(repository: string, target: string): Promise<number> {
  const startedAt = performance.now()
  await run('git', ['clone', '--quiet', repository, target])
  return performance.now() - startedAt
}

async function measureApp(
  repository: string,
  model: ScriptedModel,
  samples: Samples,
  /** Cloning is slow on some disks: in a quick run one clone stands for all. */
  knownCloneMs: number | null,
): Promise<void> {
  const world = await createWorld()
  try {
    await installOpenCode(world, { baseUrl: model.baseUrl })
    const app = await startApp(world, { trace: false })
    try {
      await openRepository(app, repository)
      const tasks = await watchTasks(app.window)

      const cloned = join(world.root, 'clone')
      const clone = async (into: number[]): Promise<void> => {
        into.push(knownCloneMs ?? (await timeClone(repository, cloned)))
        await rm(cloned, { recursive: true, force: true })
      }
      await clone(samples.clone.ready)
      const first = await createAndWait(app, world, tasks, 'First')
      samples.ready.push(first.readyMs)
      samples.session.push(first.sessionMs)

      await spareIsThere(world)
      await clone(samples.clone.later)
      await newTask(app)
      samples.later.push((await createAndWait(app, world, tasks, 'Later')).readyMs)

      await rm(await spareIsThere(world), { recursive: true })
      await clone(samples.clone.cold)
      await newTask(app)
      samples.laterCold.push((await createAndWait(app, world, tasks, 'Cold')).readyMs)

      samples.secondSession.push(await timeSecondSession(app, tasks))
      for (let n = 0; n <= PROMPTS; n++) {
        const ms = await timeFirstText(app, tasks, model)
        // The first prompt of a session makes the agent read what it needs from then on.
        if (n > 0) samples.firstText.push(ms)
      }
    } finally {
      await app.quit()
    }
  } finally {
    await world.remove()
  }
}

async function newTask(app: App): Promise<void> {
  await ui.navigation(app.window).getByRole('button', { name: 'New task' }).click()
}

async function createAndWait(
  app: App,
  world: World,
  tasks: WatchedTask,
  title: string,
): Promise<{ readyMs: number; sessionMs: number }> {
  const known = new Set((await processesOf(world.root)).map(({ pid }) => pid))
  await tasks.begin()
  await createTask(app, { prompt: `${title}: say something`, title })
  const { clicked, sandbox, session } = await tasks.created()
  const shellMs = await timeShell(world, known)
  await tasks.idle()
  return { readyMs: sandbox - clicked + shellMs, sessionMs: Math.max(0, session - sandbox) }
}

/** Usable means that a shell runs in it: asked of the task's own server, with what its command line says. */
async function timeShell(world: World, known: ReadonlySet<number>): Promise<number> {
  const server = (await processesOf(world.root)).find(
    ({ pid, command }) => !known.has(pid) && /sandbox-agent server /.test(command),
  )
  const [, port] = /--port (\d+)/.exec(server?.command ?? '') ?? []
  const [, token] = /--token (\S+)/.exec(server?.command ?? '') ?? []
  if (port === undefined || token === undefined) throw new Error('The task has no server')
  const startedAt = performance.now()
  const answer = await fetch(`http://127.0.0.1:${port}/v1/processes/run`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ command: 'sh', args: ['-c', 'pwd'] }),
  })
  if (!answer.ok) throw new Error(`No shell runs in the sandbox: ${await answer.text()}`)
  await answer.json()
  return performance.now() - startedAt
}

async function timeSecondSession(app: App, tasks: WatchedTask): Promise<number> {
  const { window } = app
  await window.getByRole('button', { name: 'New session' }).click()
  await tasks.begin()
  await window
    .getByRole('dialog', { name: 'New session' })
    .getByRole('button', { name: 'Start session' })
    .click()
  return tasks.sessionStarted()
}

async function timeFirstText(app: App, tasks: WatchedTask, model: ScriptedModel): Promise<number> {
  const word = `answer-${model.requests.length}`
  model.answer(word, ({ text }) => text(`${word} is here.`))
  await tasks.begin(`${word} is here.`)
  await sendPrompt(app, `Say ${word}`)
  const ms = await tasks.textPainted()
  await tasks.idle()
  return ms
}

/** The spare checkout of the only repository; it is made while nobody waits. */
async function spareIsThere(world: World): Promise<string> {
  const folder = join(world.foundry, 'tasks')
  for (;;) {
    const spare = (await readdir(folder)).find((name) => name.endsWith('.spare'))
    if (spare !== undefined) return join(folder, spare)
    await wait(50)
  }
}

async function measureSdk(checkout: string, model: ScriptedModel, samples: Samples): Promise<void> {
  const world = await createWorld()
  try {
    await installOpenCode(world, { baseUrl: model.baseUrl })
    const sdk = await SandboxAgent.start({ sandbox: local({ env: world.environment, log: 'silent' }) })
    try {
      const startedAt = performance.now()
      const session = await sdk.createSession({ agent: 'opencode', cwd: checkout })
      samples.sdkSession.push(performance.now() - startedAt)
      const events = new EventTarget()
      session.onEvent(({ payload }) => {
        if (JSON.stringify(payload).includes('agent_message_chunk')) events.dispatchEvent(new Event('text'))
      })
      for (let n = 0; n <= PROMPTS; n++) {
        const word = `answer-${model.requests.length}`
        model.answer(word, ({ text }) => text(`${word} is here.`))
        const sentAt = performance.now()
        const seen = once(events, 'text').then(() => performance.now() - sentAt)
        await session.prompt([{ type: 'text', text: `Say ${word}` }])
        const ms = await seen
        if (n > 0) samples.sdkFirstText.push(ms)
      }
    } finally {
      // In this order: streams that are open when the server ends throw where nobody can catch it.
      await sdk.dispose()
      await sdk.destroySandbox()
    }
  } finally {
    await world.remove()
  }
}
