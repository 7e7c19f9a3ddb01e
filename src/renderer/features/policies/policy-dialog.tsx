import { useEntity } from '../../client/topics'
import { Dialog } from '../../ui/dialog'
import { showPolicy, usePolicyDialog } from './policy-question'
import { RepositoryPolicyForm } from './repository-policy'

/** The permissions of a repository, from wherever somebody wants to see them. */
export function PolicyDialog({ organizationId }: { organizationId: string }) {
  const repositoryId = usePolicyDialog((state) => state.repositoryId)
  const repository = useEntity('organization', organizationId, 'repository', repositoryId ?? '')
  if (repositoryId === null) return null
  const name = repository?.github?.fullName ?? repository?.name ?? 'the repository'
  return (
    <Dialog open onClose={() => showPolicy(null)} title={`Permissions in ${name}`} size="wide">
      <RepositoryPolicyForm repositoryId={repositoryId} />
    </Dialog>
  )
}
