import type { Comparison, FileVersions } from '@shared/changes'
import type { FileChange } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { useEffect, useMemo, useState } from 'react'
import { call } from '../../client/call'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { bytesText } from '../../ui/time'
import { imageType } from '@shared/image-type'

/** A picture before and after a change, side by side. */
export function ImageDialog({
  taskId,
  comparison,
  file,
  onClose,
}: {
  taskId: TaskId
  comparison: Comparison
  file: FileChange
  onClose: () => void
}) {
  const [versions, setVersions] = useState<FileVersions | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  useEffect(() => {
    let current = true
    const { path, oldPath } = file
    void call('task.fileVersions', { taskId, comparison, path, oldPath }).then((result) => {
      if (!current) return
      if (result.ok) setVersions(result.value)
      else setError(result.error)
    })
    return () => {
      current = false
    }
  }, [taskId, comparison, file])
  const type = imageType(file.path) ?? 'image/png'
  return (
    <Dialog open onClose={onClose} size="wide" title={file.path}>
      {error !== null ? (
        <ErrorNotice error={error} />
      ) : versions === null ? (
        <Waiting>Reading the picture</Waiting>
      ) : (
        <div className="grid grid-cols-2 gap-12">
          <Version label="Before" bytes={versions.before} type={type} />
          <Version label="After" bytes={versions.after} type={type} />
        </div>
      )}
    </Dialog>
  )
}

function Version({
  label,
  bytes,
  type,
}: {
  label: string
  bytes: Uint8Array<ArrayBuffer> | null
  type: string
}) {
  const [size, setSize] = useState<string | null>(null)
  const url = useMemo(
    () => (bytes === null ? null : URL.createObjectURL(new Blob([bytes], { type }))),
    [bytes, type],
  )
  useEffect(() => () => (url === null ? undefined : URL.revokeObjectURL(url)), [url])
  return (
    <figure className="flex min-w-0 flex-col gap-6">
      <figcaption className="text-12 text-text-muted">
        {label}
        {bytes !== null && `, ${bytesText(bytes.length)}`}
        {size !== null && `, ${size}`}
      </figcaption>
      <div className="flex min-h-output items-center justify-center overflow-hidden rounded-6 border border-line bg-surface-0 p-8">
        {bytes === null ? (
          <span className="text-text-faint">
            {label === 'Before' ? 'It was not there.' : 'It is gone, or too large to show.'}
          </span>
        ) : (
          url !== null && (
            <img
              src={url}
              alt={`${label} the change`}
              className="max-h-output max-w-full object-contain"
              onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
                setSize(`${naturalWidth} × ${naturalHeight}`)
              }
            />
          )
        )}
      </div>
    </figure>
  )
}
