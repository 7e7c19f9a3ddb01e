import type { ChangeList, Comparison } from '@shared/changes'
import type { GitState, TaskDetail } from '@shared/domain'
import { Maximize2, Minimize2, RefreshCw, SlidersHorizontal } from 'lucide-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { shortcutText } from '../../app/keymap'
import { chooseFile, setPanelWide, useWorkspace } from '../../app/workspace'
import { reportError } from '../../client/report'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorBoundary } from '../../ui/error-boundary'
import { Menu } from '../../ui/menu'
import { EmptyState, ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { Select } from '../../ui/select'
import { RelativeTime } from '../../ui/time'
import { counted } from '../sync/sync-text'
import { CommitBox } from './commit-box'
import {
  type ComparisonChoice,
  comparisonOf,
  restorePoint,
  useCheckpoints,
  useComparedFiles,
  useComparisonChoice,
} from './comparison-choice'
import { useDiffOptions } from './diff-options'
import { canRead, useRefresh } from './use-refresh'
import { WatchedFiles } from './watched-files'
import { TurnChoice } from './turn-choice'

const Review = lazy(async () => ({ default: (await import('./review')).Review }))

/** What a task changed: files, their diffs, and the commit. `wide`: over the whole width of the task. */
export function ChangesPanel({ task, wide }: { task: TaskDetail; wide: boolean }) {
  const git = useEntity('task', task.id, 'git', 'git')
  const [choice, change] = useComparisonChoice(task)
  const options = useDiffOptions()
  const refreshing = useCall<GitState>()
  const ready = canRead(task)
  const { run } = refreshing
  const refresh = useCallback(
    () => void run(() => call('task.refreshGit', { taskId: task.id })),
    [run, task.id],
  )
  useRefresh(git, ready, refresh)

  // The tab of the file that somebody asked for is opened as soon as it is known where it stands; then the person goes on.
  const linked = useWorkspace(({ chosenFile }) => (chosenFile?.taskId === task.id ? chosenFile : null))
  const recorded = linked?.checkpointId ?? null
  const place =
    recorded !== null ? 'turns' : linked === null || git === undefined ? null : placeOf(git, linked.path)
  const [shown, setShown] = useState<typeof linked>(null)
  if (linked !== null && place !== null && shown !== linked) {
    setShown(linked)
    if (recorded !== null) change({ tab: 'turns', to: recorded, from: 'before' })
    else if (place === 'uncommitted' || place === 'base') change({ tab: place, part: 'uncommitted' })
  }

  const checkpoints = useCheckpoints(task, choice.tab === 'turns', git?.refreshedAt)
  const comparison = comparisonOf(choice, checkpoints.entries ?? [])
  const compared = useComparedFiles(task, comparison, git)
  const list = listOf(comparison, git, compared.list)
  const error =
    choice.tab === 'turns'
      ? (checkpoints.error ?? compared.error)
      : (refreshing.error ?? git?.problem ?? compared.error)
  // Where a pull request goes is said by GitHub, and may have been changed there.
  const base = task.pullRequest?.baseRef ?? task.baseBranch
  const restoreTo = restorePoint(choice, checkpoints.entries)

  const shows = comparison !== null && list !== null && list.files.length > 0
  const footer = git !== undefined && choice.tab !== 'turns' && (
    <footer className="shrink-0 border-t border-line">
      {git.uncommittedTotal > 0 && ready && (
        <CommitBox key={task.id} taskId={task.id} files={git.uncommittedTotal} staged={git.stagedTotal} />
      )}
      <p className="flex h-status items-center gap-8 px-12 text-11 text-text-faint">
        <span className="min-w-0 flex-1 truncate">
          {git.commitsAhead === 0
            ? 'No commits of its own'
            : `${counted(git.commitsAhead, 'commit', 'commits')} ahead`}
          {git.headCommit !== null && `, at ${git.headCommit.slice(0, 8)}`}
        </span>
        <span className="shrink-0">
          Read <RelativeTime at={git.refreshedAt} />
        </span>
      </p>
    </footer>
  )

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex h-strip shrink-0 items-center gap-4 border-b border-line px-8">
        <div
          role="tablist"
          aria-label="Compare with"
          className="scroll-strip flex min-w-0 flex-1 items-center gap-2"
        >
          <CompareTab
            label="Uncommitted"
            count={git?.uncommittedTotal}
            active={choice.tab === 'uncommitted'}
            onSelect={() => change({ tab: 'uncommitted' })}
          />
          <CompareTab
            label={base === null ? 'Against base' : `Against ${base}`}
            count={git?.baseTotal}
            active={choice.tab === 'base'}
            onSelect={() => change({ tab: 'base' })}
          />
          <CompareTab
            label="Turns"
            active={choice.tab === 'turns'}
            onSelect={() => change({ tab: 'turns' })}
          />
        </div>
        {ready && (
          <span className="text-11 text-text-faint">
            <WatchedFiles taskId={task.id} />
          </span>
        )}
        <Menu
          trigger={
            <IconButton label="Diff options">
              <SlidersHorizontal className="size-12" />
            </IconButton>
          }
          groups={options.menu}
        />
        <IconButton label="Refresh changes" disabled={!ready || refreshing.busy} onClick={refresh}>
          <RefreshCw className={cx('size-12', refreshing.busy && 'animate-turn')} />
        </IconButton>
        <IconButton
          label={wide ? 'Show changes beside the session' : 'Show changes over the whole width'}
          shortcut={shortcutText('Shift+E')}
          onClick={() => setPanelWide(!wide)}
        >
          {wide ? <Minimize2 className="size-12" /> : <Maximize2 className="size-12" />}
        </IconButton>
      </header>
      {choice.tab === 'uncommitted' && git !== undefined && git.uncommittedTotal > 0 && (
        <PartChoice part={choice.part} git={git} onChange={(part) => change({ part })} />
      )}
      {choice.tab === 'turns' && (
        <TurnChoice
          task={task}
          choice={choice}
          onChange={change}
          checkpoints={checkpoints}
          canRestore={ready}
          changedAt={git?.refreshedAt}
        />
      )}
      {linked !== null && place === 'unchanged' && (
        <div className="shrink-0 p-8">
          <Notice
            actions={
              <Button size="small" onClick={() => chooseFile(null)}>
                Dismiss
              </Button>
            }
          >
            <code className="code-text break-all">{linked.path}</code> has no changes any more.
          </Notice>
        </div>
      )}
      {error !== null && (
        <div className="max-h-list shrink-0 overflow-y-auto p-8">
          <ErrorNotice
            error={error}
            actions={
              ready ? (
                <Button size="small" onClick={refresh} busy={refreshing.busy}>
                  Read again
                </Button>
              ) : undefined
            }
          />
        </div>
      )}
      {shows ? (
        <ErrorBoundary key={JSON.stringify(comparison)} what="The diff" onError={reportError}>
          <Suspense fallback={<Waiting>Reading the diff</Waiting>}>
            <Review
              task={task}
              comparison={comparison}
              files={list.files}
              total={list.total}
              readAt={typeof comparison === 'object' ? 0 : (git?.refreshedAt ?? 0)}
              wide={wide}
              split={options.split}
              wrap={options.wrap}
              ignoreSpace={options.ignoreSpace}
              authors={options.authors}
              canWork={ready}
              restoreTo={ready ? restoreTo : null}
              linked={place === 'unchanged' ? null : linked}
              footer={footer}
            />
          </Suspense>
        </ErrorBoundary>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Nothing
            choice={choice}
            git={git}
            waits={
              error === null &&
              (choice.tab === 'turns'
                ? checkpoints.entries === null || (comparison !== null && list === null)
                : ready && list === null)
            }
            hasTurns={(checkpoints.entries?.length ?? 0) > 0}
          />
        </div>
      )}
      {!shows && footer}
    </div>
  )
}

function listOf(
  comparison: Comparison | null,
  git: GitState | undefined,
  compared: ChangeList | null,
): ChangeList | null {
  if (comparison === 'uncommitted')
    return git === undefined ? null : { files: git.uncommitted, total: git.uncommittedTotal }
  if (comparison === 'base' && git !== undefined) return { files: git.base, total: git.baseTotal }
  return compared
}

/** Everything that is uncommitted, or what is staged of it, or what is not. */
function PartChoice({
  part,
  git,
  onChange,
}: {
  part: ComparisonChoice['part']
  git: GitState
  onChange: (part: ComparisonChoice['part']) => void
}) {
  return (
    <div className="flex shrink-0 items-center border-b border-line px-8 py-4">
      <Select
        label="Which uncommitted changes"
        look="quiet"
        value={part}
        choices={[
          { value: 'uncommitted', label: 'Staged or not' },
          { value: 'unstaged', label: 'Not staged' },
          {
            value: 'staged',
            label: git.stagedTotal === 0 ? 'Staged' : `Staged, ${counted(git.stagedTotal, 'file', 'files')}`,
          },
        ]}
        onChange={onChange}
      />
    </div>
  )
}

function Nothing({
  choice,
  git,
  waits,
  hasTurns,
}: {
  choice: ComparisonChoice
  git: GitState | undefined
  waits: boolean
  hasTurns: boolean
}) {
  if (waits) return <Waiting>Reading changes</Waiting>
  if (choice.tab === 'turns')
    return hasTurns ? (
      <EmptyState title="Nothing changed">These two states hold the same files.</EmptyState>
    ) : (
      <EmptyState title="No turn has ended yet">What each turn of an agent changed is kept here.</EmptyState>
    )
  if (git === undefined)
    return <EmptyState title="No changes to show">The task has no checkout right now.</EmptyState>
  if (choice.tab === 'base')
    return (
      <EmptyState title="No changes on this branch">
        The branch holds nothing that its base does not have.
      </EmptyState>
    )
  if (choice.part !== 'uncommitted' && git.uncommittedTotal > 0)
    return (
      <EmptyState title={choice.part === 'staged' ? 'Nothing is staged' : 'Everything is staged'}>
        {choice.part === 'staged'
          ? 'A commit takes everything, unless something is staged.'
          : 'The next commit takes all changes.'}
      </EmptyState>
    )
  return (
    <EmptyState title="Nothing is uncommitted">
      {git.commitsAhead === 0
        ? 'What the agent changes shows up here.'
        : `${git.commitsAhead} ${git.commitsAhead === 1 ? 'commit is' : 'commits are'} on the branch.`}
    </EmptyState>
  )
}

/** Where a file is listed: what is uncommitted is also among what the branch holds. */
function placeOf(git: GitState, path: string): 'uncommitted' | 'base' | 'unchanged' {
  if (git.uncommitted.some((one) => one.path === path)) return 'uncommitted'
  return git.base.some((one) => one.path === path) ? 'base' : 'unchanged'
}

function CompareTab({
  label,
  count,
  active,
  onSelect,
}: {
  label: string
  count?: number | undefined
  active: boolean
  onSelect: () => void
}) {
  return (
    <button
      type="button"
      role="tab"
      aria-selected={active}
      onClick={onSelect}
      className={cx(
        'flex h-24 min-w-0 items-center gap-6 rounded-4 px-8 text-12',
        active ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
      )}
    >
      <span className="truncate">{label}</span>
      {count !== undefined && <span className="text-text-faint">{count}</span>}
    </button>
  )
}
