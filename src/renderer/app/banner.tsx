import { useState } from 'react'
import { Button } from '../ui/button'
import { CopyTextButton } from '../ui/copy-button'
import { Notice } from '../ui/notice'
import { useAppState } from './app-state'

/** Says, once a run, that the last run did not end properly and what was found. */
export function UncleanExitBanner() {
  const found = useAppState()?.uncleanExit ?? null
  const [dismissed, setDismissed] = useState<string | null>(null)
  if (found === null || found === dismissed) return null
  return (
    <div className="border-b border-line p-8">
      <Notice
        tone="warning"
        actions={
          <>
            <CopyTextButton label="Copy" text={() => found} />
            <Button size="small" onClick={() => setDismissed(found)}>
              Dismiss
            </Button>
          </>
        }
      >
        <span className="font-medium">The last run did not end properly.</span> {found}
      </Notice>
    </div>
  )
}
