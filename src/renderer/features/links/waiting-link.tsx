import { keepLink, useWorkspace } from '../../app/workspace'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import { followLink } from './follow-link'
import { linkText } from './link-text'

/** Over the window: a link that somebody wanted to follow, and that had to wait for a sign-in. */
export function WaitingLink() {
  const link = useWorkspace((state) => state.waitingLink)
  const view = useWorkspace((state) => state.view.type)
  if (link === null || view === 'link') return null
  return (
    <section aria-label="Link that waits" className="border-b border-line p-8">
      <Notice
        actions={
          <>
            <Button
              size="small"
              onClick={() => {
                keepLink(null)
                void followLink(link)
              }}
            >
              Open it
            </Button>
            <Button size="small" onClick={() => keepLink(null)}>
              Dismiss
            </Button>
          </>
        }
      >
        You followed a link to {linkText(link)}.
      </Notice>
    </section>
  )
}
