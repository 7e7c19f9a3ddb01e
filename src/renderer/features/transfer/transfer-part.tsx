import { useAppState } from '../../app/app-state'
import { useEntity } from '../../client/topics'
import { Button } from '../../ui/button'
import { Part } from '../settings/part'
import { askTransfer } from './transfer-state'

/** Ways out of this app, and into it. */
export function TransferPart() {
  const organizationId = useAppState()?.organizationId
  const organization = useEntity('app', null, 'organization', organizationId ?? '')
  if (organizationId === undefined || organization === undefined) return null
  const title = organization.github?.login ?? organization.name
  return (
    <Part title="Export and import">
      <p className="text-text-muted">
        Sessions can be exported as a web page, as Markdown or as JSON; an archive holds everything of {title}{' '}
        in one file.
      </p>
      <div className="flex flex-wrap gap-8">
        <Button size="small" onClick={() => askTransfer({ kind: 'choose', organizationId })}>
          Export tasks
        </Button>
        <Button size="small" onClick={() => askTransfer({ kind: 'archive', organizationId, title })}>
          Export the archive
        </Button>
        <Button size="small" onClick={() => askTransfer({ kind: 'import_archive' })}>
          Import an archive
        </Button>
        <Button size="small" onClick={() => askTransfer({ kind: 'import_sessions' })}>
          Import earlier sessions
        </Button>
      </div>
    </Part>
  )
}
