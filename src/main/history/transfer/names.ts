import type { Database } from '../../database'
import type { ExportRequest } from '@shared/transfer'

/** What exports are called, and what imports have to tell of. */
export function transferNames({ commands }: Database): {
  nameOf(what: ExportRequest['what']): string
  sessionsOf(taskId: string): string[]
} {
  const client = commands.$client
  const taskTitle = client.prepare<[string], string>('SELECT title FROM tasks WHERE id = ?').pluck()
  const sessionName = client
    .prepare<[string], string>(
      `SELECT t.title || ' ' || s.name FROM sessions s JOIN tasks t ON t.id = s.task_id WHERE s.id = ?`,
    )
    .pluck()
  const sessions = client
    .prepare<[string], string>('SELECT id FROM sessions WHERE task_id = ? LIMIT 1000')
    .pluck()
  return {
    nameOf(what) {
      if ('sessionId' in what) return sessionName.get(what.sessionId) ?? 'Session'
      const [first] = what.taskIds
      const name = first === undefined ? undefined : taskTitle.get(first)
      return what.taskIds.length === 1 ? (name ?? 'Task') : `${what.taskIds.length} tasks`
    },
    sessionsOf: (taskId) => sessions.all(taskId),
  }
}
