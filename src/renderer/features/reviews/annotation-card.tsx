import type { CheckAnnotation } from '@shared/reviews'
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { withUnseen } from '../transcript/text-guard'

const icons = { notice: Info, warning: CircleAlert, failure: TriangleAlert } as const
const tones = { notice: 'text-info', warning: 'text-warning', failure: 'text-danger' } as const
const words = { notice: 'Notice', warning: 'Warning', failure: 'Failure' } as const

/** What a check says about lines, at these lines. */
export function AnnotationCard({ annotation }: { annotation: CheckAnnotation }) {
  const { check, level, startLine, endLine, title, message } = annotation
  const Icon = icons[level]
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine} to ${endLine}`
  return (
    <article
      aria-label={`${words[level]} of ${check} on ${lines}`}
      className="m-8 flex max-w-column min-w-0 items-start gap-8 rounded-6 border border-line bg-surface-2 p-8 font-sans text-13 text-text"
    >
      <Icon aria-hidden className={`mt-2 size-16 shrink-0 ${tones[level]}`} />
      <div className="flex min-w-0 flex-1 flex-col gap-2" data-selectable>
        <p className="text-12 text-text-muted">
          {words[level]} of <bdi>{check}</bdi>
          {title !== null && <span className="text-text">, {withUnseen(title)}</span>}
        </p>
        <p className="break-words whitespace-pre-wrap">{withUnseen(message)}</p>
      </div>
    </article>
  )
}
