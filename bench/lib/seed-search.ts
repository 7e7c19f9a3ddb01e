import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { newId, openDatabases } from '../../src/main/database'
import { inProcessWorker } from '../../tests/support/database-folder'
import { createOrganizations } from '../../src/main/organization/organizations'
import { seededRandom } from '../../tests/support/seeded-random'

const SYLLABLES =
  'ba ce di fo gu ha je ki lo mu na pe qui ro sa te vu wa xi yo ze tra ble con ing ter str ment'.split(' ')
const VOCABULARY = 60_000
const ENDINGS = ['Value', 'Name', 'Of', 'Reader', 'Index']

export interface SeededSearch {
  /** Bytes of what a reader sees of all events. */
  textBytes: number
  /** What the events say, for whoever indexes it plainly; only as many as were asked for. */
  texts: string[]
  words: { common: string[]; middling: string[]; rare: string[] }
  repositories: string[]
}

/** Words as often as in real text: the second half as often as the first, and so on. */
class Language {
  readonly vocabulary: string[]
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
    const made = new Set<string>()
    for (let nth = 0; made.size < VOCABULARY; nth++) {
      const length = 1 + this.below(3) + (made.size > 300 ? 1 : 0) + (made.size > 5000 ? 1 : 0)
      let word = ''
      for (let part = 0; part < length; part++) word += SYLLABLES[this.below(SYLLABLES.length)] ?? ''
      if (nth % 9 === 4) word += ENDINGS[this.below(ENDINGS.length)] ?? ''
      if (nth % 13 === 5) word += `_${SYLLABLES[this.below(SYLLABLES.length)] ?? ''}`
      made.add(word)
    }
    this.vocabulary = [...made]
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  words(count: number): string {
    let text = ''
    for (let nth = 0; nth < count; nth++) {
      // As Zipf has it: the rank's logarithm is even.
      const rank = Math.floor(VOCABULARY ** this.#random()) - 1
      text += (nth === 0 ? '' : nth % 14 === 13 ? '.\n' : ' ') + (this.vocabulary[rank] ?? '')
    }
    return text
  }

  path(): string {
    return `/work/src/${this.vocabulary[this.below(400)] ?? ''}/${this.vocabulary[this.below(4000)] ?? ''}.ts`
  }
}

/** A data folder of many sessions, as years of work leave it; the same for the same seed. */
export async function seedSearch(
  directory: string,
  { events, sessions, keepTexts }: { events: number; sessions: number; keepTexts: number },
  seed = 1,
): Promise<SeededSearch> {
  const language = new Language(seededRandom(seed))
  const { database, close } = await openDatabases({
    directory,
    backupsDirectory: join(directory, 'backups'),
    nativeBinding: undefined,
    uncleanExit: false,
    log: { info: () => undefined, warn: () => undefined },
    worker: inProcessWorker,
  })
  const organizationId = createOrganizations(database, Date.now).active()
  close()
  const connection = new Sqlite(join(directory, 'foundry.db'))
  connection.pragma('synchronous = OFF')
  const addRepository = connection.prepare(
    `INSERT INTO repositories (id, organization_id, name, local_path, created_at, last_used_at) VALUES (?, ?, ?, ?, 1, 1)`,
  )
  const addTask = connection.prepare(
    `INSERT INTO tasks (id, organization_id, repository_id, head_repository, branch, title, prompt, archived_at, created_at,
     updated_at) VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?)`,
  )
  const addSession = connection.prepare(
    'INSERT INTO sessions (id, task_id, name, agent_id, created_at) VALUES (?, ?, ?, ?, ?)',
  )
  const addTurn = connection.prepare(
    `INSERT INTO turns (id, session_id, task_id, prompt, started_at, ended_at, stop_reason) VALUES (?, ?, ?, '', ?, ?, 'end_turn')`,
  )
  const addEvent = connection.prepare(
    `INSERT INTO session_events (session_id, first_index, last_index, turn_id, at, payload) VALUES (?, ?, ?, ?, ?, ?)`,
  )
  const repositories = Array.from({ length: 40 }, (_, nth) => `repository-${nth}`)
  const repositoryIds = repositories.map((name) => {
    const id = newId('repo')
    addRepository.run(id, organizationId, name, `/home/person/${name}`)
    return id
  })
  const texts: string[] = []
  let textBytes = 0
  const each = Math.floor(events / sessions)
  let at = Date.now() - events * 20_000
  for (let session = 0; session < sessions; session++) {
    const write = connection.transaction(() => {
      const taskId = newId('task')
      const sessionId = newId('session')
      const repositoryId = repositoryIds[language.below(repositoryIds.length)] ?? ''
      const title = language.words(5)
      const archivedAt = session % 3 === 0 ? at : null
      addTask.run(
        taskId,
        organizationId,
        repositoryId,
        repositoryId,
        `foundry/${session}`,
        title,
        archivedAt,
        at,
        at,
      )
      addSession.run(sessionId, taskId, title, session % 2 === 0 ? 'claude' : 'codex', at)
      let turnId = ''
      for (let index = 0; index < each; index++) {
        at += 20_000
        if (index % 25 === 0) {
          turnId = newId('turn')
          addTurn.run(turnId, sessionId, taskId, at, at)
        }
        const { event, text } = anEvent(language, index)
        textBytes += Buffer.byteLength(text)
        if (texts.length < keepTexts) texts.push(text)
        addEvent.run(sessionId, index, index, turnId, at, JSON.stringify(event))
      }
    })
    write()
  }
  connection.pragma('wal_checkpoint(TRUNCATE)')
  connection.close()
  const { vocabulary } = language
  return {
    textBytes,
    texts,
    words: {
      common: vocabulary.slice(2, 40),
      middling: vocabulary.slice(800, 2000),
      rare: vocabulary.slice(30_000),
    },
    repositories,
  }
}

/** What stands in a transcript: mostly what agents thought, did and said. */
function anEvent(language: Language, index: number): { event: unknown; text: string } {
  if (index % 25 === 0) {
    const text = language.words(10 + language.below(40))
    return { event: { type: 'prompt', text }, text }
  }
  const kind = language.below(10)
  if (kind < 3) {
    const text = language.words(20 + language.below(60))
    return { event: chunk('agent_thought_chunk', `thought-${index}`, text), text }
  }
  if (kind < 5) {
    const text = language.words(30 + language.below(120))
    return { event: chunk('agent_message_chunk', `message-${index}`, text), text }
  }
  const path = language.path()
  const title = `Read ${path}`
  const output = language.words(20 + language.below(180))
  const update = {
    sessionUpdate: 'tool_call',
    toolCallId: `call-${index}`,
    title,
    kind: 'read',
    status: language.below(30) === 0 ? 'failed' : 'completed',
    rawInput: { path },
    content: [{ type: 'content', content: { type: 'text', text: output } }],
  }
  return { event: { type: 'update', update }, text: `${title}\n${output}\n${path}` }
}

function chunk(sessionUpdate: string, messageId: string, text: string): unknown {
  return { type: 'update', update: { sessionUpdate, messageId, content: { type: 'text', text } } }
}
