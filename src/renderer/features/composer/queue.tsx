import type { QueuedPrompt } from '@shared/domain'
import type { Result } from '@shared/errors'
import { ArrowDown, ArrowUp, Pencil, SendHorizontal, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { showError } from '../../ui/toast'

/**
 * Prompts that wait for the running turn to end. Each can be changed, put elsewhere, sent at once, and taken back, which
 * brings it into the field.
 */
export function PromptQueue({
  sessionId,
  running,
  onDropped,
}: {
  sessionId: string
  /** What sends one now stops a turn for it. */
  running: boolean
  onDropped: (text: string) => void
}) {
  const prompts = useEntities('session', sessionId, 'queuedPrompt')
  const ordered = useMemo(
    () => [...prompts.values()].toSorted((a, b) => a.createdAt - b.createdAt),
    [prompts],
  )
  const [editing, setEditing] = useState<string | null>(null)
  const [dragged, setDragged] = useState<QueuedPrompt | null>(null)
  const [over, setOver] = useState<number | null>(null)
  if (ordered.length === 0) return null
  const act = async (doing: Promise<Result<void>>) => {
    const result = await doing
    if (!result.ok) showError(result.error)
    return result.ok
  }
  const drop = async (prompt: QueuedPrompt) => {
    if (await act(call('session.dropQueued', { promptId: prompt.id }))) onDropped(prompt.text)
  }
  const save = async (prompt: QueuedPrompt, text: string) => {
    if (await act(call('session.editQueued', { promptId: prompt.id, text }))) setEditing(null)
  }
  const move = (prompt: QueuedPrompt, place: number) =>
    void act(call('session.moveQueued', { promptId: prompt.id, place }))
  return (
    <ul
      aria-label="Queued prompts"
      className="mb-2 flex max-h-output flex-col gap-2 overflow-x-hidden overflow-y-auto py-4"
    >
      {ordered.map((prompt, place) =>
        editing === prompt.id ? (
          <li key={prompt.id}>
            <Edit
              prompt={prompt}
              onDone={() => setEditing(null)}
              onSave={(text) => void save(prompt, text)}
            />
          </li>
        ) : (
          // Its buttons do the same for the keyboard.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <li
            key={prompt.id}
            draggable={ordered.length > 1}
            onDragStart={() => setDragged(prompt)}
            onDragEnd={() => {
              setDragged(null)
              setOver(null)
            }}
            onDragOver={(event) => {
              if (dragged === null) return
              event.preventDefault()
              setOver(place)
            }}
            onDrop={(event) => {
              event.preventDefault()
              if (dragged !== null && dragged.id !== prompt.id) move(dragged, place)
            }}
            className={cx(
              'flex shrink-0 items-center gap-2 rounded-4 border bg-surface-1 ps-8 pe-2 text-12',
              over === place && dragged !== null ? 'border-focus' : 'border-transparent',
            )}
          >
            <span className="shrink-0 pe-4 text-text-faint">Queued</span>
            <span className="min-w-0 flex-1 truncate" dir="auto" title={prompt.text.slice(0, 1000)}>
              {prompt.text}
            </span>
            {prompt.attachments.length > 0 && (
              <span className="shrink-0 px-4 text-text-faint">
                {prompt.attachments.length === 1 ? '1 file' : `${prompt.attachments.length} files`}
              </span>
            )}
            {ordered.length > 1 && (
              <>
                <IconButton
                  label="Move queued prompt up"
                  disabled={place === 0}
                  onClick={() => move(prompt, place - 1)}
                >
                  <ArrowUp className="size-12" />
                </IconButton>
                <IconButton
                  label="Move queued prompt down"
                  disabled={place === ordered.length - 1}
                  onClick={() => move(prompt, place + 1)}
                >
                  <ArrowDown className="size-12" />
                </IconButton>
              </>
            )}
            <IconButton
              label={running ? 'Stop the turn and send this prompt now' : 'Send this prompt now'}
              onClick={() => void act(call('session.sendQueuedNow', { promptId: prompt.id }))}
            >
              <SendHorizontal className="size-12" />
            </IconButton>
            <IconButton label="Edit queued prompt" onClick={() => setEditing(prompt.id)}>
              <Pencil className="size-12" />
            </IconButton>
            <IconButton label="Take back queued prompt" onClick={() => void drop(prompt)}>
              <X className="size-12" />
            </IconButton>
          </li>
        ),
      )}
    </ul>
  )
}

function Edit({
  prompt,
  onSave,
  onDone,
}: {
  prompt: QueuedPrompt
  onSave: (text: string) => void
  onDone: () => void
}) {
  const [text, setText] = useState(prompt.text)
  return (
    <div className="flex flex-col gap-4 rounded-4 bg-surface-1 p-8">
      <textarea
        // Whoever chose to edit it goes on typing there.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        aria-label="Queued prompt"
        value={text}
        dir="auto"
        className="grows max-h-output w-full rounded-4 border border-line bg-surface-0 p-8 text-13"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Escape') {
            event.stopPropagation()
            onDone()
          }
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && text.trim() !== '') {
            event.preventDefault()
            onSave(text)
          }
        }}
      />
      <div className="flex justify-end gap-6">
        <Button size="small" onClick={onDone}>
          Cancel
        </Button>
        <Button
          size="small"
          tone="accent"
          reason={text.trim() === '' ? 'The prompt is empty' : null}
          onClick={() => onSave(text)}
        >
          Save prompt
        </Button>
      </div>
    </div>
  )
}
