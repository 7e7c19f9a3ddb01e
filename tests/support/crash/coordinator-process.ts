/**
 * The coordinator of sessions with its database, jobs and audit log, fed by recorded agents, as busy as it can
 * be. Every line on stdout is written after what it says was committed. Runs until it is killed.
 *
 * Arguments: the data folder, a seed.
 */
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { SessionId, TaskId } from '@shared/ids'
import { noPolicy } from '@shared/permission-policy'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createJobs } from '../../../src/main/jobs/jobs'
import type { Sandbox } from '../../../src/main/sandbox/types'
import { recoverSessions } from '../../../src/main/session/recovery'
import { createSessions } from '../../../src/main/session/sessions'
import { createUser } from '../../../src/main/user/user'
import { DatabaseFolder } from '../database-folder'
import { seededRandom } from '../seeded-random'
import { readRecordedStreams } from './recorded-streams'
import { replayedAgent } from './replayed-agent'
import type { Acknowledgement } from './acknowledgement'

const [directory = '', seed = '0'] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const below = (limit: number): number => Math.floor(random() * limit)
const acknowledge = (what: Acknowledgement): void => {
  writeSync(1, `${JSON.stringify(what)}\n`)
}
const fail = (what: string, error: unknown): void => {
  // Nothing but a kill may end or disturb this process.
  writeSync(2, `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}

const { database } = await DatabaseFolder.at(directory).open({ uncleanExit: true })
const task: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const audit = createAuditLog(database, Date.now)
const user = createUser(database, Date.now)
const jobs = createJobs({
  database,
  now: Date.now,
  changed: () => undefined,
  reportError: (error, what) => fail(what, error),
})
jobs.define('task.provision', {
  resume: true,
  async run(context) {
    context.stage('working')
    await wait(below(20))
    return () => undefined
  },
})

recoverSessions(database, Date.now)
jobs.recover()

const recorded = readRecordedStreams()
const endpoint = {
  baseUrl: 'http://replayed',
  token: '',
  fetch: replayedAgent(recorded, () => (below(8) === 0 ? wait(below(4)) : new Promise(setImmediate))),
}
const unused = (): Promise<never> => Promise.reject(new Error('There is no checkout here'))
const sandbox: Sandbox = {
  taskId: task,
  provider: 'replayed',
  cwd: '/checkout',
  endpoint,
  gone: new AbortController().signal,
  run: unused,
  runShell: unused,
  openTerminal: unused,
  processes: unused,
  endProcess: unused,
  processOutput: unused,
  readFile: unused,
  kindOf: unused,
  writeFile: unused,
  forAgent: () => Promise.resolve({ endpoint, gone: new AbortController().signal }),
  touch: () => undefined,
}

const sessions = createSessions({
  database,
  version: '0.0.0',
  acquireSandbox: () => Promise.resolve({ sandbox, release: () => undefined }),
  isPreparing: () => false,
  turnEnded: () => Promise.resolve(null),
  agentObserved: () => undefined,
  knownOptions: () => [],
  numbered: () => Promise.resolve(null),
  briefCharacters: () => 12_000,
  policies: { of: () => noPolicy, add: () => {} },
  audit: (entry) => audit.append({ actor: user.id, ...entry }),
  agentName: (agentId) => agentId,
  userSession: (sessionId) => user.session(sessionId),
  notice({ sessionId, what }) {
    if (what === 'finished') acknowledge({ type: 'turn_ended', sessionId })
    if (what === 'needs_input') setImmediate(answerAll, sessionId)
  },
  writeFailed: (error) => fail('writing', error),
  log: {
    debug: () => undefined,
    warn: (message) => fail('warning', message),
    error: fail,
  },
})

function answerAll(sessionId: SessionId): void {
  for (const permission of sessions.permissions(sessionId)) {
    if (permission.state !== 'pending') continue
    const [option] = permission.options
    if (option === undefined) continue
    void sessions.handlers.answerPermission({ permissionId: permission.id, optionId: option.id })
    acknowledge({ type: 'permission', id: permission.id, optionId: option.id })
  }
}

if (sessions.ofTask(task).length === 0) {
  const ids = database.transaction(() =>
    recorded.map(() =>
      sessions.insert({ taskId: task, agentId: 'opencode', modelId: null, modeId: null, prompt: null }),
    ),
  )
  acknowledge({ type: 'sessions', ids })
}
// In the order they were made: the number of a session says which recording it plays.
const all = sessions.ofTask(task).toSorted((a, b) => a.createdAt - b.createdAt)
sessions.wake(task)

for (let step = 0; ; step++) {
  const number = below(all.length)
  const sessionId = all[number]?.id
  if (sessionId === undefined) continue
  const what = below(20)
  if (what < 12 && sessions.queuedPrompts(sessionId).length < 3) {
    const turn = below(recorded[number]?.length ?? 1)
    const text = `${number}.${turn} prompt ${seed}-${step} “naïve” 日本語 🙂`
    const prompt = await sessions.handlers.send({ sessionId, text })
    acknowledge({ type: 'prompt', id: prompt.id, sessionId, text })
  } else if (what < 14) {
    user.saveDraft(task, sessionId, `draft ${seed}-${step}`)
    acknowledge({ type: 'draft', sessionId, text: `draft ${seed}-${step}` })
  } else if (what === 14) {
    await sessions.handlers.rename({ sessionId, name: `name ${seed}-${step}` })
    acknowledge({ type: 'name', sessionId, name: `name ${seed}-${step}` })
  } else if (what === 15) {
    const { id } = database.transaction(() => jobs.start('task.provision', { taskId: task, input: { step } }))
    acknowledge({ type: 'job', id })
    void jobs.finished(id).then(() => acknowledge({ type: 'job_ended', id }))
  } else if (what === 16 && below(4) === 0) {
    await sessions.handlers.stop({ sessionId })
  }
  await wait(below(12))
}
