import type { Organization } from '@shared/domain'
import type { OrganizationId, SessionId, TaskId } from '@shared/ids'
import { useMemo } from 'react'
import { openStart, openTask, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { useEntities, useEntity } from '../../client/topics'
import { showError } from '../../ui/toast'
import { orderOrganizations } from './organization-text'

export function useOrganizations(): readonly Organization[] {
  const organizations = useEntities('app', null, 'organization')
  return useMemo(() => orderOrganizations(organizations.values()), [organizations])
}

export function useOrganization(organizationId: string | undefined): Organization | undefined {
  return useEntity('app', null, 'organization', organizationId ?? null)
}

/** Makes an organization the one the window shows. A view that belongs to another one gives way. */
export async function activateOrganization(organization: Pick<Organization, 'id' | 'github'>): Promise<void> {
  const result = await call('organization.activate', { organizationId: organization.id })
  if (!result.ok) {
    showError(result.error)
    return
  }
  const { view } = useWorkspace.getState()
  const lists = view.type === 'pull_requests' || view.type === 'repositories'
  if (!(lists && organization.github !== null) && view.type !== 'new_task') openStart()
}

/** Goes to an organization that another view spoke of, and to its start. */
export async function showOrganization(organizationId: OrganizationId): Promise<void> {
  const result = await call('organization.activate', { organizationId })
  if (result.ok) openStart()
  else showError(result.error)
}

/** Opens a session of a task, in whichever organization it is. */
export async function openAnywhere(target: {
  organizationId: OrganizationId
  taskId: TaskId
  sessionId: SessionId
}): Promise<void> {
  const result = await call('organization.activate', { organizationId: target.organizationId })
  if (result.ok) openTask(target.taskId, target.sessionId)
  else showError(result.error)
}
