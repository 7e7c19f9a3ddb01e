import { Popover } from '@base-ui/react/popover'
import { Copy, ListTree, Search, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { shortcutText } from '../../app/keymap'
import { IconButton } from '../../ui/button'
import { PromptList } from './prompt-list'

/** What can be done with a whole transcript: at its side, where no text stands. */
export function TranscriptTools({
  taskId,
  sessionId,
  copying,
  onFind,
  onCopy,
  onBack,
}: {
  taskId: string
  sessionId: string
  /** How much was read so far, while all of it is. */
  copying: boolean
  onFind: () => void
  onCopy: () => void
  /** Back to where one was before a jump; null when there was none. */
  onBack: (() => void) | null
}) {
  const [open, setOpen] = useState(false)
  return (
    <div
      role="toolbar"
      aria-label="Transcript"
      aria-orientation="vertical"
      className="absolute end-12 top-8 z-10 flex flex-col gap-2 rounded-6 bg-surface-0"
    >
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger
          render={
            <IconButton label="Prompts">
              <ListTree className="size-16" />
            </IconButton>
          }
        />
        <Popover.Portal>
          <Popover.Positioner sideOffset={4} align="end" collisionPadding={8} className="z-40">
            <Popover.Popup
              aria-label="Prompts"
              className="max-h-available w-picker max-w-full animate-appear overflow-y-auto rounded-6 border border-line bg-surface-2 p-8 shadow-float outline-none"
            >
              <PromptList taskId={taskId} sessionId={sessionId} onChosen={() => setOpen(false)} />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
      <IconButton label="Find in transcript" shortcut={shortcutText('F')} onClick={onFind}>
        <Search className="size-16" />
      </IconButton>
      <IconButton
        label={copying ? 'Reading all of it' : 'Copy all as markdown'}
        aria-busy={copying}
        disabled={copying}
        onClick={onCopy}
      >
        <Copy className="size-16" />
      </IconButton>
      {onBack !== null && (
        <IconButton label="Back to where you were" onClick={onBack}>
          <Undo2 className="size-16" />
        </IconButton>
      )}
    </div>
  )
}
