import { PanelLeftOpen } from 'lucide-react'
import { useFrameLayout } from '../../app/frame-layout'
import { shortcutText } from '../../app/keymap'
import { togglePanel } from '../../app/panels'
import { IconButton } from '../../ui/button'

/** Brings the sidebar back, where it is away. */
export function SidebarButton() {
  const { sidebar } = useFrameLayout(false)
  if (sidebar !== 'away') return null
  return (
    <IconButton label="Show sidebar" shortcut={shortcutText('B')} onClick={() => togglePanel('sidebar')}>
      <PanelLeftOpen className="size-16" />
    </IconButton>
  )
}
