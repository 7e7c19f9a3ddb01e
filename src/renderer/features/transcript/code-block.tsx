import { Workflow, WrapText } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { LightButton, LightCopyButton } from '../../ui/light-button'
import { LongText } from './long-text'

const Diagram = lazy(async () => ({ default: (await import('./diagram')).Diagram }))

/** Code as it was written: its language, copied with one press, its lines wrapped on request. */
export function CodeBlock({ text, language }: { text: string; language: string }) {
  const [wrapped, setWrapped] = useState(false)
  const [isDrawn, setDrawn] = useState(false)
  return (
    <figure
      className="mb-8 overflow-hidden rounded-6 border border-line bg-surface-1"
      dir="ltr"
      aria-label={language === '' ? 'Code' : `Code: ${language}`}
    >
      <figcaption className="flex h-24 items-center ps-12 pe-2 text-11 text-text-faint">
        <span className="min-w-0 flex-1 truncate">{language}</span>
        {language.toLowerCase() === 'mermaid' && (
          <LightButton label="Draw diagram" pressed={isDrawn} onClick={() => setDrawn(!isDrawn)}>
            <Workflow className="size-12" />
          </LightButton>
        )}
        <LightButton label="Wrap lines" pressed={wrapped} onClick={() => setWrapped(!wrapped)}>
          <WrapText className="size-12" />
        </LightButton>
        <LightCopyButton label="Copy code" text={() => text} />
      </figcaption>
      {isDrawn && (
        <Suspense fallback={null}>
          <Diagram text={text} />
        </Suspense>
      )}
      <LongText text={text} look="plain" wrapped={wrapped} language={language} />
    </figure>
  )
}
