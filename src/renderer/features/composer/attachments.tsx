import type { Attachment } from '@shared/domain'
import { FileText, Image as ImageIcon, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { IconButton } from '../../ui/button'
import { bytesText } from '../../ui/time'

const isImage = ({ mimeType }: Attachment): boolean =>
  /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/.test(mimeType)

/** Files that go, or went, with a prompt; those of a draft can be taken off. */
export function Attachments({
  attachments,
  onRemove,
  onUnfold,
}: {
  attachments: readonly Attachment[]
  onRemove?: (attachment: Attachment) => void
  /** Puts the text of a file where the caret is, instead of the file. */
  onUnfold?: (attachment: Attachment) => void
}) {
  if (attachments.length === 0) return null
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-6">
      {attachments.map((attachment) => (
        <li
          key={attachment.id}
          className="flex max-w-full min-w-0 items-center gap-6 rounded-6 border border-line bg-surface-0 p-4 text-12"
        >
          <Preview attachment={attachment} />
          <span className="min-w-0">
            <span className="block truncate" dir="auto" title={attachment.name}>
              {attachment.name}
            </span>
            <span className="block text-11 text-text-faint">{bytesText(attachment.bytes)}</span>
          </span>
          {onUnfold !== undefined && attachment.mimeType === 'text/plain' && (
            <IconButton label={`Put ${attachment.name} back as text`} onClick={() => onUnfold(attachment)}>
              <FileText className="size-12" />
            </IconButton>
          )}
          {onRemove !== undefined && (
            <IconButton label={`Remove ${attachment.name}`} onClick={() => onRemove(attachment)}>
              <X className="size-12" />
            </IconButton>
          )}
        </li>
      ))}
    </ul>
  )
}

function Preview({ attachment }: { attachment: Attachment }) {
  const [url, setUrl] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const shown = isImage(attachment)
  const { id, mimeType } = attachment
  useEffect(() => {
    if (!shown) return
    let made: string | null = null
    let current = true
    void call('session.attachment', { attachmentId: id }).then((result) => {
      if (!current) return
      if (!result.ok) return setProblem(result.error.message)
      made = URL.createObjectURL(new Blob([result.value], { type: mimeType }))
      setUrl(made)
    })
    return () => {
      current = false
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [id, mimeType, shown])
  if (url !== null) return <img src={url} alt="" className="size-32 shrink-0 rounded-4 object-cover" />
  const Icon = shown ? ImageIcon : FileText
  if (problem !== null)
    return (
      <span className="flex max-w-column items-center gap-6 text-11 text-text-muted">
        <ImageIcon aria-hidden className="size-16 shrink-0" />
        {problem}
      </span>
    )
  return <Icon aria-hidden className="size-16 shrink-0 text-text-muted" />
}
