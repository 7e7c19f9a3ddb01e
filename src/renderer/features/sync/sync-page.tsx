import type { Organization } from '@shared/domain'
import { useAccountOf, useAccounts } from '../accounts/use-accounts'
import { blockedReason } from '../organizations/organization-text'
import { useOrganizations } from '../organizations/use-organizations'
import { Part } from '../settings/part'
import { Budgets, SyncDetails } from './sync-details'
import { useSync } from './use-sync'

/** The sync of every organization, and what each account may still ask GitHub. */
export function SyncPage() {
  const organizations = useOrganizations().filter((one) => one.github !== null && one.github.leftAt === null)
  const accounts = useAccounts()
  return (
    <>
      {organizations.length === 0 && (
        <p className="py-16 text-text-muted">
          Nothing is synced. Organizations that you bring local are listed here.
        </p>
      )}
      {organizations.map((organization) => (
        <OrganizationSync key={organization.id} organization={organization} />
      ))}
      {accounts.map((account) => (
        <Part key={account.id} title={`${account.login} on ${account.host}`}>
          {account.budgets.length > 0 ? (
            <Budgets budgets={account.budgets} />
          ) : (
            <p className="text-12 text-text-faint">
              Nothing was asked in this run yet, so GitHub has not said what its limits are.
            </p>
          )}
        </Part>
      ))}
    </>
  )
}

function OrganizationSync({ organization }: { organization: Organization }) {
  const account = useAccountOf(organization)
  const sync = useSync(organization.id)
  return (
    <Part title={organization.name}>
      {sync === undefined ? (
        <p className="text-text-muted">Reading what is known.</p>
      ) : (
        <SyncDetails
          organizationId={organization.id}
          sync={sync}
          account={undefined}
          reason={blockedReason(organization, account)}
        />
      )}
    </Part>
  )
}
