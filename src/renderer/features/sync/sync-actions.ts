import type { OrganizationId } from '@shared/ids'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'

/** Asks for a sync; a failure to start one is shown, what comes of it is in the topic. */
export async function syncNow(organizationId: OrganizationId): Promise<void> {
  const result = await call('organization.sync', { organizationId })
  if (!result.ok) showError(result.error)
}

export async function cancelSync(organizationId: OrganizationId): Promise<void> {
  const result = await call('organization.cancelSync', { organizationId })
  if (!result.ok) showError(result.error)
}
