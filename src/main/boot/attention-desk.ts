import type { SessionId, TaskId } from '@shared/ids'
import { attentionFor, type SessionNews } from '../user/attention'
import type { User } from '../user/user'
import type { AppServices } from './services'

export interface AttentionDesk {
  /** The session a person looks at from now on; it is read. */
  selected(taskId: TaskId, sessionId: SessionId): void
  /** A person says what is new to them: of sessions that were there, all are read, or the newest is not. */
  mark(taskId: TaskId, sessions: readonly SessionId[], unread: boolean): void
  /** Something happened in a session. */
  tell(news: SessionNews, about: { taskId: TaskId; sessionId: SessionId; title: string; body: string }): void
}

export interface AttentionDeskOptions {
  services: Pick<AppServices, 'settings' | 'notifier' | 'desktop'>
  user: User
  unreadChanged(taskId: TaskId, sessionId: SessionId): void
}

/** Keeps unread flags, notifications and the badge in step with what happens and where the person looks. */
export function createAttentionDesk({ services, user, unreadChanged }: AttentionDeskOptions): AttentionDesk {
  let current: SessionId | null = null

  function setUnread(taskId: TaskId, sessionId: SessionId, unread: boolean): void {
    if (user.session(sessionId).unread === unread) return
    user.setUnread(taskId, sessionId, unread)
    services.notifier.setBadge(user.unreadCount())
    unreadChanged(taskId, sessionId)
  }

  services.notifier.setBadge(user.unreadCount())
  return {
    selected(taskId, sessionId) {
      current = sessionId
      user.setActiveSession(taskId, sessionId)
      setUnread(taskId, sessionId, false)
    },
    mark(taskId, sessions, unread) {
      const newest = sessions.at(-1)
      if (!unread) for (const sessionId of sessions) setUnread(taskId, sessionId, false)
      else if (newest !== undefined) setUnread(taskId, newest, true)
    },
    tell(news, { taskId, sessionId, title, body }) {
      const attention = attentionFor(
        news,
        { atSession: current === sessionId, atWindow: services.desktop.isFocused() },
        services.settings.get().notifications,
      )
      if (attention.unread !== null) setUnread(taskId, sessionId, attention.unread)
      if (attention.notify)
        services.notifier.notify({ title, body, target: { type: 'task', taskId, sessionId } })
    },
  }
}
