import type { QueuedPrompt } from '@shared/domain'
import { X } from 'lucide-react'
import { useMemo } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { IconButton } from '../../ui/button'
import { showError } from '../../ui/toast'

/** Prompts that wait for the running turn to end. Each can be taken back, and comes back into the field. */
export function PromptQueue({
  sessionId,
  onDropped,
}: {
  sessionId: string
  onDropped: (text: string) => void
}) {
  const prompts = useEntities('session', sessionId, 'queuedPrompt')
  const ordered = useMemo(
    () => [...prompts.values()].toSorted((a, b) => a.createdAt - b.createdAt),
    [prompts],
  )
  if (ordered.length === 0) return null
  const drop = async (prompt: QueuedPrompt) => {
    const result = await call('session.dropQueued', { promptId: prompt.id })
    if (result.ok) onDropped(prompt.text)
    else showError(result.error)
  }
  return (
    <ul
      aria-label="Queued prompts"
      className="mb-2 flex max-h-composer-min flex-col gap-2 overflow-x-hidden overflow-y-auto py-4"
    >
      {ordered.map((prompt) => (
        <li key={prompt.id} className="flex items-center gap-8 rounded-4 bg-surface-1 ps-8 pe-2 text-12">
          <span className="shrink-0 text-text-faint">Queued</span>
          <span className="min-w-0 flex-1 truncate" dir="auto" title={prompt.text.slice(0, 1000)}>
            {prompt.text}
          </span>
          <IconButton label="Take back queued prompt" onClick={() => void drop(prompt)}>
            <X className="size-12" />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}
