import type { TaskStatus } from '@shared/domain'
import { Archive, ArchiveRestore, BookMarked, CircleStop, HardDrive, Trash2 } from 'lucide-react'
import type { MenuAction } from '../../ui/menu'
import { bytesText } from '../../ui/time'
import { counted } from '../sync/sync-text'
import {
  archiveTasks,
  askToDelete,
  freeDisk,
  showPack,
  stopTask,
  readOnlyReason,
  unarchiveTasks,
  type NamedTask,
} from './lifecycle-actions'

const icon = 'size-12'
type Listed = NamedTask & { status: TaskStatus; readOnly: boolean }
const working: readonly TaskStatus[] = ['running', 'needs_input', 'provisioning']

/** How a task is stopped, put to rest, and goes. `disk` is what its checkout takes; undefined where that is not known. */
export function lifecycleMenu(task: Listed, disk?: { bytes: number | null } | null): MenuAction[] {
  const archived = task.status === 'archived'
  const actions: MenuAction[] = [
    archived
      ? {
          label: 'Unarchive',
          icon: <ArchiveRestore className={icon} />,
          reason: task.readOnly ? readOnlyReason : null,
          onSelect: () => void unarchiveTasks([task]),
        }
      : { label: 'Archive', icon: <Archive className={icon} />, onSelect: () => void archiveTasks([task]) },
  ]
  if (working.includes(task.status))
    actions.unshift({
      label: 'Stop',
      icon: <CircleStop className={icon} />,
      onSelect: () => void stopTask(task),
    })
  if (archived)
    actions.push({
      label: 'Free disk space',
      icon: <HardDrive className={icon} />,
      hint: disk?.bytes == null ? 'Removes the checkout' : `Removes the checkout: ${bytesText(disk.bytes)}`,
      reason: disk === null || task.readOnly ? 'It has no checkout' : null,
      onSelect: () => void freeDisk([task]),
    })
  actions.push({
    label: 'Keep for offline reading…',
    icon: <BookMarked className={icon} />,
    onSelect: () => showPack(task),
  })
  actions.push({
    label: 'Delete…',
    icon: <Trash2 className={icon} />,
    tone: 'danger',
    reason: task.status === 'virtual' ? 'It is in the list as long as its pull request is open' : null,
    onSelect: () => askToDelete([task]),
  })
  return actions
}

/** The same for several, of which some may be what the others are not. */
export function lifecycleMenuOfMany(tasks: readonly Listed[]): MenuAction[] {
  const archived = tasks.filter(({ status }) => status === 'archived')
  const back = archived.filter(({ readOnly }) => !readOnly)
  const open = tasks.filter(({ status }) => status !== 'archived')
  const own = tasks.filter(({ status }) => status !== 'virtual')
  return [
    {
      label: `Archive ${counted(open.length, 'task', 'tasks')}`,
      icon: <Archive className={icon} />,
      reason: open.length === 0 ? 'All of them are archived' : null,
      onSelect: () => void archiveTasks(open),
    },
    ...(archived.length === 0
      ? []
      : [
          {
            label: `Unarchive ${counted(back.length, 'task', 'tasks')}`,
            icon: <ArchiveRestore className={icon} />,
            reason: back.length === 0 ? readOnlyReason : null,
            onSelect: () => void unarchiveTasks(back),
          },
          {
            label: 'Free disk space',
            icon: <HardDrive className={icon} />,
            hint: `Removes ${counted(archived.length, 'checkout', 'checkouts')}`,
            onSelect: () => void freeDisk(archived),
          },
        ]),
    {
      label: `Delete ${counted(own.length, 'task', 'tasks')}…`,
      icon: <Trash2 className={icon} />,
      tone: 'danger',
      reason: own.length === 0 ? 'They are in the list as long as their pull requests are open' : null,
      onSelect: () => askToDelete(own),
    },
  ]
}
