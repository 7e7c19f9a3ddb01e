import { hasPermission } from './access'
import { changedFiles, git } from './git-operations'
import type { GitStore } from './git-store'
import type { GitHubModel } from './model'
import { nodeId } from './node-ids'
import type { CheckRunInfo, PullRequest, Review, ReviewComment, ReviewThread, User } from './types'

export interface ThreadSeed {
  author: User
  path: string
  line: number | null
  startLine?: number
  side?: 'LEFT' | 'RIGHT'
  body: string
  /** What stands in the diff up to its line. */
  hunk?: string
  review?: Review
}

/** Somebody begins to talk about lines; as a comment of its own where no review is given. */
export function addThread(model: GitHubModel, pull: PullRequest, seed: ThreadSeed): ReviewThread {
  const id = model.nextId()
  const review = seed.review ?? model.review(pull, seed.author, 'COMMENTED')
  const thread: ReviewThread = {
    kind: 'reviewThread',
    id,
    nodeId: nodeId('reviewThread', pull.repository.id, id),
    pull,
    path: seed.path,
    side: seed.side ?? 'RIGHT',
    line: seed.line,
    startLine: seed.startLine ?? null,
    commit: pull.headCommit,
    hunk: seed.hunk ?? '',
    resolvedBy: null,
    comments: [],
  }
  pull.threads.push(thread)
  model.nodes.set(thread.nodeId, thread)
  addComment(model, thread, { author: seed.author, body: seed.body, review })
  return thread
}

export function reply(model: GitHubModel, thread: ReviewThread, author: User, body: string): ReviewComment {
  const review = model.review(thread.pull, author, 'COMMENTED')
  return addComment(model, thread, { author, body, review })
}

function addComment(
  model: GitHubModel,
  thread: ReviewThread,
  { author, body, review }: Pick<ReviewComment, 'author' | 'body' | 'review'>,
): ReviewComment {
  const id = model.nextId()
  const comment: ReviewComment = {
    kind: 'reviewComment',
    id,
    nodeId: nodeId('reviewComment', thread.pull.repository.id, id),
    thread,
    author,
    body,
    review,
    createdAt: model.now(),
  }
  thread.comments.push(comment)
  review.comments.push(comment)
  return comment
}

/** Resolved by whom; null opens it again. GitHub leaves `updatedAt` as it is. */
export function resolveThread(model: GitHubModel, thread: ReviewThread, by: User | null): void {
  model.version++
  thread.resolvedBy = by
}

/** Its comments were deleted, and it with them. */
export function deleteThread(model: GitHubModel, thread: ReviewThread): void {
  model.version++
  model.nodes.delete(thread.nodeId)
  const { threads } = thread.pull
  threads.splice(threads.indexOf(thread), 1)
}

export const mayResolve = (user: User, { pull, comments }: ReviewThread): boolean =>
  pull.author === user || comments[0]?.author === user || hasPermission(user, pull.repository, 'TRIAGE')

/** A check of the head commit with what it says about itself; the verdict over all checks follows from it. */
export function setCheck(
  model: GitHubModel,
  pull: PullRequest,
  name: string,
  fields: Partial<Omit<CheckRunInfo, 'id' | 'name' | 'pull' | 'kind'>>,
): CheckRunInfo {
  const info: CheckRunInfo = {
    kind: 'checkRun',
    conclusion: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    log: null,
    ...pull.checkRuns.get(name),
    ...fields,
    id: pull.checkRuns.get(name)?.id ?? model.nextId(),
    name,
    pull,
  }
  pull.checkRuns.set(name, info)
  const all = [...pull.checkRuns.values()].map(({ conclusion }) => conclusion)
  model.setChecks(pull, all.includes('failure') ? 'FAILURE' : all.includes(null) ? 'PENDING' : 'SUCCESS')
  return info
}

/** Where a thread's lines are in the head now; null once they were changed. */
export async function positionOf(
  store: GitStore,
  { pull, path, line, startLine, side, commit }: ReviewThread,
): Promise<{ line: number; startLine: number | null } | null> {
  if (line === null) return null
  if (side === 'LEFT' || commit === pull.headCommit) return { line, startLine }
  const ends = await store.ends(pull)
  if (ends === null) return null
  const diff = await git(ends.folder, ['diff', '-U0', '--no-renames', commit, ends.head, '--', path])
  let shift = 0
  for (const [, from = '', olds = '1', , news = '1'] of diff.matchAll(
    /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm,
  )) {
    const [first, count] = [Number(from), Number(olds)]
    if (count > 0 && first <= line && first + count - 1 >= (startLine ?? line)) return null
    if (first + (count === 0 ? 1 : count) <= (startLine ?? line)) shift += Number(news) - count
  }
  return { line: line + shift, startLine: startLine === null ? null : startLine + shift }
}

/** A line of a file's patch, and the piece of the patch that ends with it. */
export interface PatchLine {
  hunk: number
  index: number
  left: number | null
  right: number | null
  until: string
}

export function patchLines(patch: string): PatchLine[] {
  const found: PatchLine[] = []
  let [hunk, left, right, start] = [-1, 0, 0, 0]
  const rows = patch.split('\n')
  for (const [index, row] of rows.entries()) {
    const head = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(row)
    if (head !== null) {
      ;[hunk, left, right, start] = [hunk + 1, Number(head[1]), Number(head[2]), index]
      continue
    }
    if (row.startsWith('\\')) continue
    const isNew = row.startsWith('+')
    const isOld = row.startsWith('-')
    const until = rows.slice(start, index + 1).join('\n')
    found.push({ hunk, index, left: isNew ? null : left, right: isOld ? null : right, until })
    if (!isNew) left += 1
    if (!isOld) right += 1
  }
  return found
}

/** The patches of a pull request by file. */
export async function patchesOf(store: GitStore, pull: PullRequest): Promise<Map<string, string>> {
  const ends = await store.ends(pull)
  const files = ends === null ? [] : await changedFiles(ends.folder, ends.base, ends.head)
  return new Map(files.map(({ filename, patch }) => [filename, patch ?? '']))
}
