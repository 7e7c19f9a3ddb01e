import type { Organization } from '@shared/domain'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { showToast } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import { useSync } from '../sync/use-sync'
import { shortName } from './organization-text'
import { DataQuestion, type DataChoice } from './data-question'
import { useLeaving } from './leave-state'
import { useOrganization } from './use-organizations'

export function LeaveQuestion() {
  const organizationId = useLeaving((state) => state.organizationId)
  const organization = useOrganization(organizationId ?? undefined)
  return organization === undefined ? null : <Question key={organization.id} organization={organization} />
}

function Question({ organization }: { organization: Organization }) {
  const leaving = useCall<boolean>()
  const counts = useSync(organization.id)?.counts
  const left = organization.github !== null && organization.github.leftAt !== null
  const close = () => useLeaving.setState({ organizationId: null })
  const leave = async (data: DataChoice) => {
    const done = await leaving.run(async () => {
      const result = await call('organization.leave', { organizationId: organization.id, data })
      return result.ok ? { ok: true, value: true } : result
    })
    if (done === null) return
    close()
    showToast(
      left ? `What was kept of ${organization.name} is gone` : `You left ${organization.name}`,
      data === 'keep'
        ? 'What was read stays readable from the list of organizations.'
        : 'What was read is deleted.',
    )
  }
  const what =
    counts === undefined
      ? 'Its repositories, members and pull requests'
      : `Its ${counted(counts.repositories, 'repository', 'repositories')}, ${counted(counts.members, 'member', 'members')} and all of its pull requests, ${counted(counts.openPullRequests, 'open one', 'open ones')} among them,`
  return (
    <DataQuestion
      title={
        left
          ? `Delete what was kept of ${shortName(organization.name)}`
          : `Leave ${shortName(organization.name)}`
      }
      description={
        left
          ? 'You left it before. Nothing changes on GitHub, and folders on this computer are not touched.'
          : 'Foundry stops syncing it. Nothing changes on GitHub, and folders on this computer are not touched.'
      }
      keep={left ? null : 'It stays readable without a network, and can be added again.'}
      remove={`${what} are deleted from this computer. On GitHub they stay. It is refused while tasks here belong to it.`}
      confirm={{ keep: 'Leave', delete: left ? 'Delete' : 'Leave and delete' }}
      busy={leaving.busy}
      error={leaving.error}
      onConfirm={(data) => void leave(data)}
      onClose={close}
    />
  )
}
