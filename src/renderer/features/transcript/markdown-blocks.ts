import { Lexer, type Token } from 'marked'

/** One top-level block of a message, as it stands in the text. */
export interface MarkdownBlock {
  /** Where it begins in the text: its identity while the message grows. */
  readonly start: number
  readonly source: string
  /** A fenced or indented code block is drawn as it is, without a second parse. */
  readonly code: { readonly text: string; readonly language: string } | null
}

export interface MarkdownState {
  readonly text: string
  readonly blocks: readonly MarkdownBlock[]
  /** How many blocks at the start can no longer change, whatever is appended. */
  readonly frozen: number
  /** Link definitions found so far; blocks that use references are given them. */
  readonly definitions: string
}

export const emptyMarkdown: MarkdownState = { text: '', blocks: [], frozen: 0, definitions: '' }

const options = { gfm: true }

/**
 * Splits a growing text into top-level blocks. Only what follows the frozen blocks is read again, so a chunk
 * costs as much as the block it lands in. The result is that of splitting the whole text at once.
 */
export function splitMarkdown(previous: MarkdownState, text: string): MarkdownState {
  if (text === previous.text) return previous
  // Carriage returns and tabs change how the lexer counts, so a message that holds them is read whole.
  const grows = text.startsWith(previous.text) && !text.includes('\r')
  const kept = grows ? previous.blocks.slice(0, previous.frozen) : []
  const lastKept = kept.at(-1)
  const from = lastKept === undefined ? 0 : lastKept.start + lastKept.source.length
  const source = text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text
  const blocks = [...kept]
  let definitions = grows ? definitionsOf(kept) : ''
  let offset = from
  for (const token of new Lexer(options).blockTokens(source.slice(from))) {
    // The lexer rewrites blanks in what it returns, at the same length: the text itself is the source.
    const raw = source.slice(offset, offset + token.raw.length)
    if (token.type === 'space') {
      // Blank lines belong to the block before them; at the start they stand alone and show nothing.
      const last = blocks.at(-1)
      if (last !== undefined && blocks.length > kept.length) {
        blocks[blocks.length - 1] = { ...last, source: last.source + raw }
      } else blocks.push({ start: offset, source: raw, code: null })
    } else {
      if (token.type === 'def') definitions += `${raw.trim()}\n`
      blocks.push({ start: offset, source: raw, code: codeOf(token) })
    }
    offset += raw.length
  }
  // The last block can always grow, and the one before it can still be joined by it (lists, quotes, tables).
  const frozen = Math.max(kept.length, blocks.length - 2)
  return { text, blocks, frozen, definitions }
}

/** The text to draw a block from: references need the definitions that stand elsewhere in the message. */
export function sourceWithDefinitions(block: MarkdownBlock, definitions: string): string {
  return definitions !== '' && block.source.includes('[') ? `${block.source}\n\n${definitions}` : block.source
}

function codeOf(token: Token): MarkdownBlock['code'] {
  if (token.type !== 'code') return null
  return {
    text: token['text'] as string,
    language: ((token['lang'] as string | undefined) ?? '').split(/\s/)[0] ?? '',
  }
}

function definitionsOf(blocks: readonly MarkdownBlock[]): string {
  let definitions = ''
  for (const block of blocks) {
    if (/^ {0,3}\[[^\]\n]+\]:/.test(block.source)) definitions += `${block.source.trim()}\n`
  }
  return definitions
}
