import type { TaskDetail } from '@shared/domain'
import type { Editor } from '@shared/editors'
import type { TaskPullRequest } from '@shared/tasks'
import {
  Copy,
  Ellipsis,
  FolderOpen,
  GitBranch,
  HardDriveDownload,
  PanelRight,
  SquareArrowOutUpRight,
  SquareTerminal,
  RotateCcw,
  ShieldCheck,
  UserRound,
} from 'lucide-react'
import { useState } from 'react'
import { shortcutText } from '../../app/keymap'
import { showPanel, togglePanel, toggleTerminal } from '../../app/panels'
import { choosePanelTab, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { openInEditor, useEditors } from '../../client/editors'
import { useEntities, useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { copyText } from '../../ui/copy-button'
import { InlineEdit } from '../../ui/inline-edit'
import { Menu, type MenuGroups } from '../../ui/menu'
import {
  PullRequestGlyph,
  PullRequestMarks,
  pullRequestStatus,
  pullRequestWords,
} from '../../ui/pull-request-glyph'
import { StatusBadge } from '../../ui/status-glyph'
import { showError, showToast } from '../../ui/toast'
import { bytesText } from '../../ui/time'
import { Tooltip } from '../../ui/tooltip'
import { lifecycleMenu } from '../lifecycle/lifecycle-menu'
import { showPolicy } from '../policies/policy-question'
import { exportAction, revealCheckout } from '../sidebar/task-actions'
import { PeopleDialog } from './people-dialog'
import { SidebarButton } from './sidebar-button'

/** Title, branch and status of a task, and what can be done with it as a whole. */
export function TitleRow({
  task,
  organizationId,
  panelShown,
}: {
  task: TaskDetail
  organizationId: string
  panelShown: boolean
}) {
  const archived = task.status === 'archived'
  const home = useBringHome(task, organizationId)
  const editors = useEditors()
  const jobs = useEntities('task', task.id, 'job')
  const [peopleShown, setPeopleShown] = useState(false)
  const stage = [...jobs.values()].find((job) => job.state === 'running')?.stage ?? undefined
  return (
    <header className="@container flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
      <SidebarButton />
      <Title task={task} editable={!archived} />
      <Tooltip label={`Copy branch ${task.branch}`}>
        <button
          type="button"
          aria-label={`Copy branch ${task.branch}`}
          onClick={() => {
            copyText(task.branch)
            showToast('Branch copied', task.branch)
          }}
          className="flex h-24 max-w-tab min-w-24 shrink items-center gap-4 rounded-4 px-6 text-12 text-text-muted hover:bg-surface-2 hover:text-text"
        >
          <GitBranch aria-hidden className="size-12 shrink-0" />
          <span className="truncate">{task.branch}</span>
        </button>
      </Tooltip>
      <StatusBadge status={task.status} stage={stage} />
      {task.pullRequest !== null && <PullRequestChip pullRequest={task.pullRequest} />}
      <span className="flex-1" />
      {!archived && (
        <span className="hidden @form:flex">
          <BringButton home={home} />
        </span>
      )}
      <Menu
        trigger={
          <IconButton label="Task actions">
            <Ellipsis className="size-16" />
          </IconButton>
        }
        groups={menuFor(task, home, editors, () => setPeopleShown(true))}
      />
      {peopleShown && (
        <PeopleDialog task={task} organizationId={organizationId} onClose={() => setPeopleShown(false)} />
      )}
      {task.status !== 'virtual' && <TerminalButton />}
      <IconButton
        label={panelShown ? 'Hide panel' : 'Show panel'}
        shortcut={shortcutText('Shift+B')}
        pressed={panelShown}
        onClick={() => togglePanel('panel')}
      >
        <PanelRight className="size-16" />
      </IconButton>
    </header>
  )
}

function TerminalButton() {
  const open = useWorkspace((state) => state.terminalOpen)
  return (
    <IconButton label="Terminal" shortcut="Ctrl+`" pressed={open} onClick={toggleTerminal}>
      <SquareTerminal className="size-16" />
    </IconButton>
  )
}

function Title({ task, editable }: { task: TaskDetail; editable: boolean }) {
  const [editing, setEditing] = useState(false)
  if (editing) {
    return (
      <InlineEdit
        label="Task title"
        value={task.title}
        onCancel={() => setEditing(false)}
        onSave={(title) => {
          setEditing(false)
          void call('task.rename', { taskId: task.id, title }).then((result) => {
            if (!result.ok) showError(result.error)
          })
        }}
      />
    )
  }
  return (
    <h1 className="min-w-0 shrink font-semibold">
      {editable ? (
        <button
          type="button"
          aria-label={`Rename task ${task.title}`}
          title={task.title}
          onClick={() => setEditing(true)}
          className="block h-24 max-w-full truncate rounded-4 px-4 text-start hover:bg-surface-2"
          dir="auto"
        >
          {task.title}
        </button>
      ) : (
        <span className="block truncate px-4" title={task.title} dir="auto">
          {task.title}
        </span>
      )}
    </h1>
  )
}

/** The task's pull request, in the fewest words; opens its side of the panel. */
function PullRequestChip({ pullRequest }: { pullRequest: TaskPullRequest }) {
  const status = pullRequestStatus(pullRequest)
  return (
    <button
      type="button"
      aria-label={`Pull request #${pullRequest.number}, ${pullRequestWords[status]}`}
      onClick={() => {
        choosePanelTab('pull_request')
        showPanel()
      }}
      className="flex h-24 shrink-0 items-center gap-4 rounded-4 px-6 text-12 text-text-muted hover:bg-surface-2 hover:text-text"
    >
      <span aria-hidden className="inline-flex">
        <PullRequestGlyph status={status} />
      </span>
      #{pullRequest.number}
      <PullRequestMarks pullRequest={pullRequest} />
    </button>
  )
}

interface BringHome {
  readonly busy: boolean
  /** Why it cannot be done now. */
  readonly reason: string | null
  run(): void
}

/** Fetching the task's branch into the person's own folder. */
function useBringHome(task: TaskDetail, organizationId: string): BringHome {
  const bringing = useCall<{ branch: string; path: string }>()
  const repository = useEntity('organization', organizationId, 'repository', task.repositoryId)
  const folder = repository?.localPath ?? null
  const bring = async () => {
    const done = await bringing.run(async () => {
      const result = await call('task.bringHome', { taskId: task.id })
      if (!result.ok) showError(result.error)
      return result
    })
    if (done !== null) {
      showToast(`Branch "${done.branch}" is in your folder`, `${done.path}: nothing else there was touched.`)
    }
  }
  return {
    busy: bringing.busy,
    reason:
      folder === null
        ? 'This repository has no folder of yours'
        : task.sandbox === null
          ? 'The task has no checkout yet'
          : null,
    run: () => void bring(),
  }
}

const bringLabel = 'Bring branch into my folder'

function BringButton({ home }: { home: BringHome }) {
  return (
    <Button
      size="small"
      busy={home.busy}
      icon={<HardDriveDownload className="size-12" />}
      reason={home.reason}
      onClick={home.run}
    >
      {bringLabel}
    </Button>
  )
}

function menuFor(
  task: TaskDetail,
  home: BringHome,
  editors: readonly Editor[],
  showPeople: () => void,
): MenuGroups {
  const icon = 'size-12'
  const { sandbox } = task
  const noCheckout = sandbox === null ? 'There is no checkout yet' : null
  return [
    [
      {
        label: bringLabel,
        icon: <HardDriveDownload className={icon} />,
        reason: home.reason,
        onSelect: home.run,
      },
    ],
    [
      {
        label: 'Reveal checkout',
        icon: <FolderOpen className={icon} />,
        reason: noCheckout,
        ...(sandbox?.diskBytes == null ? {} : { hint: `Takes ${bytesText(sandbox.diskBytes)}` }),
        onSelect: () => void revealCheckout(task),
      },
      ...editors.map((editor) => ({
        label: `Open checkout in ${editor.name}`,
        icon: <SquareArrowOutUpRight className={icon} />,
        reason: noCheckout,
        onSelect: () => void openInEditor(task.id, editor, null, null),
      })),
      {
        label: 'Copy path',
        icon: <Copy className={icon} />,
        reason: noCheckout,
        onSelect: () => sandbox !== null && copyText(sandbox.cwd),
      },
      { label: 'Copy branch', icon: <GitBranch className={icon} />, onSelect: () => copyText(task.branch) },
    ],
    [
      { label: 'Owner and author', icon: <UserRound className={icon} />, onSelect: showPeople },
      {
        label: 'Permissions of the repository',
        icon: <ShieldCheck className={icon} />,
        onSelect: () => showPolicy(task.repositoryId),
      },
    ],
    task.status === 'error'
      ? [{ label: 'Retry', icon: <RotateCcw className={icon} />, onSelect: () => void retryTask(task) }]
      : [],
    task.status === 'virtual' ? [] : [exportAction([task])],
    lifecycleMenu(task, sandbox === null ? null : { bytes: sandbox.diskBytes }),
  ]
}

async function retryTask(task: TaskDetail): Promise<void> {
  const result = await call('task.retry', { taskId: task.id })
  if (!result.ok) showError(result.error)
}
