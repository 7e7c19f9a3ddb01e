import { useContext } from 'react'
import { openFile } from '../files/files-state'
import { withinCheckout } from '../terminal/file-links'
import { Checkout, useShownPath } from './checkout-path'
import { withUnseen } from './text-guard'

/** A path that an agent named; one of the checkout opens there, at its line. */
export function PathLink({ path, line = null }: { path: string; line?: number | null }) {
  const checkout = useContext(Checkout)
  const shown = withUnseen(useShownPath(path))
  const text = line === null ? shown : `${shown}:${line}`
  const within =
    checkout === null || checkout.directory === '' ? null : withinCheckout(path, checkout.directory)
  if (checkout === null || within === null) return <>{text}</>
  return (
    <button
      type="button"
      title={`Open ${text}`}
      onClick={() => openFile(checkout.taskId, within, { line, keep: true })}
      className="max-w-full truncate rounded-4 text-start align-bottom underline-offset-2 hover:text-text hover:underline"
    >
      {text}
    </button>
  )
}
