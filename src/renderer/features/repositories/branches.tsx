import type { Repository } from '@shared/domain'
import type { Branch, RepositoryOverview } from '@shared/github'
import { Copy, GitBranch, GitPullRequest, ListTodo, Plus, RefreshCw } from 'lucide-react'
import { useMemo, useState } from 'react'
import { openTask } from '../../app/workspace'
import { Button } from '../../ui/button'
import { copyText } from '../../ui/copy-button'
import { ListBox } from '../../ui/list-box'
import type { MenuGroups } from '../../ui/menu'
import { EmptyState, ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { agoText, shortAge, useNow } from '../../ui/time'
import { openNewTaskAt } from '../new-task/new-task-draft'
import { showPullRequest } from '../pull-requests/pull-requests-state'
import { staleMs } from '../sync/sync-text'
import { FilterField } from '../task/list-frame'
import { BranchRow, branchRowHeight } from './branch-row'
import { branchCount, branchName, distanceText, filterBranches } from './branch-text'
import { useOverview } from './use-overview'

const icon = 'size-12'
const keyOf = (branch: Branch) => branch.name

/** The branches of a repository as GitHub last told of them; it is asked when they are opened. */
export function Branches({ repository }: { repository: Repository }) {
  const { overview, error, looked, busy, refresh } = useOverview(repository)
  const now = useNow()
  const age =
    overview === null
      ? ''
      : `Read ${agoText(overview.fetchedAt, now)}${now - overview.fetchedAt > staleMs ? ', may be old' : ''}`
  return (
    <section
      aria-label="Branches"
      className="flex min-h-list shrink-0 grow basis-0 flex-col border-t border-line"
    >
      <div className="flex min-h-strip shrink-0 flex-wrap items-center gap-x-8 px-12 py-4">
        <h3 className="font-medium">Branches</h3>
        <span className="min-w-0 flex-1 truncate text-12 text-text-faint">
          {overview === null ? '' : `${branchCount(overview)} · ${age}`}
        </span>
        <Button size="small" icon={<RefreshCw className={icon} />} disabled={busy} onClick={refresh}>
          {busy ? 'Reading' : 'Refresh'}
        </Button>
      </div>
      {error !== null && (
        <div className="shrink-0 px-12 pb-8">
          {error.kind === 'offline' && overview !== null ? (
            <Notice tone="warning">
              GitHub cannot be reached. This is how it was {agoText(overview.fetchedAt, now)}.
            </Notice>
          ) : (
            <ErrorNotice
              error={error}
              actions={
                <Button size="small" disabled={busy} onClick={refresh}>
                  Try again
                </Button>
              }
            />
          )}
        </div>
      )}
      {overview !== null ? (
        <BranchList overview={overview} />
      ) : busy || !looked ? (
        <Waiting>Reading branches</Waiting>
      ) : error === null ? (
        <EmptyState title="Branches were never read">Refresh asks GitHub for them.</EmptyState>
      ) : null}
    </section>
  )
}

function BranchList({ overview }: { overview: RepositoryOverview }) {
  const [text, setText] = useState('')
  const [selectedName, setSelectedName] = useState<string | null>(null)
  const now = useNow()
  const rows = useMemo(() => filterBranches(overview.branches, text), [overview, text])
  const selected = overview.branches.find(({ name }) => name === selectedName)
  const isDefault = ({ name }: Branch) => name === overview.defaultBranch
  if (overview.branches.length === 0)
    return <EmptyState title="No branches">Nothing was pushed to it yet.</EmptyState>
  return (
    <>
      <div className="flex shrink-0 border-b border-line px-12 pb-8">
        <FilterField label="Filter branches" value={text} takesFocus={false} onChange={setText} />
      </div>
      {rows.length > 0 ? (
        <ListBox
          label="Branches"
          rows={rows}
          keyOf={keyOf}
          nameOf={(branch) => branchName(branch, isDefault(branch))}
          rowHeight={branchRowHeight}
          selectedKey={selectedName}
          onSelect={(branch) => setSelectedName(branch.name)}
          menuFor={(branch) => menuFor(overview.repositoryId, branch)}
          subject={text}
        >
          {(branch) => (
            <BranchRow
              branch={branch}
              isDefault={isDefault(branch)}
              age={branch.committedAt === null ? '' : shortAge(branch.committedAt, now)}
            />
          )}
        </ListBox>
      ) : (
        <EmptyState
          title="No branch matches"
          action={
            <Button size="small" onClick={() => setText('')}>
              Clear filter
            </Button>
          }
        >
          Names, commits, authors, pull requests and tasks were looked through
          {overview.branches.length < overview.total ? ', of the branches that were read.' : '.'}
        </EmptyState>
      )}
      {selected !== undefined && (
        <ChosenBranch
          repositoryId={overview.repositoryId}
          branch={selected}
          isDefault={isDefault(selected)}
        />
      )}
    </>
  )
}

/** What can be done with the chosen branch. */
function ChosenBranch({
  repositoryId,
  branch,
  isDefault,
}: {
  repositoryId: Repository['id']
  branch: Branch
  isDefault: boolean
}) {
  const { name, commit, pullRequest, task } = branch
  const facts = [commit?.slice(0, 10) ?? '', distanceText(branch, isDefault)].filter((one) => one !== '')
  return (
    <section
      aria-label={`Branch ${name}`}
      className="flex shrink-0 flex-col gap-6 border-t border-line px-12 py-8 text-12"
    >
      <p className="min-w-0 truncate" data-selectable title={name}>
        <bdi>{name}</bdi>
        {facts.length > 0 && <span className="text-text-faint"> {facts.join(' · ')}</span>}
      </p>
      <div className="flex flex-wrap gap-6">
        {pullRequest !== null && (
          <Button
            size="small"
            icon={<GitPullRequest className={icon} />}
            onClick={() => showPullRequest(pullRequest)}
          >
            Open pull request #{pullRequest.number}
          </Button>
        )}
        {task !== null ? (
          <Button size="small" icon={<ListTodo className={icon} />} onClick={() => openTask(task.id)}>
            Open task
          </Button>
        ) : (
          <Button size="small" icon={<Plus className={icon} />} onClick={() => startTask(repositoryId, name)}>
            Start task
          </Button>
        )}
        <Button size="small" icon={<GitBranch className={icon} />} onClick={() => copyText(name)}>
          Copy branch
        </Button>
      </div>
    </section>
  )
}

/** The form for a task that works on this branch. */
function startTask(repositoryId: Repository['id'], branch: string): void {
  openNewTaskAt(repositoryId, { type: 'branch', branch })
}

function menuFor(repositoryId: Repository['id'], branch: Branch): MenuGroups {
  const { name, commit, pullRequest, task } = branch
  return [
    [
      ...(pullRequest === null
        ? []
        : [
            {
              label: `Open pull request #${pullRequest.number}`,
              icon: <GitPullRequest className={icon} />,
              onSelect: () => showPullRequest(pullRequest),
            },
          ]),
      task === null
        ? {
            label: 'Start task',
            icon: <Plus className={icon} />,
            onSelect: () => startTask(repositoryId, name),
          }
        : {
            label: 'Open task',
            icon: <ListTodo className={icon} />,
            onSelect: () => openTask(task.id),
          },
    ],
    [
      { label: 'Copy branch', icon: <GitBranch className={icon} />, onSelect: () => copyText(name) },
      ...(commit === null
        ? []
        : [{ label: 'Copy commit', icon: <Copy className={icon} />, onSelect: () => copyText(commit) }]),
    ],
  ]
}
