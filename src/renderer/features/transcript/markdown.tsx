import { memo, useState } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { call } from '../../client/call'
import { CopyButton } from '../../ui/copy-button'
import { showError } from '../../ui/toast'
import { LongText } from './long-text'
import { emptyMarkdown, type MarkdownBlock, sourceWithDefinitions, splitMarkdown } from './markdown-blocks'

const plugins = [remarkGfm]

/** Schemes that main opens outside. Anything else is shown as the text it is. */
const openable = /^(https?|mailto):/i

async function openLink(url: string): Promise<void> {
  const result = await call('app.openExternal', { url })
  if (!result.ok) showError(result.error)
}

const components: Components = {
  a({ href, children }) {
    if (href === undefined || !openable.test(href)) return <span title={href}>{children}</span>
    return (
      <a
        href={href}
        title={href}
        onClick={(event) => {
          event.preventDefault()
          void openLink(href)
        }}
        onAuxClick={(event) => event.preventDefault()}
      >
        {children}
      </a>
    )
  },
  // Pictures from the network are not loaded: that would tell a stranger that the transcript was read.
  img({ src, alt }) {
    const url = typeof src === 'string' ? src : ''
    const name = alt === undefined || alt === '' ? url : alt
    if (!openable.test(url)) return <span>{name}</span>
    return (
      <a
        href={url}
        title={url}
        onClick={(event) => {
          event.preventDefault()
          void openLink(url)
        }}
      >
        {name}
      </a>
    )
  },
  pre({ children }) {
    return (
      <pre className="code-text mb-8 overflow-x-auto rounded-6 border border-line bg-surface-1 p-12">
        {children}
      </pre>
    )
  },
}

/** What an agent wrote. Blocks that can no longer change are drawn once. */
export function Markdown({ text }: { text: string }) {
  const [known, setKnown] = useState(emptyMarkdown)
  // Splitting goes on from what was split before; without more text it returns the same state.
  const state = splitMarkdown(known, text)
  if (state !== known) setKnown(state)
  return (
    <div className="prose" dir="auto">
      {state.blocks.map((block) => (
        <Block key={block.start} block={block} source={sourceWithDefinitions(block, state.definitions)} />
      ))}
    </div>
  )
}

const Block = memo(
  function Block({ block, source }: { block: MarkdownBlock; source: string }) {
    if (block.code !== null) return <CodeBlock text={block.code.text} language={block.code.language} />
    return (
      <div>
        <ReactMarkdown remarkPlugins={plugins} components={components}>
          {source}
        </ReactMarkdown>
      </div>
    )
  },
  (before, after) => before.source === after.source,
)

function CodeBlock({ text, language }: { text: string; language: string }) {
  return (
    <figure className="mb-8 overflow-hidden rounded-6 border border-line bg-surface-1" dir="ltr">
      <figcaption className="flex h-24 items-center justify-between ps-12 pe-2 text-11 text-text-faint">
        <span>{language}</span>
        <CopyButton label="Copy code" text={() => text} />
      </figcaption>
      <LongText text={text} look="plain" />
    </figure>
  )
}
