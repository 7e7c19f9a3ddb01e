import type { TaskId } from '@shared/ids'
import type { TopicHub } from '../ipc/topic-hub'
import type { TaskProjection } from '../repository/task-projection'
import type { SessionNotice, Sessions } from '../session/sessions'
import type { Tasks } from '../task/tasks'
import type { AttentionDesk } from './attention-desk'

const NEWS = {
  turn_started: 'started',
  finished: 'has finished',
  failed: 'has failed',
  needs_input: 'needs your input',
} as const

/** Passes on what a session says about itself: to its task, to windows that show it, and to the person. */
export function createNotices(options: {
  hub: Pick<TopicHub, 'touch' | 'touchList'>
  projection: Pick<TaskProjection, 'find' | 'bump'>
  attention: Pick<AttentionDesk, 'tell'>
  tasks: Pick<Tasks, 'turnBegan' | 'toolBegan' | 'toolEnded'>
  sessions(): Pick<Sessions, 'queuedPrompts' | 'permissions' | 'displayName'>
  taskChanged(taskId: TaskId): void
}): (notice: SessionNotice) => void {
  const { hub, projection, attention, tasks, taskChanged } = options

  function touchAll(topic: string, kind: string, entities: { id: string }[]): void {
    const ids = entities.map(({ id }) => id)
    hub.touchList(topic, kind, ids)
  }

  return function told({ taskId, sessionId, what }) {
    const sessions = options.sessions()
    if (what === 'turn_started') tasks.turnBegan(taskId)
    if (what === 'tool_began') return tasks.toolBegan(taskId)
    if (what === 'tool_ended') return tasks.toolEnded(taskId)
    if (what === 'queue')
      return touchAll(`session:${sessionId}`, 'queuedPrompt', sessions.queuedPrompts(sessionId))
    hub.touch(`session:${sessionId}`, 'session', sessionId)
    hub.touch(`task:${taskId}`, 'session', sessionId)
    taskChanged(taskId)
    if (what === 'state') return
    if (what === 'permissions' || what === 'needs_input') hub.touch('app', 'waiting', 'waiting')
    if (what === 'permissions')
      return touchAll(`session:${sessionId}`, 'permission', sessions.permissions(sessionId))
    const row = projection.find(taskId)
    // Deleted while it ran.
    if (row === null) return
    projection.bump(taskId)
    attention.tell(what, {
      taskId,
      sessionId,
      title: row.title,
      body: `${sessions.displayName(sessionId)} ${NEWS[what]}`,
    })
  }
}
