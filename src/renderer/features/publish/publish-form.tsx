import type { Job, TaskDetail } from '@shared/domain'
import type { PublishDraft, PublishPlan } from '@shared/publish'
import { useMemo } from 'react'
import { openSettings } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CaptionedControl, Switch, TextField } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { SearchSelect, Select } from '../../ui/select'
import { CommitFields, TextArea, useIdentity } from './commit-fields'
import { JobProgress } from './job-progress'
import { usePublishDraft } from './publish-draft'
import { countOf, draftOf, isLive, publishReason } from './publish-text'
import { TokenField } from './token-field'
import { usePublishChoices } from './use-publish-plan'

/** Everything a pull request is opened with, filled in from the task, for a person to change. */
export function PublishForm({
  task,
  plan,
  job,
}: {
  task: TaskDetail
  plan: PublishPlan
  job: Job | undefined
}) {
  const { typed, change: keepTyped, keep } = usePublishDraft(task.id, plan.draft)
  const draft = typed ?? draftOf(plan)
  const change = (part: Partial<PublishDraft>) => keepTyped({ ...draft, ...part })
  const starting = useCall<Job>()
  const live = isLive(job)
  const identity = useIdentity(job?.error?.kind === 'git_identity')
  const choices = usePublishChoices(task.id, plan.obstacle === null)
  const uncommitted = plan.git?.uncommitted ?? { total: 0, first: [] }
  const reason = publishReason(plan, draft)
  const templates = plan.templates.length > 0 ? plan.templates : (choices.value?.templates ?? [])
  const people = usePeople(plan, choices.value?.people ?? [])
  const labels = useMemo(
    () => (choices.value?.labels ?? []).map(({ name }) => ({ value: name, label: name })),
    [choices.value],
  )

  const publish = () => {
    if (live || reason !== null || identity.missing) return
    keep()
    void starting.run(() =>
      call('task.publish', {
        taskId: task.id,
        title: draft.title,
        body: draft.body,
        base: draft.base,
        draft: draft.draft,
        reviewers: draft.reviewers,
        labels: draft.labels,
        commitMessage: uncommitted.total > 0 ? draft.commitMessage : null,
        ...(identity.given === undefined ? {} : { identity: identity.given }),
        issue: draft.closesIssue ? plan.issue : null,
        head: plan.git?.head ?? null,
      }),
    )
  }

  return (
    <form
      aria-label="Publish pull request"
      className="flex min-w-0 flex-col gap-12 p-16"
      onSubmit={(event) => {
        event.preventDefault()
        publish()
      }}
    >
      {plan.obstacle !== null && (
        <ErrorNotice
          error={plan.obstacle}
          actions={
            plan.obstacle.kind === 'credentials' && (
              <Button size="small" onClick={() => openSettings('accounts')}>
                Open accounts
              </Button>
            )
          }
        />
      )}
      {task.status === 'running' && (
        <Notice>An agent is working. What it changes from now on is not part of what you publish.</Notice>
      )}
      <TextField
        label="Title"
        value={draft.title}
        maxLength={256}
        dir="auto"
        spellCheck
        onValueChange={(title) => change({ title })}
      />
      <BaseField plan={plan} base={draft.base} onChange={(base) => change({ base })} />
      {templates.length > 1 && (
        <CaptionedControl caption="Template">
          <Select
            label="Template"
            value={templates.find(({ body }) => body === draft.body)?.name ?? ''}
            choices={[
              ...(templates.some(({ body }) => body === draft.body)
                ? []
                : [{ value: '', label: 'As written below' }]),
              ...templates.map(({ name }) => ({ value: name, label: name })),
            ]}
            onChange={(name) => {
              const body = templates.find((one) => one.name === name)?.body
              if (body !== undefined) change({ body })
            }}
          />
        </CaptionedControl>
      )}
      <TextArea
        label="Description"
        value={draft.body}
        tall
        onChange={(body) => change({ body })}
        onSubmit={publish}
      />
      {plan.issue !== null && (
        <Switch
          label={`Closes #${plan.issue}`}
          hint="Merging the pull request closes the issue."
          checked={draft.closesIssue}
          onChange={(closesIssue) => change({ closesIssue })}
        />
      )}
      <TokenField
        label="Reviewers"
        placeholder="Ask somebody for a review"
        empty="Nobody by that name"
        chosen={draft.reviewers}
        choices={people}
        onChange={(reviewers) => change({ reviewers })}
      />
      {(labels.length > 0 || draft.labels.length > 0) && (
        <TokenField
          label="Labels"
          placeholder="Add a label"
          empty="No label by that name"
          chosen={draft.labels}
          choices={labels}
          onChange={(chosen) => change({ labels: chosen })}
        />
      )}
      {choices.error !== null && plan.obstacle === null && (
        <Notice
          tone="warning"
          actions={
            <Button size="small" onClick={choices.reload}>
              Try again
            </Button>
          }
        >
          Labels and the latest reviewers could not be read: {choices.error.message}
        </Notice>
      )}
      {choices.value?.mayPush === false && (
        <Notice tone="warning">
          {plan.publisher?.login ?? 'This account'} may not push to this repository. Ask its owners for write
          access, or sign in with an account that has it.
        </Notice>
      )}
      {uncommitted.total > 0 && (
        <CommitFields
          uncommitted={uncommitted}
          message={draft.commitMessage}
          onChange={(commitMessage) => change({ commitMessage })}
          onSubmit={publish}
        />
      )}
      {identity.fields}
      <Switch
        label="Draft"
        hint="It cannot be merged before it is marked as ready."
        checked={draft.draft}
        onChange={(isDraft) => change({ draft: isDraft })}
      />
      {job !== undefined && <JobProgress job={job} />}
      {starting.error !== null && <ErrorNotice error={starting.error} />}
      {!live && (
        <div className="flex min-w-0 flex-col gap-8">
          <Button
            tone="accent"
            wide
            type="submit"
            busy={starting.busy}
            reason={reason ?? (identity.missing ? 'Git does not know who commits' : null)}
          >
            {draft.draft ? 'Publish draft' : 'Publish pull request'}
          </Button>
          <p className="text-12 break-words text-text-faint">{footText(plan)}</p>
        </div>
      )}
    </form>
  )
}

function BaseField({
  plan,
  base,
  onChange,
}: {
  plan: PublishPlan
  base: string
  onChange: (base: string) => void
}) {
  const branches = plan.git?.branches.filter((name) => name !== plan.branch) ?? []
  const choices = [...new Set([base, ...branches])].map((name) => ({ value: name, label: name }))
  return (
    <CaptionedControl caption="Into">
      <SearchSelect
        label="Into"
        value={base}
        choices={choices}
        onChange={onChange}
        placeholder="Choose a branch"
        empty="No branch by that name"
      />
    </CaptionedControl>
  )
}

function usePeople(plan: PublishPlan, asked: readonly { login: string; name: string | null }[]) {
  return useMemo(() => {
    const found = new Map([...plan.people, ...asked].map((one) => [one.login, one]))
    // Nobody reviews what they publish themselves.
    if (plan.publisher !== null) found.delete(plan.publisher.login)
    return [...found.values()].map(({ login, name }) => ({
      value: login,
      label: login,
      ...(name === null ? {} : { hint: name }),
    }))
  }, [plan.people, plan.publisher, asked])
}

function footText({ git, publisher, branch }: PublishPlan): string {
  const by = publisher === null ? '' : ` as ${publisher.login} on ${publisher.host}`
  if (git === null) return `Publishes ${branch}${by}.`
  const commits = git.own.total + (git.uncommitted.total > 0 ? 1 : 0)
  return `Publishes ${countOf(commits, 'commit')} of ${branch}${by}.`
}
