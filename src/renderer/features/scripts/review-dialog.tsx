import type { TaskDetail } from '@shared/domain'
import { needsSetup } from '@shared/scripts'
import type { TaskScripts } from '@shared/scripts-schema'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice } from '../../ui/notice'
import { withUnseen } from '../transcript/text-guard'
import { CommandText, ScriptPart } from './script-text'

/** All that would run, in full, before any of it does. */
export function ReviewScripts({
  task,
  known,
  open,
  onClose,
  onAllowed,
}: {
  task: TaskDetail
  known: TaskScripts
  open: boolean
  onClose: () => void
  onAllowed: () => void
}) {
  const allowing = useCall()
  const { scripts, folder } = known
  const allow = async () => {
    const done = await allowing.run(() => call('scripts.allow', { taskId: task.id, hash: known.hash }))
    if (done === null) return
    onClose()
    onAllowed()
  }
  return (
    <Dialog
      open={open}
      onClose={onClose}
      size="wide"
      title="Scripts of the repository"
      description="These commands run in the checkout with your rights and your environment, as an agent’s commands do. Allow them only if you know what they do. When they change, Foundry asks again."
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="accent" busy={allowing.busy} onClick={() => void allow()}>
            {needsSetup(scripts) ? 'Allow and set up' : 'Allow'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        {allowing.error !== null && <ErrorNotice error={allowing.error} />}
        {scripts.setup !== undefined && (
          <ScriptPart
            title="Setup"
            hint={`Once after a checkout was made, before the agent begins. ${from(known, 'setup')}`}
          >
            <CommandText command={scripts.setup} />
          </ScriptPart>
        )}
        {Object.entries(scripts.run ?? {}).map(([name, command]) => (
          <ScriptPart key={name} title={name} hint={`When you start it. ${from(known, 'run')}`}>
            <CommandText command={command} />
          </ScriptPart>
        ))}
        {scripts.teardown !== undefined && (
          <ScriptPart
            title="Teardown"
            hint={`Before a checkout is removed, for at most a minute. ${from(known, 'teardown')}`}
          >
            <CommandText command={scripts.teardown} />
          </ScriptPart>
        )}
        {scripts.copy !== undefined && scripts.copy.length > 0 && (
          <ScriptPart
            title="Files to copy"
            hint={`${fromFolder(folder, 'copied from')} ${from(known, 'copy')}`}
          >
            <Paths paths={scripts.copy} />
          </ScriptPart>
        )}
        {scripts.link !== undefined && scripts.link.length > 0 && (
          <ScriptPart
            title="Files to link"
            hint={`${fromFolder(folder, 'linked to')} What is done to them in a task is done to yours. ${from(known, 'link')}`}
          >
            <Paths paths={scripts.link} />
          </ScriptPart>
        )}
      </div>
    </Dialog>
  )
}

export function from({ overridden }: TaskScripts, field: TaskScripts['overridden'][number]): string {
  return overridden.includes(field) ? 'Set by you.' : 'From the file in the repository.'
}

function fromFolder(folder: string | null, verb: string): string {
  return folder === null
    ? 'Left out: the repository has no folder on this computer.'
    : `They are ${verb} ${withUnseen(folder)}, once after a checkout was made.`
}

function Paths({ paths }: { paths: readonly string[] }) {
  return (
    <ul className="code-text flex flex-col gap-2 break-all" data-selectable>
      {paths.map((path) => (
        <li key={path}>{withUnseen(path)}</li>
      ))}
    </ul>
  )
}
