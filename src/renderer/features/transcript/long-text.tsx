import { useMemo, useState } from 'react'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { bytesText } from '../../ui/time'
import { readAnsi } from './ansi'
import { useHighlighted } from './highlight'
import { withoutTurns, withUnseen } from './text-guard'

/** What is put into the page at first: enough to read, little enough to draw within a frame. */
const initial = 20_000
const step = 200_000
/** A longer line than this is broken up by nobody but us: laying it out whole would hold up the window. */
const lineLimit = 5000

/** The machine's words, however many: more of them on request, so that one output cannot stall the window. */
export function LongText({
  text,
  look,
  wrapped = false,
  language = '',
  ansi = false,
}: {
  text: string
  look: 'plain' | 'boxed' | 'prose'
  wrapped?: boolean
  /** Of code, to give its parts their colours. */
  language?: string
  /** It comes from a terminal: its colours are shown, its other orders obeyed or left out. */
  ansi?: boolean
}) {
  const [shown, setShown] = useState(initial)
  const rest = text.length - shown
  const part = rest > 0 ? text.slice(0, shown) : text
  const Pre = look === 'prose' ? 'pre' : ScrolledPre
  return (
    <div className="min-w-0">
      <Pre
        className={cx(
          look === 'prose'
            ? 'font-sans break-words whitespace-pre-wrap'
            : 'code-text overflow-x-auto px-12 py-8',
          wrapped && 'break-words whitespace-pre-wrap',
          look === 'boxed' &&
            'max-h-output overflow-y-auto rounded-4 bg-surface-0 break-words whitespace-pre-wrap',
        )}
        dir={look === 'prose' ? 'auto' : 'ltr'}
        aria-label={look === 'boxed' ? 'Output' : undefined}
      >
        {ansi ? (
          <TerminalText text={part} />
        ) : look === 'prose' ? (
          withoutTurns(part)
        ) : (
          <Code text={part} language={language} />
        )}
      </Pre>
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

function Code({ text, language }: { text: string; language: string }) {
  const safe = useMemo(() => withUnseen(broken(text)), [text])
  const lines = useHighlighted(safe, language)
  if (lines === null) return safe
  return lines.map((line, index) => (
    <span key={index}>
      {line.map((token, at) => (
        <span key={at} style={token.style}>
          {token.text}
        </span>
      ))}
      {index < lines.length - 1 && '\n'}
    </span>
  ))
}

function TerminalText({ text }: { text: string }) {
  const spans = useMemo(() => readAnsi(broken(text)), [text])
  return spans.map((span, index) =>
    span.look === '' ? (
      span.text
    ) : (
      <span key={index} className={span.look}>
        {span.text}
      </span>
    ),
  )
}

function broken(text: string): string {
  return text.length <= lineLimit ? text : text.replaceAll(longLine, '$&\n')
}

const longLine = new RegExp(`[^\\n]{${lineLimit}}(?!\\n)`, 'g')
