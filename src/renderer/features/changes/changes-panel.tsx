import type { Comparison, FileChange, GitState, TaskDetail } from '@shared/domain'
import { Columns2, RefreshCw, Rows2 } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { chooseFile, useWorkspace } from '../../app/workspace'
import { reportError } from '../../client/report'
import { call } from '../../client/call'
import { readStored, writeStored } from '../../client/storage'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorBoundary } from '../../ui/error-boundary'
import { EmptyState, ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { RelativeTime } from '../../ui/time'
import { CommitBox } from './commit-box'
import { FileList } from './file-list'

const FileDiff = lazy(async () => ({ default: (await import('./file-diff')).FileDiff }))

/** A state older than this is read again when the panel opens. */
const staleMs = 30_000

/** What a task changed: files, their diff, and the commit. */
export function ChangesPanel({ task }: { task: TaskDetail }) {
  const git = useEntity('task', task.id, 'git', 'git')
  const [comparison, setComparison] = useState<Comparison>('uncommitted')
  const [selected, setSelected] = useState<string | null>(null)
  const [split, setSplit] = useState(
    () => readStored('diff-split', (value) => (value === true ? true : null)) ?? false,
  )
  const refreshing = useCall<GitState>()
  const ready = task.sandbox !== null && task.sandbox.state !== 'preparing' && task.status !== 'archived'
  const { run } = refreshing
  const refresh = () => void run(() => call('task.refreshGit', { taskId: task.id }))

  useEffect(() => {
    if (ready && (git === undefined || Date.now() - git.refreshedAt > staleMs)) {
      void run(() => call('task.refreshGit', { taskId: task.id }))
    }
    // Asked for when the panel opens or the checkout becomes ready; afterwards turns and commits tell of changes.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [ready, task.id])

  // The file a link named is chosen as soon as it is known where it stands; then the person goes on.
  const linked = useWorkspace(({ chosenFile }) => (chosenFile?.taskId === task.id ? chosenFile : null))
  const place = linked === null || git === undefined ? null : placeOf(git, linked.path)
  const [shown, setShown] = useState<typeof linked>(null)
  if (linked !== null && place !== null && shown !== linked) {
    setShown(linked)
    if (place !== 'unchanged') {
      setComparison(place)
      setSelected(linked.path)
    }
  }

  const select = (path: string) => {
    setSelected(path)
    if (linked !== null) chooseFile(null)
  }

  const files = git === undefined ? [] : comparison === 'uncommitted' ? git.uncommitted : git.base
  const total = git === undefined ? 0 : comparison === 'uncommitted' ? git.uncommittedTotal : git.baseTotal
  const file = files.find((one) => one.path === selected) ?? files[0]
  const error = refreshing.error ?? git?.problem ?? null
  // Where a pull request goes is said by GitHub, and may have been changed there.
  const base = task.pullRequest?.baseRef ?? task.baseBranch

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex h-strip shrink-0 items-center gap-4 border-b border-line px-8">
        <div role="tablist" aria-label="Compare with" className="flex min-w-0 flex-1 items-center gap-2">
          <CompareTab
            label="Uncommitted"
            count={git?.uncommittedTotal}
            active={comparison === 'uncommitted'}
            onSelect={() => setComparison('uncommitted')}
          />
          <CompareTab
            label={base === null ? 'Against base' : `Against ${base}`}
            count={git?.baseTotal}
            active={comparison === 'base'}
            onSelect={() => setComparison('base')}
          />
        </div>
        <IconButton
          label={split ? 'Show diff unified' : 'Show diff split'}
          onClick={() => {
            setSplit(!split)
            writeStored('diff-split', !split)
          }}
        >
          {split ? <Rows2 className="size-12" /> : <Columns2 className="size-12" />}
        </IconButton>
        <IconButton label="Refresh changes" disabled={!ready || refreshing.busy} onClick={refresh}>
          <RefreshCw className={cx('size-12', refreshing.busy && 'animate-turn')} />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="flex h-full flex-col">
          {' '}
          {linked !== null && place === 'unchanged' && (
            <div className="shrink-0 p-8">
              <Notice
                actions={
                  <Button size="small" onClick={() => chooseFile(null)}>
                    Dismiss
                  </Button>
                }
              >
                The link names <code className="code-text break-all">{linked.path}</code>
                {linked.line !== null && `, line ${linked.line}`}, which this task has not changed.
              </Notice>
            </div>
          )}
          {error !== null && (
            <div className="max-h-list shrink-0 overflow-y-auto p-8">
              <ErrorNotice
                error={error}
                actions={
                  <Button size="small" onClick={refresh} busy={refreshing.busy}>
                    Read again
                  </Button>
                }
              />
            </div>
          )}
          {git === undefined ? (
            ready && error === null ? (
              <Waiting>Reading changes</Waiting>
            ) : (
              error === null && (
                <EmptyState title="No changes to show">The task has no checkout right now.</EmptyState>
              )
            )
          ) : file === undefined ? (
            <EmptyState
              title={comparison === 'uncommitted' ? 'Nothing is uncommitted' : 'No changes on this branch'}
            >
              {comparison === 'uncommitted'
                ? git.commitsAhead === 0
                  ? 'What the agent changes shows up here.'
                  : `${git.commitsAhead} ${git.commitsAhead === 1 ? 'commit is' : 'commits are'} on the branch.`
                : 'The branch holds nothing that its base does not have.'}
            </EmptyState>
          ) : (
            <div className="flex min-h-composer-max flex-1 flex-col">
              <FileList files={files} total={total} selected={file.path} onSelect={select} />
              <section
                aria-label={`Diff of ${file.path}`}
                className="min-h-0 flex-1 overflow-hidden border-t border-line bg-surface-0"
              >
                {task.status === 'archived' ? (
                  <EmptyState title="The task is archived">
                    Unarchive it to read the diff. What each turn changed is in the transcript.
                  </EmptyState>
                ) : (
                  <ErrorBoundary key={`${comparison}:${file.path}`} what="The diff" onError={reportError}>
                    <Suspense fallback={<Waiting>Reading the diff</Waiting>}>
                      <FileDiff
                        key={diffKey(comparison, file)}
                        taskId={task.id}
                        comparison={comparison}
                        file={file}
                        split={split}
                        line={linked?.path === file.path ? linked.line : null}
                        refreshedAt={git.refreshedAt}
                      />
                    </Suspense>
                  </ErrorBoundary>
                )}
              </section>
            </div>
          )}
          {git !== undefined && (
            <footer className="shrink-0 border-t border-line">
              {git.uncommittedTotal > 0 && ready && (
                <CommitBox key={task.id} taskId={task.id} files={git.uncommittedTotal} />
              )}
              <p className="flex h-status items-center gap-8 px-12 text-11 text-text-faint">
                <span className="min-w-0 flex-1 truncate">
                  {git.commitsAhead === 0
                    ? 'No commits of its own'
                    : `${git.commitsAhead} ${git.commitsAhead === 1 ? 'commit' : 'commits'} ahead`}
                  {git.headCommit !== null && `, at ${git.headCommit.slice(0, 8)}`}
                </span>
                <span>
                  Read <RelativeTime at={git.refreshedAt} />
                </span>
              </p>
            </footer>
          )}
        </div>
      </div>
    </div>
  )
}

/** Where a file is listed: what is uncommitted is also among what the branch holds. */
function placeOf(git: GitState, path: string): Comparison | 'unchanged' {
  if (git.uncommitted.some((one) => one.path === path)) return 'uncommitted'
  return git.base.some((one) => one.path === path) ? 'base' : 'unchanged'
}

function diffKey(comparison: Comparison, file: FileChange): string {
  return `${comparison}:${file.oldPath ?? ''}:${file.path}`
}

function CompareTab({
  label,
  count,
  active,
  onSelect,
}: {
  label: string
  count: number | undefined
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
