import { Lexer, type Token, type TokensList } from 'marked'
import { flattened } from './text-guard'

/** One top-level block of a message, as it stands in the text. */
export interface MarkdownBlock {
  /** Where it begins in the text: its identity while the message grows. */
  readonly start: number
  readonly source: string
  /** A fenced or indented code block is drawn as it is, without a second parse. */
  readonly code: { readonly text: string; readonly language: string } | null
  /** Too long or too deeply nested to be worth a parse: shown as the text it is. */
  readonly plain: boolean
}

export interface MarkdownState {
  readonly text: string
  readonly blocks: readonly MarkdownBlock[]
  /** How many blocks at the start can no longer change, whatever is appended. */
  readonly frozen: number
  /** Link definitions found so far; blocks that use references are given them. */
  readonly definitions: string
  /** Those of the frozen blocks. */
  readonly frozenDefinitions: string
}

export const emptyMarkdown: MarkdownState = {
  text: '',
  blocks: [],
  frozen: 0,
  definitions: '',
  frozenDefinitions: '',
}

const options = { gfm: true }
/** A longer block is cut at the end of a line: what one chunk costs does not grow with the block it lands in. */
const limits: Partial<Record<string, number>> = { table: 32_000, list: 8000, blockquote: 8000 }
const usualLimit = 4000
const longest = 32_000
/** So much of the text is read at a time. */
const windowLength = 3 * longest

/**
 * Splits a growing text into top-level blocks. Only what follows the frozen blocks is read again, so a chunk
 * costs as much as the block it lands in. The result is that of splitting the whole text at once.
 */
export function splitMarkdown(previous: MarkdownState, text: string): MarkdownState {
  if (text === previous.text) return previous
  // A carriage return changes where lines end, so a message that holds one is read whole.
  const returns = text.includes('\r')
  const grows = !returns && text.startsWith(previous.text)
  const kept = grows ? previous.blocks.slice(0, previous.frozen) : []
  const lastKept = kept.at(-1)
  const source = returns ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text
  const frozenBefore = grows ? previous.frozenDefinitions : ''
  const blocks = [...kept]
  readBlocks(source, lastKept === undefined ? 0 : lastKept.start + lastKept.source.length, blocks)
  // The last block can always grow, and the one before it can still be joined by it (lists, quotes, tables).
  const frozen = Math.max(kept.length, blocks.length - 2)
  const frozenDefinitions = frozenBefore + definitionsOf(blocks, kept.length, frozen)
  return {
    text,
    blocks,
    frozen,
    frozenDefinitions,
    definitions: frozenDefinitions + definitionsOf(blocks, frozen, blocks.length),
  }
}

/** The text to draw a block from: references need the definitions that stand elsewhere in the message. */
export function sourceWithDefinitions(block: MarkdownBlock, definitions: string): string {
  return definitions !== '' && block.source.includes('[') ? `${block.source}\n\n${definitions}` : block.source
}

/** The whole of a block: its tokens with those of the text inside. */
export function readBlock(source: string): TokensList {
  return new Lexer(options).lex(source)
}

function readBlocks(source: string, from: number, blocks: MarkdownBlock[]): void {
  const firstNew = blocks.length
  let offset = from
  while (offset < source.length) {
    const end = Math.min(source.length, offset + windowLength)
    const window = source.slice(offset, end)
    for (const token of new Lexer(options).blockTokens(flattened(window))) {
      // The lexer rewrites blanks in what it returns, at the same length: the text itself is the source.
      let raw = source.slice(offset, offset + token.raw.length)
      const limit = limits[token.type] ?? usualLimit
      let cut = false
      if (token.type === 'code') {
        // Nothing is cut off a code block: it ends where its fence does, however far that is.
        if (offset + raw.length === end && end < source.length) raw = wholeCode(source, offset, raw)
      } else if (raw.length > limit) {
        const line = raw.lastIndexOf('\n', limit - 1)
        raw = raw.slice(0, line < limit / 2 ? limit : line + 1)
        cut = token.type !== 'list' && token.type !== 'table'
      } else if (end < source.length && offset + raw.length > end - longest) break
      add(blocks, firstNew, token, { start: offset, source: raw, cut })
      offset += raw.length
      if (raw.length !== token.raw.length) break
    }
  }
}

function add(
  blocks: MarkdownBlock[],
  firstNew: number,
  token: Token,
  { start, source, cut }: { start: number; source: string; cut: boolean },
): void {
  if (token.type === 'space') {
    // Blank lines belong to the block before them; at the start they stand alone and show nothing.
    const last = blocks.at(-1)
    if (last !== undefined && blocks.length > firstNew) {
      blocks[blocks.length - 1] = { ...last, source: last.source + source }
      return
    }
  }
  const code = token.type === 'code' ? codeOf(source) : null
  blocks.push({ start, source, code, plain: code === null && (cut || flattened(source) !== source) })
}

/** A code block whose end lies beyond what was read: up to its closing fence, or the end of the text. */
function wholeCode(source: string, start: number, raw: string): string {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1]
  if (fence === undefined) return raw
  const close = new RegExp(`\\n {0,3}${fence[0] === '~' ? '~' : '`'}{${fence.length},} *(?=\\n|$)`, 'g')
  close.lastIndex = start
  const found = close.exec(source)
  return found === null ? source.slice(start) : source.slice(start, close.lastIndex)
}

function codeOf(source: string): MarkdownBlock['code'] {
  const fence = /^ {0,3}(`{3,}|~{3,})([^\n]*)(?:\n|$)/.exec(source)
  if (fence === null) return { text: source.replaceAll(/^(?: {4}| {0,3}\t)/gm, '').trimEnd(), language: '' }
  const [token] = new Lexer(options).blockTokens(source)
  return {
    text: token?.type === 'code' ? (token['text'] as string) : source,
    language: fence[2]?.trim().split(/[\s,{]/)[0] ?? '',
  }
}

function definitionsOf(blocks: readonly MarkdownBlock[], from: number, to: number): string {
  let definitions = ''
  for (let index = from; index < to; index++) {
    const block = blocks[index]
    if (block !== undefined && /^ {0,3}\[[^\]\n]+\]:/.test(block.source))
      definitions += `${block.source.trim()}\n`
  }
  return definitions
}
