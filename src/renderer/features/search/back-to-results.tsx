import { ArrowLeft, X } from 'lucide-react'
import { useEffect } from 'react'
import { backText } from '../../app/keymap'
import { openSearch, useWorkspace } from '../../app/workspace'
import { Button, IconButton } from '../../ui/button'
import { useSearch } from './search-state'

/** Leads from a place that was found back to the results, as they were left. */
export function BackToResults() {
  const text = useSearch((state) => state.text)
  useEffect(() => {
    // The button of a mouse that means "back".
    const button = (event: MouseEvent) => {
      if (event.button === 3) openSearch()
    }
    window.addEventListener('mouseup', button)
    return () => window.removeEventListener('mouseup', button)
  }, [])
  return (
    <nav
      aria-label="Search"
      className="flex h-row shrink-0 items-center gap-8 border-b border-line bg-surface-1 px-12"
    >
      <Button
        size="small"
        tone="quiet"
        icon={<ArrowLeft className="size-12" />}
        title={backText()}
        onClick={openSearch}
      >
        Back to results
      </Button>
      <bdi className="min-w-0 flex-1 truncate text-12 text-text-faint">{text.trim()}</bdi>
      <IconButton label="Stay here" onClick={() => useWorkspace.setState({ backToSearch: false })}>
        <X className="size-12" />
      </IconButton>
    </nav>
  )
}
