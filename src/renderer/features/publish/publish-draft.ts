import type { TaskId } from '@shared/ids'
import type { PublishDraft } from '@shared/publish'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'

/** What was typed last, by task: going back to one must not wait for what main has stored of it. */
const latest = new Map<TaskId, PublishDraft>()
const pauseMs = 500

/** What a person has typed for a task's pull request; null while that is nothing. Stored after a pause, and on leaving. */
export function usePublishDraft(
  taskId: TaskId,
  stored: PublishDraft | null,
): { typed: PublishDraft | null; change: (draft: PublishDraft) => void; keep: () => void } {
  const [typed, setTyped] = useState<PublishDraft | null>(() => latest.get(taskId) ?? null)
  const waiting = useRef<{ draft: PublishDraft; timer: ReturnType<typeof setTimeout> } | null>(null)

  const keep = () => {
    const now = waiting.current
    if (now === null) return
    waiting.current = null
    clearTimeout(now.timer)
    void call('task.savePublishDraft', { taskId, draft: now.draft }).then((result) => {
      if (!result.ok) showError(result.error)
    })
  }
  const leave = useRef(keep)
  useEffect(() => {
    leave.current = keep
  })
  useEffect(() => () => leave.current(), [])

  return {
    typed: typed ?? stored,
    change(draft) {
      latest.set(taskId, draft)
      setTyped(draft)
      if (waiting.current !== null) clearTimeout(waiting.current.timer)
      waiting.current = { draft, timer: setTimeout(() => leave.current(), pauseMs) }
    },
    keep,
  }
}

/** It is published: main has let go of it, too. */
export function forgetPublishDraft(taskId: TaskId): void {
  latest.delete(taskId)
}
