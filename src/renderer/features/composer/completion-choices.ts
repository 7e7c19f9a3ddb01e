import type { Repository, SavedPrompt, SessionDetail, SessionSummary, TaskDetail } from '@shared/domain'
import { fuzzyScore } from '@shared/fuzzy'
import { fileMention, sessionMention } from '@shared/mentions'
import { call } from '../../client/call'
import type { Trigger } from './trigger'

/** One thing that what is typed could become. */
export interface Choice {
  key: string
  kind: 'command' | 'file' | 'folder' | 'session' | 'pull request' | 'issue' | 'prompt'
  label: string
  hint: string
  /** What stands in the text then. */
  word: string
}

export interface Choices {
  list: readonly Choice[]
  /** Why the list may not be whole; null when it is. */
  note: string | null
}

const most = 8

/** What fits what was typed, the likeliest first. */
export async function choicesFor(
  trigger: Trigger,
  {
    task,
    repository,
    session,
    sessions,
    savedPrompts,
  }: {
    task: TaskDetail
    repository: Repository | undefined
    session: SessionDetail
    sessions: readonly SessionSummary[]
    savedPrompts: readonly SavedPrompt[]
  },
): Promise<Choices> {
  switch (trigger.kind) {
    case 'command':
      return {
        list: [...commandsFor(trigger.words, session.commands), ...savedFor(trigger.words, savedPrompts)],
        note: null,
      }
    case 'file':
      return filesFor(
        trigger.words,
        task,
        sessions.filter(({ id }) => id !== session.id),
      )
    case 'number':
      return numbersFor(trigger.words, repository)
    case 'history':
      return historyFor(trigger.words)
  }
}

function commandsFor(words: string, commands: SessionDetail['commands']): Choice[] {
  const wanted = words.toLowerCase()
  return commands
    .map((command) => ({ command, score: fuzzyScore(wanted, command.name) }))
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map(({ command: { name, description, hint } }) => ({
      key: name,
      kind: 'command',
      label: hint === null ? `/${name}` : `/${name} ${hint}`,
      hint: description,
      word: `/${name}`,
    }))
}

async function historyFor(words: string): Promise<Choices> {
  const found = await call('session.history', { words })
  if (!found.ok) return { list: [], note: found.error.message }
  const list = found.value.map((prompt): Choice => {
    const label = prompt.trim().split('\n', 1)[0] ?? ''
    const rest = prompt.trim().length - label.length
    return { key: prompt, kind: 'prompt', label, hint: rest > 0 ? '…' : '', word: prompt }
  })
  return { list, note: null }
}

function savedFor(words: string, saved: readonly SavedPrompt[]): Choice[] {
  const wanted = words.toLowerCase()
  return saved
    .filter(({ id }) => fuzzyScore(wanted, id) !== null)
    .map(({ id, text }) => ({
      key: `saved ${id}`,
      kind: 'prompt',
      label: id,
      hint: text.trim().split('\n', 1)[0] ?? '',
      word: text,
    }))
}

async function filesFor(
  words: string,
  task: TaskDetail,
  sessions: readonly SessionSummary[],
): Promise<Choices> {
  const wanted = words.toLowerCase()
  const named: Choice[] = sessions
    .filter(({ name }) => fuzzyScore(wanted, name) !== null)
    .slice(0, words === '' ? 3 : most)
    .map(({ id, name }) => ({
      key: id,
      kind: 'session',
      label: name,
      hint: 'Session',
      word: sessionMention(name),
    }))
  const found = await call('task.findFiles', { taskId: task.id, words })
  if (!found.ok) return { list: named, note: found.error.message }
  const files = found.value.paths.flatMap((path): Choice[] => {
    const isFolder = path.endsWith('/')
    const word = fileMention(path)
    if (word === null) return []
    const name = path.slice(path.lastIndexOf('/', path.length - 2) + 1)
    const hint = path.slice(0, path.length - name.length)
    return [{ key: path, kind: isFolder ? 'folder' : 'file', label: name, hint, word }]
  })
  return {
    list: [...files, ...named],
    note: found.value.cut ? 'There are more files than could be listed. A path can be typed in full.' : null,
  }
}

async function numbersFor(words: string, repository: Repository | undefined): Promise<Choices> {
  if (repository === undefined || repository.github === null)
    return { list: [], note: 'GitHub is not known to have this repository: it has no numbers.' }
  const { id: repositoryId, organizationId } = repository
  const [pulls, issues] = await Promise.all([
    call('organization.pullRequests', {
      organizationId,
      repositoryId,
      state: 'all',
      search: words,
      cursor: null,
    }),
    call('repository.issues', { repositoryId, search: words, cursor: null }),
  ])
  const numbered = (kind: 'pull request' | 'issue', one: { number: number; title: string }): Choice => ({
    key: `${kind} ${one.number}`,
    kind,
    label: one.title,
    hint: `${kind === 'issue' ? 'Issue' : 'Pull request'} #${one.number}`,
    word: `#${one.number}`,
  })
  return {
    list: [
      ...(pulls.ok
        ? pulls.value.pullRequests.slice(0, most).map((one) => numbered('pull request', one))
        : []),
      ...(issues.ok ? issues.value.issues.slice(0, most).map((one) => numbered('issue', one)) : []),
    ],
    note: pulls.ok ? (issues.ok ? null : `Without issues: ${issues.error.message}`) : pulls.error.message,
  }
}
