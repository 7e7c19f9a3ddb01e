import type { Token, Tokens } from 'marked'
import { Image } from 'lucide-react'
import { Fragment, memo, type ReactNode, useMemo, useState } from 'react'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'
import { fileLinks } from '../terminal/file-links'
import { CodeBlock } from './code-block'
import { LongText } from './long-text'
import { MathFormula } from './math'
import type { MathToken } from './math-source'
import {
  emptyMarkdown,
  type MarkdownBlock,
  readBlock,
  sourceWithDefinitions,
  splitMarkdown,
} from './markdown-blocks'
import { PathLink } from './path-link'
import { withCharacters, withoutTurns } from './text-guard'

/** Schemes that main opens outside. Anything else is shown as the text it is. */
const openable = /^(https?|mailto):/i
/** Pictures that are in the text itself. Of all kinds that can be drawn, none of these can run anything. */
const drawable = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/
const pictureLimit = 4_000_000
/** Deeper than this, what is inside is shown as text. */
const depthLimit = 64

/** What an agent wrote. Blocks that can no longer change are drawn once. */
export function Markdown({ text }: { text: string }) {
  const [known, setKnown] = useState(emptyMarkdown)
  // Splitting goes on from what was split before; without more text it returns the same state.
  const state = splitMarkdown(known, text)
  if (state !== known) setKnown(state)
  return <MarkdownBlocks blocks={state.blocks} definitions={state.definitions} />
}

export function MarkdownBlocks({
  blocks,
  definitions,
}: {
  blocks: readonly MarkdownBlock[]
  definitions: string
}) {
  return (
    <div className="prose" dir="auto">
      {blocks.map((block) => (
        <Block key={block.start} block={block} source={sourceWithDefinitions(block, definitions)} />
      ))}
    </div>
  )
}

const Block = memo(
  function Block({ block, source }: { block: MarkdownBlock; source: string }) {
    const tokens = useMemo(
      () => (block.code === null && !block.plain ? readBlock(source) : null),
      [block, source],
    )
    if (block.code !== null) return <CodeBlock text={block.code.text} language={block.code.language} />
    if (tokens === null) return <LongText text={block.source} look="prose" />
    return <div>{blocksOf(tokens, 0)}</div>
  },
  (before, after) => before.source === after.source && before.block.plain === after.block.plain,
)

function blocksOf(tokens: readonly Token[], depth: number): ReactNode {
  if (depth > depthLimit) return tokens.map((token) => token.raw).join('')
  // Blocks of one source have no other identity than their order.
  return tokens.map((token, index) => blockOf(token as BlockToken, depth, index))
}

type BlockToken =
  | Tokens.Heading
  | Tokens.Paragraph
  | Tokens.Text
  | Tokens.List
  | Tokens.Blockquote
  | Tokens.Table
  | Tokens.Code
  | Tokens.HTML
  | Tokens.Hr
  | Tokens.Space
  | Tokens.Def
  | Tokens.Checkbox

function blockOf(token: BlockToken, depth: number, key: number): ReactNode {
  switch (token.type) {
    case 'heading': {
      const Heading = (['h1', 'h2', 'h3', 'h4', 'h5', 'h6'] as const)[token.depth - 1] ?? 'h6'
      return <Heading key={key}>{textsOf(token.tokens, depth)}</Heading>
    }
    case 'paragraph':
      return <p key={key}>{textsOf(token.tokens, depth)}</p>
    case 'text':
      return token.tokens === undefined ? (
        textOf(token.text)
      ) : (
        <Fragment key={key}>{textsOf(token.tokens, depth)}</Fragment>
      )
    case 'checkbox':
      return <TaskBox key={key} checked={token.checked} />
    case 'list':
      return listOf(token, depth, key)
    case 'blockquote':
      return <blockquote key={key}>{blocksOf(token.tokens, depth + 1)}</blockquote>
    case 'table':
      return tableOf(token, depth, key)
    case 'code':
      return <CodeBlock key={key} text={token.text} language={token.lang?.split(/\s/)[0] ?? ''} />
    case 'hr':
      return <hr key={key} />
    // Nothing of HTML is ever more than its own text.
    case 'html':
      return (
        <p key={key} className="whitespace-pre-wrap">
          {withoutTurns(token.raw.trimEnd())}
        </p>
      )
    case 'space':
    case 'def':
      return null
  }
}

function listOf(token: Tokens.List, depth: number, key: number): ReactNode {
  const items = token.items.map((item, index) => <li key={index}>{blocksOf(item.tokens, depth + 1)}</li>)
  return token.ordered ? (
    <ol key={key} start={Number(token.start)}>
      {items}
    </ol>
  ) : (
    <ul key={key}>{items}</ul>
  )
}

function TaskBox({ checked }: { checked: boolean }) {
  return <input type="checkbox" checked={checked} readOnly disabled aria-label={checked ? 'Done' : 'To do'} />
}

const aligned = { left: 'text-left', right: 'text-right', center: 'text-center' }

function tableOf(token: Tokens.Table, depth: number, key: number): ReactNode {
  const cell = (one: Tokens.TableCell, index: number) => {
    const Cell = one.header ? 'th' : 'td'
    return (
      <Cell key={index} className={one.align === null ? undefined : aligned[one.align]}>
        {textsOf(one.tokens, depth)}
      </Cell>
    )
  }
  return (
    <table key={key}>
      <thead>
        <tr>{token.header.map(cell)}</tr>
      </thead>
      <tbody>
        {token.rows.map((row, index) => (
          <tr key={index}>{row.map(cell)}</tr>
        ))}
      </tbody>
    </table>
  )
}

type InlineToken =
  | Tokens.Escape
  | Tokens.Tag
  | Tokens.Link
  | Tokens.Image
  | Tokens.Strong
  | Tokens.Em
  | Tokens.Codespan
  | Tokens.Br
  | Tokens.Del
  | Tokens.Text
  | Tokens.Checkbox
  | MathToken

function textsOf(tokens: readonly Token[], depth: number): ReactNode {
  if (depth > depthLimit) return tokens.map((token) => token.raw).join('')
  return tokens.map((token, index) => inlineOf(token as InlineToken, depth + 1, index))
}

function inlineOf(token: InlineToken, depth: number, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{textsOf(token.tokens, depth)}</strong>
    case 'em':
      return <em key={key}>{textsOf(token.tokens, depth)}</em>
    case 'del':
      return <del key={key}>{textsOf(token.tokens, depth)}</del>
    case 'codespan':
      return <InlineCode key={key} text={token.text} />
    case 'br':
      return <br key={key} />
    case 'link':
      return (
        <Link key={key} href={token.href}>
          {textsOf(token.tokens, depth)}
        </Link>
      )
    case 'image':
      return <Picture key={key} src={token.href} alt={token.text} />
    case 'checkbox':
      return <TaskBox key={key} checked={token.checked} />
    case 'math':
      return <MathFormula key={key} tex={token.tex} display={token.display} />
    case 'html':
      return withoutTurns(token.raw)
    case 'escape':
      return token.text
    case 'text':
      return textOf(token.text)
  }
}

function textOf(text: string): string {
  return withoutTurns(withCharacters(text))
}

async function openLink(url: string): Promise<void> {
  const result = await call('app.openExternal', { url })
  if (!result.ok) showError(result.error)
}

function Link({ href, children }: { href: string; children: ReactNode }) {
  if (!openable.test(href)) return <span title={withoutTurns(href)}>{children}</span>
  return (
    <a
      href={href}
      title={withoutTurns(href)}
      onClick={(event) => {
        event.preventDefault()
        void openLink(href)
      }}
      onAuxClick={(event) => event.preventDefault()}
    >
      {children}
    </a>
  )
}

/**
 * Pictures from the network are not loaded: that would tell a stranger that the transcript was read. They are named, with
 * where they are, and open in the browser of whoever wants to see them.
 */
function Picture({ src, alt }: { src: string; alt: string }) {
  if (src.length <= pictureLimit && drawable.test(src))
    return <img src={src} alt={alt} className="max-h-output max-w-full rounded-4" />
  const name = withoutTurns(alt === '' ? src.slice(0, 200) : alt)
  const host = /^https?:/i.test(src) && URL.canParse(src) ? new URL(src).host : null
  if (host === null) return openable.test(src) ? <Link href={src}>{name}</Link> : <span>{name}</span>
  return (
    <button
      type="button"
      title={`Opens ${withoutTurns(src.slice(0, 500))} in the browser`}
      onClick={() => void openLink(src)}
      className="inline-flex min-h-24 max-w-full items-center gap-6 rounded-6 border border-line bg-surface-2 px-8 text-12 hover:bg-surface-3"
    >
      <Image aria-hidden className="size-12 shrink-0" />
      <span className="min-w-0 break-words">
        Picture: <bdi>{name}</bdi> <span className="text-text-muted">on {host}</span>
      </span>
    </button>
  )
}

/** Code within a sentence; a file with a line, as agents name places, opens there. */
function InlineCode({ text }: { text: string }) {
  const [link] = text.length < 500 ? fileLinks(text) : []
  const isPlace = link !== undefined && link.start === 0 && link.end === text.length
  return <code>{isPlace ? <PathLink path={link.path} line={link.line} /> : withoutTurns(text)}</code>
}
