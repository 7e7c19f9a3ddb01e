import { CornerDownLeft } from 'lucide-react'
import { Button } from '../../ui/button'
import { followLink, linkIn } from '../links/follow-link'
import { linkText } from '../links/link-text'
import { setFilter, useSidebar } from './sidebar-state'

/** A link typed or pasted where tasks are looked for is something to open, not to look for. */
export function FilterLink() {
  const filter = useSidebar((state) => state.filter)
  const link = linkIn(filter)
  if (link === null) return null
  return (
    <div className="flex shrink-0 flex-col px-8 pb-6">
      <Button
        size="small"
        tone="accent"
        wide
        icon={<CornerDownLeft className="size-12" />}
        onClick={followFilter}
      >
        <span className="min-w-0 truncate">Open {linkText(link)}</span>
      </Button>
    </div>
  )
}

/** Follows the link in the filter, which is empty afterwards. False when there is none. */
export function followFilter(): boolean {
  const link = linkIn(useSidebar.getState().filter)
  if (link === null) return false
  setFilter('')
  void followLink(link)
  return true
}
