import type Sqlite from 'better-sqlite3'
import { isRecord } from '../../session/hostile'
import { readPatch } from '../../task/git/patch'
import { type Document, hashOf, jsonIn, LONGEST_TEXT, unpacked } from './documents'
import type { ScopeType } from './schema'

/** Something that is indexed as a whole, and again when it changed. */
export interface Item {
  type: ScopeType
  ref: string
  at: number
  hash: number
  document: Document
}

export type ItemType = 'task' | 'pullRequest' | 'comment'

export interface ItemReader {
  /** What is there of a kind, the oldest first. */
  list(type: ItemType): { ref: string; at: number }[]
  one(type: ItemType, ref: string): Item | null
}

interface TaskRow {
  id: string
  title: string
  prompt: string
  branch: string
  at: number
}
interface PullRequestRow {
  repositoryId: string
  number: number
  title: string
  body: string
  head: string
  author: string | null
  labels: string
  at: number
  /** What is said about it, as JSON; null where nobody looked yet. */
  reviews: string | null
}
interface CommentRow {
  id: string
  path: string
  text: string
  at: number
}

const TASK = 'SELECT id, title, prompt, branch, created_at AS at FROM tasks WHERE deleted_at IS NULL'
const PULL_REQUEST = `SELECT p.repository_id AS repositoryId, p.number, title, body, head_ref AS head, author, labels,
  updated_at AS at, r.json AS reviews FROM pull_requests p
  LEFT JOIN pull_request_reviews r ON r.repository_id = p.repository_id AND r.number = p.number`
const COMMENT = `SELECT c.id, c.path, c.text, c.created_at AS at FROM review_comments c
  JOIN tasks t ON t.id = c.task_id AND t.deleted_at IS NULL`

const LISTS: Record<ItemType, string> = {
  task: 'SELECT id AS ref, created_at AS at FROM tasks WHERE deleted_at IS NULL ORDER BY created_at',
  pullRequest: `SELECT repository_id || '#' || number AS ref, updated_at AS at FROM pull_requests ORDER BY updated_at`,
  comment: `SELECT c.id AS ref, c.created_at AS at FROM review_comments c
    JOIN tasks t ON t.id = c.task_id AND t.deleted_at IS NULL ORDER BY c.created_at`,
}

/** What pull requests are called here. */
export const pullRequestRef = (repositoryId: string, number: number): string => `${repositoryId}#${number}`

export function readPullRequestRef(ref: string): { repositoryId: string; number: number } {
  const at = ref.lastIndexOf('#')
  return { repositoryId: ref.slice(0, at), number: Number(ref.slice(at + 1)) }
}

export function prepareItems(source: Sqlite.Database): ItemReader {
  const task = source.prepare<[string], TaskRow>(`${TASK} AND id = ?`)
  const pullRequest = source.prepare<[string, number], PullRequestRow>(
    `${PULL_REQUEST} WHERE p.repository_id = ? AND p.number = ?`,
  )
  const comment = source.prepare<[string], CommentRow>(`${COMMENT} WHERE c.id = ?`)
  return {
    list: (type) => source.prepare<[], { ref: string; at: number }>(LISTS[type]).all(),
    one(type, ref) {
      if (type === 'task') return one(task.get(ref), taskItem)
      if (type === 'comment') return one(comment.get(ref), commentItem)
      const { repositoryId, number } = readPullRequestRef(ref)
      return one(pullRequest.get(repositoryId, number), pullRequestItem)
    },
  }
}

const one = <Row>(row: Row | undefined, toItem: (row: Row) => Item): Item | null =>
  row === undefined ? null : toItem(row)

function taskItem({ id, title, prompt, branch, at }: TaskRow): Item {
  return {
    type: 'task',
    ref: id,
    at,
    hash: hashOf(title, prompt, branch),
    document: { kind: 'task', title, text: `${branch}\n${prompt}`, paths: [], failed: false },
  }
}

function pullRequestItem(row: PullRequestRow): Item {
  const { repositoryId, number, title, body, head, author, at } = row
  const names = labelNames(row.labels)
  const said = row.reviews === null ? [] : saidIn(jsonIn(row.reviews))
  return {
    type: 'pullRequest',
    ref: pullRequestRef(repositoryId, number),
    at,
    hash: hashOf(title, body, head, author ?? '', names, ...said),
    document: {
      kind: 'pull_request',
      title: `#${number} ${title}`,
      text: [head, author ?? '', names, body, ...said].filter(Boolean).join('\n').slice(0, LONGEST_TEXT),
      paths: [],
      failed: false,
    },
  }
}

/** Everything that was said in reviews and threads, each with who said it. */
function saidIn(reviews: unknown): string[] {
  if (!isRecord(reviews)) return []
  const threads = listIn(reviews, 'threads')
  return [...listIn(reviews, 'reviews'), ...threads.flatMap((thread) => listIn(thread, 'comments'))].flatMap(
    ({ author, body }) =>
      typeof body === 'string' && body !== '' ? [`${typeof author === 'string' ? author : ''} ${body}`] : [],
  )
}

function listIn(value: Record<string, unknown>, key: string): Record<string, unknown>[] {
  const list = value[key]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

function labelNames(json: string): string {
  const labels = jsonIn(json)
  if (!Array.isArray(labels)) return ''
  return labels
    .flatMap((label: unknown) =>
      typeof label === 'object' && label !== null && 'name' in label && typeof label.name === 'string'
        ? [label.name]
        : [],
    )
    .join(' ')
}

function commentItem({ id, path, text, at }: CommentRow): Item {
  return {
    type: 'comment',
    ref: id,
    at,
    hash: hashOf(path, text),
    document: { kind: 'comment', title: '', text, paths: [path], failed: false },
  }
}

/** The files of a stored diff, in its order. Files without text, such as pictures, are found by their names. */
export async function diffDocuments(packed: Buffer): Promise<Document[]> {
  const patch = unpacked(packed)
  if (patch === null) return []
  const files = await readPatch(patch)
  return files.map(({ change, start, end }) => ({
    kind: 'diff',
    title: '',
    text: linesOf(patch.slice(start, Math.min(end, start + LONGEST_TEXT))),
    paths: change.oldPath === null ? [change.path] : [change.path, change.oldPath],
    failed: false,
  }))
}

/** What stands in the lines of a file's diff, without what git writes above them. */
function linesOf(diff: string): string {
  const hunk = diff.indexOf('\n@@ ')
  return hunk === -1 ? '' : diff.slice(hunk + 1).trimEnd()
}
