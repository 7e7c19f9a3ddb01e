import type { Job } from '@shared/domain'
import type { MergeMethod, PublishDraft, PublishPlan } from '@shared/publish'

export const mergeMethodWords: Record<MergeMethod, { verb: string; hint: string }> = {
  merge: { verb: 'Create a merge commit', hint: 'All commits, joined by one more' },
  squash: { verb: 'Squash and merge', hint: 'One commit with all changes' },
  rebase: { verb: 'Rebase and merge', hint: 'All commits, one after the other' },
}

export function countOf(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`
}

/** What the form begins with. */
export function draftOf(plan: PublishPlan): PublishDraft {
  return {
    title: plan.title,
    body: plan.body,
    base: plan.base,
    draft: false,
    reviewers: [],
    labels: [],
    commitMessage: plan.commitMessage,
    closesIssue: plan.issue !== null,
  }
}

/** Why it cannot be published as it is; null when it can. */
export function publishReason(plan: PublishPlan, draft: PublishDraft): string | null {
  const { git, obstacle } = plan
  if (obstacle !== null) return obstacle.message
  if (git === null) return 'The task has no checkout yet'
  if (git.update !== null) return 'A merge or rebase is not finished'
  if (draft.title.trim() === '') return 'It needs a title'
  if (draft.base.trim() === '') return 'It needs a base branch'
  if (draft.base.trim() === plan.branch) return 'A branch cannot be merged into itself'
  if (git.uncommitted.total > 0 && draft.commitMessage.trim() === '') return 'The commit needs a message'
  if (git.uncommitted.total === 0 && git.own.total === 0) return 'Nothing has changed yet'
  return null
}

/** What a push would bring, in words for its button; null when there is nothing to push. */
export function pushLabel({ git }: PublishPlan): string | null {
  if (git === null) return null
  const ahead = git.upstream === null ? git.own.total : git.upstream.ahead
  const commits = ahead + (git.uncommitted.total > 0 ? 1 : 0)
  if (commits === 0) return null
  return git.uncommitted.total > 0
    ? ahead === 0
      ? `Commit and push ${countOf(git.uncommitted.total, 'file')}`
      : `Commit and push ${countOf(commits, 'commit')}`
    : `Push ${countOf(commits, 'commit')}`
}

/** What an agent is asked for when an update met conflicts. */
export function conflictPrompt(update: { method: string; paths: readonly string[] }, base: string): string {
  const doing =
    update.method === 'rebase' ? `A rebase onto ${base} is under way` : `A merge of ${base} is under way`
  return [
    `${doing} in this checkout, and it met conflicts in:`,
    '',
    ...update.paths.map((path) => `- ${path}`),
    '',
    'Resolve them so that both sides keep what they meant, run the tests that cover these files, and leave no conflict markers. ' +
      (update.method === 'rebase'
        ? 'Then finish with "git rebase --continue". Do not abort it and do not push.'
        : 'Then finish with "git commit --no-edit". Do not abort the merge and do not push.'),
  ].join('\n')
}

export function latestJob(jobs: ReadonlyMap<string, Job>, kinds: readonly Job['kind'][]): Job | undefined {
  return [...jobs.values()]
    .filter((job) => kinds.includes(job.kind))
    .toSorted((a, b) => b.createdAt - a.createdAt)[0]
}

export const isLive = (job: Job | undefined): boolean => job?.state === 'queued' || job?.state === 'running'
