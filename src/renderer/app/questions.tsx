import { RestoreQuestion } from '../features/data/restore-question'
import { DeleteQuestion } from '../features/lifecycle/delete-question'
import { PruneQuestion } from '../features/lifecycle/prune-question'
import { LeaveQuestion } from '../features/organizations/leave'
import { PackQuestion } from '../features/packs/pack-question'

/** The questions that can be asked wherever a person is, each shown while its store says so. */
export function Questions() {
  return (
    <>
      <LeaveQuestion />
      <DeleteQuestion />
      <PruneQuestion />
      <PackQuestion />
      <RestoreQuestion />
    </>
  )
}
