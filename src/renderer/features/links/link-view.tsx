import { type KnownLink, formatDeepLink } from '@shared/deep-link'
import { Fact } from '../accounts/account-facts'
import { type LinkElsewhere, openStart } from '../../app/workspace'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { ViewFrame } from '../task/view-frame'
import { PullRequestLink } from './pull-request-link'

/** What a link names, while it is not on this computer, with the one step that would bring it. */
export function LinkView({ link }: { link: LinkElsewhere }) {
  return (
    <ViewFrame title={link.type === 'pull_request' ? 'Pull request' : 'Task'} onClose={openStart}>
      {link.type === 'pull_request' ? <PullRequestLink link={link} /> : <MissingTask link={link} />}
    </ViewFrame>
  )
}

function MissingTask({ link }: { link: Extract<KnownLink, { type: 'task' | 'file' }> }) {
  return (
    <>
      <h2 className="text-16 font-semibold">This task is not on this computer</h2>
      <p className="text-14 text-text-muted">
        Tasks live where they were created. This one was made on another computer, or it was deleted here.
      </p>
      <dl className="flex flex-col gap-4 text-12" data-selectable>
        <Fact name="Task">
          <code className="code-text break-all">{link.taskId}</code>
        </Fact>
        {link.type === 'task' && link.sessionId !== undefined && (
          <Fact name="Session">
            <code className="code-text break-all">{link.sessionId}</code>
          </Fact>
        )}
        {link.type === 'task' && link.turnId !== undefined && (
          <Fact name="Turn">
            <code className="code-text break-all">{link.turnId}</code>
          </Fact>
        )}
        {link.type === 'file' && (
          <Fact name="File">
            <code className="code-text break-all">{link.path}</code>
            {link.line !== undefined && `, line ${link.line}`}
          </Fact>
        )}
      </dl>
      <div className="flex flex-wrap gap-6">
        <Button tone="accent" onClick={openStart}>
          Back to the list
        </Button>
        <CopyTextButton label="Copy link" text={() => formatDeepLink(link)} />
      </div>
    </>
  )
}
