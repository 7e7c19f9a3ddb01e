import { Lexer, type Token, type Tokens, type TokensList } from 'marked'
import { mathStart, mathTokenizer } from './math-source'
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
/** Formulas stand inside of blocks: they decide nothing about where these begin and end. */
const withMath = {
  ...options,
  extensions: {
    renderers: {},
    childTokens: {},
    inline: [mathTokenizer],
    startInline: [mathStart],
  },
}
/** A longer block is cut at the end of a line: what one chunk costs does not grow with the block it lands in. */
const usualLimit = 4000
/** A table loses its head when it is cut. */
const tableLimit = 24_000
/** So many times the limit is read at a time, so that what follows a block is known. */
const ahead = 3
/** Nobody reads more than this: what comes after it is text. */
const messageLimit = 256_000

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
  return new Lexer(withMath).lex(source)
}

function readBlocks(source: string, from: number, blocks: MarkdownBlock[]): void {
  const firstNew = blocks.length
  let limit = usualLimit
  for (let offset = from; offset < source.length;) {
    if (offset >= messageLimit) {
      offset = addText(blocks, source, offset)
      continue
    }
    const end = Math.min(source.length, offset + ahead * limit)
    const tokens = new Lexer(options).blockTokens(flattened(source.slice(offset, end)))
    const [first] = tokens
    if (first?.type === 'table' && limit === usualLimit && end < source.length) {
      limit = tableLimit
      continue
    }
    for (const token of tokens) {
      // The lexer rewrites blanks in what it returns, at the same length: the text itself is the source.
      let raw = source.slice(offset, offset + token.raw.length)
      const most = token.type === 'table' ? tableLimit : usualLimit
      let cut = false
      if (token.type === 'code') {
        // Nothing is cut off a code block: it ends where its fence does, however far that is.
        if (offset + raw.length === end && end < source.length) raw = wholeCode(source, offset, raw)
      } else if (raw.length > most) {
        const items = token.type === 'list' ? itemsWithin(token as Tokens.List, most) : 0
        const line = raw.lastIndexOf('\n', most - 1)
        raw = raw.slice(0, items > 0 ? items : line < most / 2 ? most : line + 1)
        cut = items === 0 && token.type !== 'table'
      } else if (end < source.length && offset + raw.length > end - limit) break
      add(blocks, firstNew, token, { start: offset, source: raw, cut })
      offset += raw.length
      if (raw.length !== token.raw.length) break
    }
    limit = usualLimit
  }
}

/** So much of a list as whole items of it fit; 0 when not even one does. */
function itemsWithin(list: Tokens.List, most: number): number {
  let length = 0
  for (const item of list.items) {
    if (length + item.raw.length > most) break
    length += item.raw.length
  }
  return length
}

/** A stretch of lines that are not read as markdown; where the next begins. */
function addText(blocks: MarkdownBlock[], source: string, start: number): number {
  const line = source.lastIndexOf('\n', start + usualLimit - 1)
  const end = line < start + usualLimit / 2 ? start + usualLimit : line + 1
  blocks.push({ start, source: source.slice(start, end), code: null, plain: true })
  return Math.min(end, source.length)
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
