import type { Line } from './line-list'
import type { ViewItem } from '@shared/transcript/view-items'

/** Under every line, as the lines themselves have it. */
const gap = 12
const stepGap = 4
/** Characters in a line of the text column, about. */
const column = 96

/** A first guess of a line's height, replaced as soon as it is on screen. */
export function estimatedHeight(line: Line): number {
  switch (line.type) {
    case 'steps':
      return 24 + (line.open ? stepGap : gap)
    case 'part':
      return line.blocks.reduce((sum, block) => sum + textHeight(block.source), 0) + gap
    case 'item':
      return itemHeight(line.item) + (line.depth > 0 ? stepGap : gap)
  }
}

/** Of text with line breaks: paragraphs wrap. */
function textHeight(text: string): number {
  let height = 0
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('\n', at)
    const end = next === -1 ? text.length : next
    height += end === at ? 8 : 22.4 * Math.ceil((end - at) / column)
    at = end + 1
  }
  return height
}

function itemHeight(item: ViewItem): number {
  switch (item.type) {
    case 'prompt':
      return 40 + textHeight(item.text.slice(0, 1200))
    case 'message':
      return textHeight(item.text) + 8
    case 'tool':
      return item.tool.edits.length > 0
        ? 200
        : item.tool.kind === 'execute' && item.tool.output !== ''
          ? 140
          : 34
    case 'plan':
      return 48 + 24 * item.entries.length
    case 'permission':
    case 'memory_boundary':
      return 120
    case 'error':
      return 130
    case 'forked':
      return 44
    case 'thought':
    case 'turn_ended':
    case 'note':
      return 24
  }
}
