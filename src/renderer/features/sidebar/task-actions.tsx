import { formatDeepLink } from '@shared/deep-link'
import type { Repository, TaskSummary } from '@shared/domain'
import {
  ArrowDown,
  ArrowUp,
  Copy,
  ExternalLink,
  FileOutput,
  Eye,
  EyeOff,
  FolderOpen,
  Link,
  ListMinus,
  Mail,
  MailOpen,
  Pencil,
  Pin,
  PinOff,
  Plus,
  ShieldCheck,
} from 'lucide-react'
import { openExternal } from '../../app/open-external'
import { openNewTask } from '../../app/workspace'
import { call } from '../../client/call'
import { copyText } from '../../ui/copy-button'
import type { MenuAction, MenuGroups } from '../../ui/menu'
import { showError, showToast } from '../../ui/toast'
import { readOnlyReason } from '../lifecycle/lifecycle-actions'
import { lifecycleMenu } from '../lifecycle/lifecycle-menu'
import { showPolicy } from '../policies/policy-question'
import { canHaveTasks } from '../repositories/repository-actions'
import { askTransfer } from '../transfer/transfer-state'
import { placeRepository, setHidden, setPinned, setRenaming, useSidebar } from './sidebar-state'

const icon = 'size-12'

const isHidden = (repositoryId: string): boolean => useSidebar.getState().hidden.has(repositoryId)

const isPinned = (taskId: string): boolean => useSidebar.getState().pinned.has(taskId)

export async function revealCheckout(task: Pick<TaskSummary, 'id'>): Promise<void> {
  const result = await call('task.revealCheckout', { taskId: task.id })
  if (!result.ok) showError(result.error)
}

async function setUnread({ id }: TaskSummary, unread: boolean): Promise<void> {
  const result = await call('task.setUnread', { taskId: id, unread })
  if (!result.ok) showError(result.error)
}

/** What can be done with a task from the list. */
export function taskMenu(task: TaskSummary): MenuGroups {
  const archived = task.status === 'archived'
  const url = task.pullRequest?.url
  return [
    [
      {
        label: 'Rename',
        icon: <Pencil className={icon} />,
        onSelect: () => setRenaming(task.id),
        reason: archived ? 'The task is archived' : null,
      },
      isPinned(task.id)
        ? {
            label: 'Unpin',
            icon: <PinOff className={icon} />,
            onSelect: () => setPinned(task.id, false),
          }
        : { label: 'Pin', icon: <Pin className={icon} />, onSelect: () => setPinned(task.id, true) },
      ...(task.status === 'virtual'
        ? []
        : [
            {
              label: task.unread ? 'Mark as read' : 'Mark as unread',
              icon: task.unread ? <MailOpen className={icon} /> : <Mail className={icon} />,
              onSelect: () => void setUnread(task, !task.unread),
            },
          ]),
    ],
    [
      ...(url === undefined
        ? []
        : [
            {
              label: 'Open pull request on GitHub',
              icon: <ExternalLink className={icon} />,
              onSelect: () => void openExternal(url),
            },
            {
              label: 'Copy address of pull request',
              icon: <Link className={icon} />,
              onSelect: () => copyText(url),
            },
          ]),
      {
        label: 'Copy link to task',
        icon: <Link className={icon} />,
        onSelect: () => copyText(formatDeepLink({ type: 'task', taskId: task.id })),
      },
      { label: 'Copy branch', icon: <Copy className={icon} />, onSelect: () => copyText(task.branch) },
      {
        label: 'Reveal checkout',
        icon: <FolderOpen className={icon} />,
        reason: task.readOnly ? 'It has no checkout' : null,
        onSelect: () => void revealCheckout(task),
      },
    ],
    task.status === 'virtual' ? [] : [exportAction([task])],
    lifecycleMenu(task),
  ]
}

/** Tasks as a file for others. */
export function exportAction(tasks: readonly Pick<TaskSummary, 'id' | 'title'>[]): MenuAction {
  const [first] = tasks
  const title =
    tasks.length === 1 && first !== undefined ? `Export “${first.title}”` : `Export ${tasks.length} tasks`
  return {
    label: 'Export…',
    icon: <FileOutput className={icon} />,
    onSelect: () => askTransfer({ kind: 'export', what: { taskIds: tasks.map(({ id }) => id) }, title }),
  }
}

/** What can be done with a repository from the list. `shown` are all that stand in it, in their order. */
export function repositoryMenu(repository: Repository, shown: readonly string[]): MenuGroups {
  const path = repository.localPath
  const at = shown.indexOf(repository.id)
  const move = (to: number) => placeRepository(shown, repository.id, shown[to] ?? '')
  return [
    [
      {
        label: 'New task',
        icon: <Plus className={icon} />,
        reason: canHaveTasks(repository)
          ? null
          : repository.github === null
            ? readOnlyReason
            : 'It is gone from GitHub',
        onSelect: () => openNewTask(repository.id),
      },
      {
        label: 'Permissions',
        hint: 'What agents may do without asking',
        icon: <ShieldCheck className={icon} />,
        onSelect: () => showPolicy(repository.id),
      },
    ],
    path === null
      ? []
      : [{ label: 'Copy path', icon: <Copy className={icon} />, onSelect: () => copyText(path) }],
    [
      {
        label: 'Move up',
        icon: <ArrowUp className={icon} />,
        onSelect: () => move(at - 1),
        reason: at > 0 ? null : 'It stands at the top',
      },
      {
        label: 'Move down',
        icon: <ArrowDown className={icon} />,
        onSelect: () => move(at + 1),
        reason: at < shown.length - 1 ? null : 'It stands at the bottom',
      },
      isHidden(repository.id)
        ? {
            label: 'Do not hide any more',
            icon: <Eye className={icon} />,
            onSelect: () => setHidden(repository.id, false),
          }
        : {
            label: 'Hide',
            hint: 'Found by the filter; what needs you still shows',
            icon: <EyeOff className={icon} />,
            onSelect: () => setHidden(repository.id, true),
          },
    ],
    [
      {
        label: 'Remove repository',
        icon: <ListMinus className={icon} />,
        tone: 'danger',
        onSelect: () => void removeRepository(repository),
      },
    ],
  ]
}

async function removeRepository(repository: Repository): Promise<void> {
  const result = await call('repository.remove', { repositoryId: repository.id })
  if (result.ok)
    showToast(
      `"${repository.name}" is off the list`,
      'Nothing on disk was touched. Open the folder to bring it back.',
    )
  else showError(result.error)
}
