import { FoundryError } from '@shared/errors'
import { imageReferences } from './image-references'
import type { RepositoryId, TaskId } from '@shared/ids'
import type { IssueComment, KeptTalk, PackKind } from '@shared/packs'
import type { PullRequestStanding } from '@shared/publish'
import type { CheckDetail, GivenReview, ReviewThread } from '@shared/reviews'
import { readCheck } from '../github/reviews/checks'
import { readCompleteReviews, readIssueComments } from '../github/reviews/complete'
import type { PackRun } from '../task/packs/collect'
import type { EntryName } from '../task/packs/contents'
import type { Packs, PackSource } from '../task/packs/packs'
import type { PublishContext, PublishOptions } from './publish-context'

/** Of the log of a check that failed, as much of its end is kept. */
const LOG_BYTES = 400 * 1024
/** A page of what was said holds so much text, or one thing that is longer. */
const PAGE_CHARACTERS = 300_000
const PAGE_THINGS = 50

export interface Keeping {
  readonly source: PackSource
  /** What was kept of how the pull request stood; null where nothing was. */
  standing(taskId: TaskId): Promise<PullRequestStanding | null>
  check(taskId: TaskId, checkId: number): Promise<CheckDetail | null>
  /** A page of what was said about the pull request, complete. */
  talk(taskId: TaskId, page: number): Promise<KeptTalk | null>
}

export interface KeepingOptions extends Pick<PublishOptions, 'repositories'> {
  packs(): Packs
  standing(taskId: TaskId): Promise<PullRequestStanding>
  /** What is stored of the pull request itself. */
  stored(
    repositoryId: RepositoryId,
    number: number,
  ): { title: string; body: string; author: string | null; url: string } | null
  /** Reads again what is kept of reviews for everybody who looks. */
  refreshReviews(taskId: TaskId): Promise<unknown>
}

type Page = Pick<KeptTalk, 'comments' | 'reviews' | 'threads'>

/** What of a pull request belongs into the pack of its task, and is read from there when GitHub cannot be asked. */
export function createKeeping(options: KeepingOptions, context: PublishContext): Keeping {
  async function collect(
    run: PackRun,
    stage: (text: string, progress?: number) => void,
  ): Promise<{ kinds: PackKind[]; images: string[] }> {
    const { taskId, policy } = run
    const kinds: PackKind[] = []
    const subject = context.subject(taskId)
    const pull = subject.pullRequest
    if (pull === null)
      return { kinds: ['standing', 'check', 'pull', 'comments', 'reviews', 'image'], images: [] }
    if (policy.checks) {
      const told = await attempt(run, named('standing'), async () => {
        stage('Asking GitHub for the checks')
        const standing = await options.standing(taskId)
        await run.put(named('standing'), bytesOf(standing))
        const all = await checks(run, standing)
        if (standing.checksTotal > standing.checks.length)
          run.leaveOut(named('check', 'more'), 'too_many', {
            detail: String(standing.checksTotal - standing.checks.length),
          })
        return all
      })
      if (told === true) kinds.push('standing', 'check')
    }
    const images = new Set<string>()
    if (policy.conversations) {
      const stored = options.stored(subject.repositoryId, pull.number)
      const texts: string[] = []
      if (stored !== null) {
        const { title, body, author } = stored
        texts.push(body)
        await run.put(named('pull'), bytesOf({ number: pull.number, title, body, author }))
      }
      const told = await attempt(run, named('reviews', '0'), async () => {
        stage('Asking GitHub for the conversations')
        const { client } = context.publisher(subject)
        await options.refreshReviews(taskId)
        const reviews = await readCompleteReviews(client, pull, run.signal)
        const { githubId } = options.repositories.remote(subject.repositoryId)
        const comments = await readIssueComments(client, githubId, pull.number, run.signal)
        if (reviews === null) {
          run.leaveOut(named('reviews', '0'), 'not_told')
          return false
        }
        texts.push(
          ...comments.map(({ body }) => body),
          ...reviews.reviews.map(({ body }) => body),
          ...reviews.threads.flatMap((thread) => thread.comments.map(({ body }) => body)),
        )
        for (const [index, page] of pagesOf(comments, reviews.reviews, reviews.threads).entries())
          await run.put(named('reviews', String(index)), bytesOf(page))
        return true
      })
      if (told === true) kinds.push('pull', 'comments', 'reviews', 'image')
      // The address of its page is that of the repository, with `/pull/1` behind it.
      const home = (stored?.url ?? '').replace(/\/pull\/\d+$/, '')
      for (const reference of texts.flatMap((text) => imageReferences(text, home))) {
        if (reference.kind === 'repository') images.add(reference.path)
        else
          run.leaveOut(named('image', reference.address), 'other_host', {
            detail: URL.canParse(reference.address) ? new URL(reference.address).host : reference.address,
          })
      }
    }
    return { kinds, images: [...images] }
  }

  /** Says whether all could be read. */
  async function checks(run: PackRun, standing: PullRequestStanding): Promise<boolean> {
    const subject = context.subject(run.taskId)
    const { client } = context.publisher(subject)
    const { githubId } = options.repositories.remote(subject.repositoryId)
    let all = true
    for (const { id, name, state } of standing.checks) {
      if (id === null) continue
      const read = await attempt(run, named('check', String(id)), async () => {
        const detail = await readCheck(
          client,
          githubId,
          id,
          run.signal,
          state === 'failure' ? LOG_BYTES : undefined,
        )
        await run.put({ ...named('check', String(id)), detail: name }, bytesOf(detail))
        if (detail.annotationsTotal > detail.annotations.length)
          run.leaveOut(named('check', `${id} annotations`), 'too_many', {
            detail: `${name}: ${detail.annotationsTotal - detail.annotations.length}`,
          })
        if (detail.log?.problem != null)
          run.leaveOut(named('check', `${id} log`), 'not_told', { detail: detail.log.problem.message })
        else if (detail.log?.cut === true && state === 'failure')
          run.leaveOut(named('check', `${id} log`), 'too_long', { detail: name })
        return true
      })
      all &&= read === true
    }
    return all
  }

  /** What GitHub does not tell is left out, with its words, and what an earlier run has kept stays. */
  async function attempt(
    run: PackRun,
    name: EntryName,
    work: () => Promise<boolean>,
  ): Promise<boolean | null> {
    try {
      return await work()
    } catch (error) {
      run.signal.throwIfAborted()
      if (!(error instanceof FoundryError) || error.kind === 'disk_full' || error.kind === 'read_only')
        throw error
      run.leaveOut(name, 'not_told', { detail: error.message })
      return null
    }
  }

  async function kept<Value>(taskId: TaskId, name: EntryName): Promise<Value | null> {
    const packs = options.packs()
    // Written by this app, in the shape that is read.
    return (await packs.reading.json(packs.contents.entry(taskId, name))) as Value | null
  }

  return {
    source: { collect },
    async standing(taskId) {
      const standing = await kept<PullRequestStanding>(taskId, named('standing'))
      return standing === null ? null : { ...standing, mayMerge: false, mayUpdate: false, kept: true }
    },
    async check(taskId, checkId) {
      const detail = await kept<CheckDetail>(taskId, named('check', String(checkId)))
      return detail === null ? null : { ...detail, keptAt: options.packs().keptAt(taskId) }
    },
    async talk(taskId, page) {
      const pull = page === 0 ? await kept<NonNullable<KeptTalk['pull']>>(taskId, named('pull')) : null
      const read = await kept<Page>(taskId, named('reviews', String(page)))
      if (pull === null && read === null) return null
      const packs = options.packs()
      const next = packs.contents.entry(taskId, named('reviews', String(page + 1)))
      return {
        pull,
        ...(read ?? { comments: [], reviews: [], threads: [] }),
        next: next?.hash == null ? null : page + 1,
      }
    },
  }
}

const named = (kind: PackKind, state = ''): EntryName => ({ kind, state, path: '' })

const bytesOf = (value: unknown): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(JSON.stringify(value), 'utf8'))

/** In pages that a window can be given, each at least one thing. */
export function pagesOf(
  comments: readonly IssueComment[],
  reviews: readonly GivenReview[],
  threads: readonly ReviewThread[],
): Page[] {
  const pages: Page[] = []
  let page: Page = { comments: [], reviews: [], threads: [] }
  let characters = 0
  let things = 0
  const add = (size: number, put: () => void): void => {
    if (things > 0 && (characters + size > PAGE_CHARACTERS || things >= PAGE_THINGS)) {
      pages.push(page)
      page = { comments: [], reviews: [], threads: [] }
      characters = 0
      things = 0
    }
    characters += size
    things += 1
    put()
  }
  for (const one of comments) add(one.body.length, () => page.comments.push(one))
  for (const one of reviews) add(one.body.length, () => page.reviews.push(one))
  for (const one of threads)
    add(
      one.comments.reduce((sum, { body }) => sum + body.length, one.hunk.length),
      () => page.threads.push(one),
    )
  pages.push(page)
  return pages
}
