import type { Sync } from '@shared/github'
import { CircleAlert, CloudOff, RefreshCw } from 'lucide-react'
import { useNow } from '../../ui/time'
import { ageLine } from './sync-text'

/** Over a list: that more is still arriving, or that what is shown is old, and how old. Nothing while all is well. */
export function AgeLine({ sync }: { sync: Sync | undefined }) {
  const now = useNow()
  const line = sync === undefined ? null : ageLine(sync, now)
  if (line === null) return null
  const Icon = line.kind === 'arriving' ? RefreshCw : line.kind === 'offline' ? CloudOff : CircleAlert
  return (
    <output className="flex min-h-24 shrink-0 items-center gap-6 border-b border-line bg-surface-1 px-12 py-2 text-12 text-text-muted">
      <Icon aria-hidden className="size-12 shrink-0" />
      <span className="min-w-0 break-words">{line.text}</span>
    </output>
  )
}
