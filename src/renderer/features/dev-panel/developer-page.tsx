import type { Organization } from '@shared/domain'
import { useState } from 'react'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { showToast } from '../../ui/toast'
import { useAccountOf } from '../accounts/use-accounts'
import { blockedReason, shortName } from '../organizations/organization-text'
import { useOrganizations } from '../organizations/use-organizations'
import { Part } from '../settings/part'

/** Commands that no normal work needs. Each says what it does before it does it. */
export function DeveloperPage() {
  const organizations = useOrganizations().filter((one) => one.github !== null && one.github.leftAt === null)
  return (
    <>
      <SearchIndexPart />
      <Part title="Resync everything">
        <p className="text-text-muted">
          Reads every list of an organization to its end again, whatever is believed to be current. A sync
          does this by itself where it is needed. Nothing is deleted first; it can use up much of what GitHub
          answers in an hour.
        </p>
        {organizations.map((organization) => (
          <Resync key={organization.id} organization={organization} />
        ))}
        {organizations.length === 0 && <p className="text-text-faint">No organization is synced.</p>}
      </Part>
    </>
  )
}

function SearchIndexPart() {
  const index = useEntity('app', null, 'searchIndex', 'index')
  const rebuilding = useCall<boolean>()
  const building = index?.state === 'building'
  return (
    <Part title="Search index">
      <p className="text-text-muted">
        Makes the index of the search anew from what is stored. The search finds only a part meanwhile;
        nothing else waits for it, and nothing that is stored changes.
      </p>
      <div className="flex min-w-0 flex-wrap items-center gap-8">
        <Button
          size="small"
          busy={rebuilding.busy}
          reason={building ? 'It is being made already' : null}
          onClick={() =>
            void rebuilding.run(async () => {
              const result = await call('search.adminRebuildIndex')
              return result.ok ? { ok: true, value: true } : result
            })
          }
        >
          Rebuild search index
        </Button>
        {building && <span className="text-12">{Math.floor(index.progress * 100)} %</span>}
      </div>
      {rebuilding.error !== null && <ErrorNotice error={rebuilding.error} />}
    </Part>
  )
}

function Resync({ organization }: { organization: Organization }) {
  const account = useAccountOf(organization)
  const resyncing = useCall<boolean>()
  const [asking, setAsking] = useState(false)
  const resync = async () => {
    const started = await resyncing.run(async () => {
      const result = await call('organization.adminResync', { organizationId: organization.id })
      return result.ok ? { ok: true, value: true } : result
    })
    if (started === null) return
    setAsking(false)
    showToast(`Everything of ${organization.name} is being read again`)
  }
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <div className="flex min-w-0 flex-wrap items-center gap-8">
        <span className="min-w-0 flex-1 truncate" title={organization.name}>
          <bdi>{organization.name}</bdi>
        </span>
        {asking ? (
          <>
            <Button size="small" tone="danger" busy={resyncing.busy} onClick={() => void resync()}>
              Resync everything of {shortName(organization.name)}
            </Button>
            <Button size="small" tone="quiet" onClick={() => setAsking(false)}>
              Cancel
            </Button>
          </>
        ) : (
          <Button
            size="small"
            reason={blockedReason(organization, account)}
            aria-label={`Resync everything of ${organization.name}`}
            onClick={() => setAsking(true)}
          >
            Resync everything
          </Button>
        )}
      </div>
      {resyncing.error !== null && <ErrorNotice error={resyncing.error} />}
    </div>
  )
}
