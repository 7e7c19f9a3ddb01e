import type { GitState, TaskDetail } from '@shared/domain'
import type { CheckpointId } from '@shared/ids'
import { FileSearch, ListTree, Maximize2, Minimize2, PanelTopClose, PanelTopOpen, Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { shortcutText } from '../../app/keymap'
import { askFileSearch, setPanelWide, setQuickOpen, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { openInEditor, useEditors } from '../../client/editors'
import { useEntity } from '../../client/topics'
import { IconButton } from '../../ui/button'
import { copyText } from '../../ui/copy-button'
import { cx } from '../../ui/cx'
import type { MenuGroups } from '../../ui/menu'
import { EmptyState } from '../../ui/notice'
import { SearchSelect } from '../../ui/select'
import { showError } from '../../ui/toast'
import { useCheckpoints } from '../changes/comparison-choice'
import { choiceOf } from '../changes/turn-choice'
import { addToPrompt } from '../composer/insertion'
import { FileSearchView } from './file-search'
import { FileTreeView } from './file-tree'
import { FileView } from './file-view'
import { changeFilesView, openFile, reopenUnsaved, useTaskFiles } from './files-state'
import { CloseQuestion, OpenFiles } from './open-files'

/** The files of a task, as they are or as a turn left them: found by folder, by name or by words, read and edited. */
export function FilesPanel({ task, wide }: { task: TaskDetail; wide: boolean }) {
  const git = useEntity('task', task.id, 'git', 'git')
  const files = useTaskFiles(task.id)
  const editors = useEditors()
  const canWork = task.sandbox !== null && task.sandbox.state !== 'preparing' && task.status !== 'archived'
  const readAt = useReadAt(task, git, canWork)
  const asked = useWorkspace(({ fileSearchAsked }) => fileSearchAsked)
  const handled = useRef(0)
  const { side, at, active, open, listed } = files
  useEffect(() => {
    if (asked === 0 || handled.current === asked) return
    handled.current = asked
    changeFilesView(task.id, { side: 'search', listed: true })
  }, [asked, task.id])
  useUnsaved(task)
  const chosen =
    active === null ? null : (open.find((one) => one.path === active.path && one.at === active.at) ?? null)

  const menuFor = (path: string): MenuGroups => [
    [
      { label: 'Add to prompt', onSelect: () => addToPrompt(task.id, `@${path} `) },
      ...(at === null ? editors : []).map((one) => ({
        label: `Open in ${one.name}`,
        reason: canWork ? null : 'The task has no checkout to work in.',
        onSelect: () => void openInEditor(task.id, one, path, null),
      })),
      { label: 'Copy path', onSelect: () => copyText(path) },
    ],
  ]
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="flex h-full min-h-0 flex-col"
      onKeyDown={(event) => {
        // Nearer than the search in tasks, which has this key elsewhere.
        if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.key.toLowerCase() !== 'f') return
        event.preventDefault()
        askFileSearch()
      }}
    >
      <header className="flex h-strip shrink-0 items-center gap-2 border-b border-line px-8">
        <IconButton
          label="Folders and files"
          pressed={listed && side === 'tree'}
          onClick={() => changeFilesView(task.id, { side: 'tree', listed: true })}
        >
          <ListTree className="size-12" />
        </IconButton>
        <IconButton
          label="Search in files"
          shortcut={shortcutText('Shift+H')}
          pressed={listed && side === 'search'}
          onClick={askFileSearch}
        >
          <Search className="size-12" />
        </IconButton>
        <IconButton
          label="Open a file by its name"
          shortcut={shortcutText('P')}
          onClick={() => setQuickOpen(true)}
        >
          <FileSearch className="size-12" />
        </IconButton>
        <div className="min-w-0 flex-1">
          <StateChoice task={task} at={at} changedAt={git?.refreshedAt} />
        </div>
        {chosen !== null && (
          <IconButton
            label={listed ? 'Hide the list' : 'Show the list'}
            onClick={() => changeFilesView(task.id, { listed: !listed })}
          >
            {listed ? <PanelTopClose className="size-12" /> : <PanelTopOpen className="size-12" />}
          </IconButton>
        )}
        <IconButton
          label={wide ? 'Show files beside the session' : 'Show files over the whole width'}
          shortcut={shortcutText('Shift+E')}
          onClick={() => setPanelWide(!wide)}
        >
          {wide ? <Minimize2 className="size-12" /> : <Maximize2 className="size-12" />}
        </IconButton>
      </header>
      <div className={cx('flex min-h-0 flex-1', wide ? 'flex-row' : 'flex-col')}>
        {(listed || chosen === null) && (
          <div
            className={cx(
              'flex min-h-0 flex-col',
              wide
                ? 'w-review-list shrink-0 border-e border-line'
                : chosen === null
                  ? 'flex-1'
                  : 'h-files-list shrink-0 border-b border-line',
            )}
          >
            {side === 'tree' ? (
              <FileTreeView
                key={at ?? ''}
                taskId={task.id}
                at={at}
                git={git}
                readAt={at === null ? readAt : 0}
                shown={chosen?.at === at ? chosen.path : null}
                onOpen={(path, keep) => openFile(task.id, path, { at, keep })}
                menuFor={menuFor}
              />
            ) : (
              <FileSearchView
                taskId={task.id}
                at={at}
                onOpen={(path, line, keep) => openFile(task.id, path, { at, line, keep, focus: keep })}
              />
            )}
          </div>
        )}
        {chosen !== null ? (
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <OpenFiles task={task} open={open} active={chosen} />
            <FileView
              task={task}
              file={chosen}
              goal={
                files.goal !== null && files.goal.path === chosen.path && files.goal.at === chosen.at
                  ? files.goal
                  : null
              }
              git={git}
              canWork={canWork}
              readAt={chosen.at === null ? readAt : 0}
            />
          </div>
        ) : (
          wide && (
            <div className="min-w-0 flex-1">
              <EmptyState title="No file is open">
                Choose one, or press {shortcutText('P')} and type a part of its name.
              </EmptyState>
            </div>
          )
        )}
      </div>
      {files.closing !== null && <CloseQuestion task={task} file={files.closing} canWork={canWork} />}
    </div>
  )
}

/** A state that was read so long ago is read again when somebody comes to the files. */
const staleMs = 3000

/** When the files may have become others: after turns and commands, and while somebody was elsewhere. */
function useReadAt(task: TaskDetail, git: GitState | undefined, canWork: boolean): number {
  const refreshedAt = git?.refreshedAt ?? 0
  const latest = useRef(0)
  useEffect(() => {
    latest.current = refreshedAt
  })
  const [focusedAt, setFocusedAt] = useState(0)
  useEffect(() => {
    const refresh = () => {
      if (!canWork || Date.now() - latest.current < staleMs) return
      void call('task.refreshGit', { taskId: task.id }).then((result) => {
        if (!result.ok) showError(result.error)
      })
    }
    const onFocus = () => {
      setFocusedAt(Date.now())
      refresh()
    }
    refresh()
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [task.id, canWork])
  return Math.max(refreshedAt, focusedAt)
}

/** What was typed and not saved before the window or the app went away is open again. */
function useUnsaved(task: TaskDetail): void {
  useEffect(() => {
    let current = true
    void call('files.drafts', { taskId: task.id }).then((result) => {
      if (!current) return
      if (result.ok) reopenUnsaved(task.id, result.value)
      else showError(result.error)
    })
    return () => {
      current = false
    }
  }, [task.id])
}

function StateChoice({
  task,
  at,
  changedAt,
}: {
  task: TaskDetail
  at: CheckpointId | null
  changedAt: number | undefined
}) {
  const checkpoints = useCheckpoints(task, true, changedAt)
  const entries = checkpoints.entries ?? []
  if (entries.length === 0 && at === null) return null
  return (
    <SearchSelect
      label="Files as of"
      look="quiet"
      value={at ?? 'now'}
      choices={[
        { value: 'now', label: 'As they are now' },
        ...entries.map(choiceOf),
        ...(checkpoints.more ? [{ value: 'more', label: 'Read older turns' }] : []),
      ]}
      placeholder="A turn"
      empty="No such turn."
      onChange={(value) => {
        if (value === 'more') checkpoints.readMore()
        else changeFilesView(task.id, { at: value === 'now' ? null : (value as CheckpointId) })
      }}
    />
  )
}
