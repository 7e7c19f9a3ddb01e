import type { Settings } from '@shared/domain'

/** What happened in a session that a person may want to know. */
export type SessionNews = 'turn_started' | 'finished' | 'failed' | 'needs_input'

export interface Attention {
  /** The new unread flag; null leaves it as it is. */
  unread: boolean | null
  /** Whether the system shows a notification. */
  notify: boolean
}

/**
 * Whether news makes a session unread and is worth a notification. Running never makes anything unread, and
 * whoever looks at the session sees it happen: neither flag nor notification for them.
 */
export function attentionFor(
  news: SessionNews,
  looking: { atSession: boolean; atWindow: boolean },
  settings: Settings['notifications'],
): Attention {
  if (news === 'turn_started') return { unread: null, notify: false }
  const sees = looking.atSession && looking.atWindow
  const wanted = { finished: settings.finished, failed: settings.failed, needs_input: settings.needsInput }[
    news
  ]
  return { unread: sees ? null : true, notify: !sees && wanted }
}
