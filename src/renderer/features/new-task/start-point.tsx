import type { Repository, RepositoryState } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { StartBranch } from '@shared/tasks'
import { useState } from 'react'
import { openTask } from '../../app/workspace'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { CaptionedControl } from '../../ui/field'
import { PullRequestGlyph, pullRequestStatus } from '../../ui/pull-request-glyph'
import { type PickerRow, SearchPicker } from '../../ui/search-picker'
import { Select } from '../../ui/select'
import { agoText, exactTime } from '../../ui/time'
import { emptyStart, type StartDraft } from './start-draft'

const kinds = [
  { value: 'base', label: 'New branch' },
  { value: 'branch', label: 'Existing branch' },
  { value: 'pull_request', label: 'Pull request' },
  { value: 'issue', label: 'Issue' },
] as const satisfies readonly { value: StartDraft['type']; label: string }[]

/** Where the task starts: what kind of thing, and which one. */
export function StartPoint({
  repository,
  state,
  start,
  onChange,
  onText,
}: {
  repository: Repository
  /** Of its folder, where it has one. */
  state: RepositoryState | null
  start: StartDraft
  onChange: (start: StartDraft) => void
  /** Sees what is pasted into a search first. */
  onText: (text: string) => boolean
}) {
  const choices = repository.github === null ? kinds.slice(0, 2) : kinds
  return (
    <div className="flex flex-wrap gap-12">
      <div className="min-w-field flex-1">
        <CaptionedControl caption="Starts from">
          <Select
            label="Starts from"
            value={start.type}
            choices={choices}
            onChange={(type) => onChange(emptyStart(type))}
          />
        </CaptionedControl>
      </div>
      <div className="min-w-field flex-1">
        <Which
          key={`${repository.id} ${start.type}`}
          repository={repository}
          state={state}
          start={start}
          onChange={onChange}
          onText={onText}
        />
      </div>
    </div>
  )
}

function Which({ repository, state, start, onChange, onText }: Parameters<typeof StartPoint>[0]) {
  /** The task of the branch that was chosen: a branch has one. */
  const [workedOn, setWorkedOn] = useState<StartBranch['task']>(null)
  switch (start.type) {
    case 'base':
      return (
        <CaptionedControl caption="From">
          <SearchPicker
            label="Base branch"
            value={start.branch}
            valueLabel={start.branch}
            placeholder={usualBase(repository, state)}
            empty="No branch matches."
            again={repository.github !== null}
            read={(search, newer) => readBranches(repository, search, newer, false)}
            onChange={({ value }) => onChange({ type: 'base', branch: value })}
            onText={onText}
          />
        </CaptionedControl>
      )
    case 'branch':
      return (
        <CaptionedControl caption="Branch">
          <SearchPicker
            label="Existing branch"
            value={start.branch}
            valueLabel={start.branch}
            placeholder="Choose a branch"
            empty="No branch matches."
            again={repository.github !== null}
            read={(search, newer) => readBranches(repository, search, newer, true)}
            onChange={({ value, task }) => {
              setWorkedOn(task)
              onChange({ type: 'branch', branch: value })
            }}
            onText={onText}
          />
          {workedOn !== null && (
            <div className="flex flex-wrap items-center gap-6 pt-4 text-12">
              <span className="min-w-0 flex-1 basis-field break-words text-warning">
                <bdi>{workedOn.title}</bdi> works on it{workedOn.isArchived ? ' and is archived' : ''}.
              </span>
              <Button size="small" onClick={() => openTask(workedOn.id)}>
                Open that task
              </Button>
            </div>
          )}
        </CaptionedControl>
      )
    case 'pull_request':
      return (
        <CaptionedControl caption="Pull request">
          <SearchPicker
            label="Pull request"
            value={start.number === null ? null : String(start.number)}
            valueLabel={start.number === null ? null : numbered(start.number, start.title)}
            placeholder="Choose a pull request"
            empty="No open pull request matches."
            read={(search) => readPullRequests(repository, search)}
            onChange={({ value, label }) =>
              onChange({ type: 'pull_request', number: Number(value), title: withoutNumber(label) })
            }
            onText={onText}
          />
        </CaptionedControl>
      )
    case 'issue':
      return (
        <CaptionedControl caption="Issue">
          <SearchPicker
            label="Issue"
            value={start.number === null ? null : String(start.number)}
            valueLabel={start.number === null ? null : numbered(start.number, start.title)}
            placeholder="Choose an issue"
            empty="No open issue matches."
            read={(search) => readIssues(repository, search)}
            onChange={({ value, label }) =>
              onChange({ type: 'issue', number: Number(value), title: withoutNumber(label) })
            }
            onText={onText}
          />
        </CaptionedControl>
      )
  }
}

function usualBase({ localPath, defaultBranch }: Repository, state: RepositoryState | null): string {
  if (localPath === null) return defaultBranch ?? 'Default branch'
  if (state?.detached === true) return 'The commit checked out in your folder'
  return state?.branch ?? 'Current branch'
}

const numbered = (number: number, title: string): string => `#${number} ${title}`.trim()
const withoutNumber = (label: string): string => label.replace(/^#\d+ ?/, '')

async function readBranches(repository: Repository, search: string, refresh: boolean, existing: boolean) {
  const result = await call('repository.branches', { repositoryId: repository.id, search, refresh })
  if (!result.ok) return result
  const { branches, total, fetchedAt, error } = result.value
  const more = total > branches.length ? `The first ${branches.length} of ${total}. ` : ''
  const age = fetchedAt === null ? '' : `GitHub was asked ${agoText(fetchedAt, Date.now())}.`
  const rows = branches.map((branch): PickerRow & { task: StartBranch['task'] } => {
    const hint = branchHint(branch, existing)
    const task = branch.task?.isVirtual === true && !branch.task.isArchived ? null : branch.task
    return { value: branch.name, label: branch.name, task, ...(hint === '' ? {} : { hint }) }
  })
  const note = `${more}${age}`.trim() || undefined
  return { ok: true as const, value: { rows, note, error: error === null ? null : inWords(error) } }
}

function branchHint(branch: StartBranch, existing: boolean): string {
  const { task, pullRequest } = branch
  return [
    branch.isCurrent ? 'Checked out in your folder' : branch.isDefault ? 'Default branch' : '',
    branch.inFolder && !branch.atOrigin ? 'only in your folder' : '',
    pullRequest === null ? '' : `#${pullRequest.number} ${pullRequest.title}`,
    existing && task !== null && !task.isVirtual ? `Task: ${task.title}` : '',
    branch.committedAt === null ? '' : agoText(branch.committedAt, Date.now()),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}

/** A list has no room for the address that could not be reached. */
function inWords(error: ErrorValue): ErrorValue {
  return error.kind === 'offline' ? { ...error, message: 'GitHub cannot be reached.' } : error
}

async function readPullRequests(repository: Repository, search: string) {
  const result = await call('organization.pullRequests', {
    organizationId: repository.organizationId,
    repositoryId: repository.id,
    state: search === '' ? 'open' : 'all',
    search,
    cursor: null,
  })
  if (!result.ok) return result
  const rows = result.value.pullRequests.map((pull): PickerRow => ({
    value: String(pull.number),
    label: numbered(pull.number, pull.title),
    hint: [pull.author ?? '', pull.headRef, agoText(pull.updatedAt, Date.now())]
      .filter((part) => part !== '')
      .join(' · '),
    mark: <PullRequestGlyph status={pullRequestStatus(pull)} />,
  }))
  return { ok: true as const, value: { rows } }
}

async function readIssues(repository: Repository, search: string) {
  const result = await call('repository.issues', { repositoryId: repository.id, search, cursor: null })
  if (!result.ok) return { ok: false as const, error: inWords(result.error) }
  const { issues, cursor, fetchedAt } = result.value
  const rows = issues.map((issue): PickerRow => ({
    value: String(issue.number),
    label: numbered(issue.number, issue.title),
    hint: [
      issue.state === 'closed' ? 'Closed' : '',
      issue.author ?? '',
      ...issue.labels.slice(0, 3).map(({ name }) => name),
      agoText(issue.createdAt, Date.now()),
    ]
      .filter((part) => part !== '')
      .join(' · '),
  }))
  const note =
    cursor === null
      ? undefined
      : `The newest ${rows.length}. Search for others. Read ${exactTime(fetchedAt)}.`
  return { ok: true as const, value: { rows, note } }
}
