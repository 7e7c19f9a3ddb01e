import type { Repository } from '@shared/domain'
import { openRepository } from '../../app/open-repository'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import {
  dropLinkDraft,
  type LinkDraft,
  refuseLinkDraft,
  takeLinkDraft,
  useLinkOffer,
  useNewTaskDraft,
} from './new-task-draft'

/** Over the form: what in it somebody else wrote, or would like to. Nothing of it is done before a person says so. */
export function LinkNotice({ usable }: { usable: ReadonlyMap<string, Repository> }) {
  const { offered, before } = useLinkOffer()
  const link = useNewTaskDraft((draft) => draft.link)
  if (offered !== null) return <Offer offered={offered} />
  if (link === null) return null
  const missing = link.repositoryName !== null && !usable.has(link.repositoryId ?? '')
  return (
    <section aria-label="From a link" className="shrink-0 border-b border-line p-8">
      <Notice
        tone="warning"
        actions={
          <>
            {missing && (
              <Button size="small" onClick={() => void openRepository()}>
                Open repository
              </Button>
            )}
            <Button size="small" onClick={dropLinkDraft}>
              {before === null ? 'Empty the form' : 'Back to what you typed'}
            </Button>
          </>
        }
      >
        <span className="font-medium">A link filled in this form.</span> The agent will do what the prompt
        says: read it to its end before you create the task.
        {missing && (
          <>
            {' '}
            It is meant for <bdi className="break-all">{link.repositoryName}</bdi>, which is not among your
            repositories.
          </>
        )}
      </Notice>
    </section>
  )
}

function Offer({ offered }: { offered: LinkDraft }) {
  const { repositoryName } = offered.link
  return (
    <section aria-label="From a link" className="shrink-0 border-b border-line p-8">
      <Notice
        tone="warning"
        actions={
          <>
            <Button size="small" onClick={takeLinkDraft}>
              Use what the link says
            </Button>
            <Button size="small" onClick={refuseLinkDraft}>
              Keep what you typed
            </Button>
          </>
        }
      >
        <p className="font-medium">A link would fill in this form, in which you have begun something else.</p>
        <div
          className="mt-4 max-h-commit-max overflow-y-auto text-12 break-words whitespace-pre-wrap"
          dir="auto"
        >
          {[repositoryName, offered.title, offered.branch, offered.prompt]
            .filter((part) => part !== null && part !== '')
            .join('\n')}
        </div>
      </Notice>
    </section>
  )
}
