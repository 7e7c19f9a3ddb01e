import { useState } from 'react'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { bytesText } from '../../ui/time'

/** What is put into the page at first: enough to read, little enough to draw within a frame. */
const initial = 20_000
const step = 200_000

/** The machine's words, however many: more of them on request, so that one output cannot stall the window. */
export function LongText({ text, look }: { text: string; look: 'plain' | 'boxed' }) {
  const [shown, setShown] = useState(initial)
  const rest = text.length - shown
  return (
    <div className="min-w-0">
      <pre
        className={cx(
          'code-text overflow-x-auto px-12 py-8',
          look === 'boxed' &&
            'max-h-output overflow-y-auto rounded-4 bg-surface-0 break-words whitespace-pre-wrap',
        )}
        aria-label={look === 'boxed' ? 'Output' : undefined}
      >
        {rest > 0 ? text.slice(0, shown) : text}
      </pre>
      {rest > 0 && (
        <div className="flex items-center gap-8 px-12 py-4 text-12 text-text-muted">
          {bytesText(rest)} more
          <Button size="small" onClick={() => setShown(shown + step)}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}
