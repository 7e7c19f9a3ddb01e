import type { TaskId } from '@shared/ids'
import type { ErrorValue } from '@shared/errors'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { call } from '../../client/call'
import { cx } from '../../ui/cx'
import { inputLook } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { ScrolledPre } from '../../ui/scrolled-pre'

const FOLLOW_MS = 1000

/** The end of what a process printed, as it grows, and the lines of it that hold some words. */
export function ProcessLog({
  taskId,
  processId,
  follow,
}: {
  taskId: TaskId
  processId: string
  follow: boolean
}) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<ErrorValue | null>(null)
  const [words, setWords] = useState('')
  useEffect(() => {
    let current = true
    const look = () =>
      void call('terminal.processLog', { taskId, processId }).then((result) => {
        if (!current) return
        if (result.ok) setText(result.value)
        setProblem(result.ok ? null : result.error)
      })
    look()
    const timer = follow ? setInterval(look, FOLLOW_MS) : undefined
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [taskId, processId, follow])
  const shown = useMemo(() => {
    const wanted = words.toLowerCase()
    if (wanted === '') return text
    return text
      .split('\n')
      .filter((line) => line.toLowerCase().includes(wanted))
      .join('\n')
  }, [text, words])
  // Whoever looks at the end stays there; whoever went back to read is left where they are.
  const frame = useRef<HTMLPreElement>(null)
  const atEnd = useRef(true)
  useLayoutEffect(() => {
    const pre = frame.current
    if (pre !== null && atEnd.current) pre.scrollTop = pre.scrollHeight
  })
  return (
    <div className="flex min-w-0 flex-col gap-6">
      {problem !== null && <ErrorNotice error={problem} />}
      <input
        type="search"
        aria-label="Find in output"
        placeholder="Only lines with"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        className={cx(inputLook, 'h-24 max-w-field')}
      />
      <ScrolledPre
        ref={frame}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          atEnd.current = scrollTop + clientHeight >= scrollHeight - 4
        }}
        aria-label="Output of the process"
        className="code-text max-h-output overflow-auto rounded-4 bg-surface-0 p-8 break-words whitespace-pre-wrap"
      >
        {shown === '' ? (words === '' ? 'It has printed nothing.' : 'No line has these words.') : shown}
      </ScrolledPre>
    </div>
  )
}
