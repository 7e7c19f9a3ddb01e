/** Somebody else's pull request with a task that was not begun, as reviews see it. */
import type { ReviewComment } from '../../../src/shared/changes'
import type { Job, TaskSummary } from '../../../src/shared/domain'
import type { ErrorValue } from '../../../src/shared/errors'
import type { Sync } from '../../../src/shared/github'
import type { OutgoingReview, PullRequestReviews, ReviewVerdict } from '../../../src/shared/reviews'
import { createPublishWorld } from './world'

const source = Array.from({ length: 30 }, (_, number) => `line ${number + 1}`)
export const changed = source.with(9, 'line ten').with(19, 'line twenty')

/** Somebody else's pull request, whose lines 10 and 20 are changed, as its task here. */
export async function reviewedWorld() {
  const world = await createPublishWorld({ 'engine.txt': `${source.join('\n')}\n` })
  const { model, engine, ben, github } = world
  const pull = model.openPullRequest(engine, { title: 'Words', author: ben, headRef: 'words' })
  await github.git.folder(engine)
  const push = async (text: readonly string[]): Promise<void> => {
    await world.theirs('words', { 'engine.txt': `${text.join('\n')}\n` })
    // The model knows of it once somebody looks.
    await github.git.folder(engine)
  }
  await push(changed)
  await world.app.call('organization.sync', { organizationId: world.organization.id })
  const { id: taskId } = await world.app.until<TaskSummary>(
    `tasks:${world.organization.id}`,
    'task',
    ({ pullRequest }) => pullRequest?.number === pull.number,
  )
  const synced = () =>
    world.app.until<Sync>(`organization:${world.organization.id}`, 'sync', ({ state }) => state === 'synced')
  // Else the next one that is asked for joins this one.
  await synced()
  const call = <Value>(operation: string, input: object = {}): Promise<Value> =>
    world.app.call<Value>(operation, { taskId, ...input })
  const comment = (line: number, text: string, excerpt: string, path = 'engine.txt', to = line) =>
    call<ReviewComment>('task.addComment', {
      path,
      from: { side: 'new', line },
      to: { side: 'new', line: to },
      excerpt,
      text,
    })
  const read = async (refresh = true): Promise<PullRequestReviews> => {
    const answer = await call<{ reviews: PullRequestReviews | null; error: ErrorValue | null }>(
      'task.reviews',
      { refresh },
    )
    if (answer.reviews === null) throw new Error(JSON.stringify(answer.error))
    return answer.reviews
  }
  const outgoing = (wanted: (review: OutgoingReview) => boolean): Promise<OutgoingReview> =>
    world.app.until<OutgoingReview>(`task:${taskId}`, 'outgoingReview', wanted)
  const jobThat = (wanted: (job: Job) => boolean): Promise<Job> =>
    world.app.until<Job>(`task:${taskId}`, 'job', (job) => job.kind === 'task.review' && wanted(job))
  const jobEnd = () => jobThat(({ endedAt }) => endedAt !== null)
  const done = () => jobThat(({ state }) => state === 'succeeded')
  const send = (
    comments: readonly ReviewComment[],
    more: { verdict?: ReviewVerdict; body?: string; head?: string } = {},
  ): Promise<OutgoingReview> =>
    call<OutgoingReview>('task.sendReview', {
      verdict: more.verdict ?? 'comment',
      body: more.body ?? '',
      commentIds: comments.map(({ id }) => id),
      seen: { head: more.head ?? pull.headCommit, state: 'open', outside: [] },
    })
  const sync = async (): Promise<void> => {
    const asked = world.github.requested('POST /graphql').length
    await world.app.call('organization.sync', { organizationId: world.organization.id })
    await world.github.until(() => world.github.requested('POST /graphql').length > asked)
    await synced()
  }
  const given = () => pull.reviews.filter(({ author }) => author === world.octavia)
  return {
    ...world,
    world,
    pull,
    push,
    taskId,
    call,
    comment,
    read,
    outgoing,
    jobEnd,
    done,
    send,
    sync,
    given,
  }
}
