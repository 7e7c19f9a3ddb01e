import { memo } from 'react'
import { cx } from '../../ui/cx'
import type { Line } from './line-list'
import { withoutTurns } from './text-guard'

/** Characters in a line of the text column and its height in pixels, about. */
const column = 96
const lineHeight = 22

/** A line that goes by: its words in its box, without what they mean. One element, so that a fast wheel stays smooth. */
export const LightLine = memo(function LightLine({ line, height }: { line: Line; height: number }) {
  const words = wordsOf(line, Math.ceil(height / lineHeight) * column)
  return (
    <div className={cx('h-full overflow-hidden break-words whitespace-pre-wrap', boxOf(line))}>
      {withoutTurns(words)}
    </div>
  )
})

function wordsOf(line: Line, most: number): string {
  if (line.type === 'steps') return `${line.steps.length} steps`
  if (line.type === 'part') {
    let words = ''
    for (const { source } of line.blocks) {
      if (words.length >= most) break
      words += source.slice(0, most)
    }
    return words.slice(0, most)
  }
  const { item } = line
  if (item.type === 'tool') return item.tool.title.slice(0, column)
  return 'text' in item ? item.text.slice(0, item.type === 'thought' ? column : most) : ''
}

function boxOf(line: Line): string {
  if (line.type === 'steps') return 'ps-16 text-12 text-text-muted'
  if (line.type === 'part') return 'text-14'
  switch (line.item.type) {
    case 'prompt':
      return 'rounded-10 bg-surface-2 px-12 py-8 text-14'
    case 'message':
      return 'text-14'
    case 'tool':
      return 'rounded-6 border border-line bg-surface-1 px-32 py-6'
    case 'plan':
    case 'permission':
    case 'error':
    case 'forked':
    case 'memory_boundary':
      return 'rounded-6 border border-line bg-surface-1 p-12'
    case 'thought':
    case 'note':
    case 'turn_ended':
      return 'text-12 text-text-faint'
  }
}
