import type { ErrorValue } from '@shared/errors'
import { type ReactNode, useRef, useState } from 'react'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { RadioChoice } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'

export type DataChoice = 'keep' | 'delete'

/**
 * Asks what becomes of what was read, before something stops being synced. Keeping it is what is chosen at first; where
 * it was kept before, only deleting is left.
 */
export function DataQuestion({
  title,
  description,
  keep,
  remove,
  confirm,
  busy,
  error,
  onConfirm,
  onClose,
}: {
  title: string
  description: ReactNode
  /** What keeping means; null where there is nothing to keep it from. */
  keep: ReactNode | null
  /** What deleting loses. */
  remove: ReactNode
  /** The words on the button, for each choice. */
  confirm: Record<DataChoice, string>
  busy: boolean
  error: ErrorValue | null
  onConfirm: (data: DataChoice) => void
  onClose: () => void
}) {
  const [data, setData] = useState<DataChoice>(keep === null ? 'delete' : 'keep')
  const cancel = useRef<HTMLButtonElement>(null)
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      initialFocus={cancel}
      footer={
        <>
          <Button ref={cancel} tone="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button tone={data === 'delete' ? 'danger' : 'plain'} busy={busy} onClick={() => onConfirm(data)}>
            {confirm[data]}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-16">
        <p className="break-words text-text-muted">{description}</p>
        {keep === null ? (
          <p className="break-words">{remove}</p>
        ) : (
          <RadioChoice
            label="What was read"
            value={data}
            choices={[
              { value: 'keep', label: 'Keep what was read', hint: keep },
              { value: 'delete', label: 'Delete what was read', hint: remove },
            ]}
            onChange={setData}
          />
        )}
        {error !== null && <ErrorNotice error={error} />}
      </div>
    </Dialog>
  )
}
