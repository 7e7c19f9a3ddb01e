import type { RepositoryState } from '@shared/domain'
import { Switch } from '../../ui/field'
import { Notice } from '../../ui/notice'

/** What a person should know about their folder before a task starts from it. */
export function RepositoryNotes({
  state,
  include,
  onInclude,
}: {
  state: RepositoryState
  include: boolean
  onInclude: (include: boolean) => void
}) {
  const files = state.uncommittedFiles
  return (
    <div className="flex flex-col gap-8 empty:hidden">
      {state.empty && (
        <Notice tone="warning">
          This repository has no commit yet, so there is nothing to branch from. Make a first commit in your
          folder, then come back.
        </Notice>
      )}
      {state.detached && (
        <Notice>
          Your folder is not on a branch (detached HEAD
          {state.headCommit === null ? '' : ` at ${state.headCommit.slice(0, 8)}`}). The task starts from that
          commit unless you choose a branch below.
        </Notice>
      )}
      {files > 0 && (
        <div className="flex flex-col gap-8 rounded-6 border border-line p-8">
          <p>
            {files} uncommitted {files === 1 ? 'file' : 'files'} in your folder {files === 1 ? 'is' : 'are'}{' '}
            not part of the task.
          </p>
          <Switch
            label={`Include ${files === 1 ? 'it' : 'them'}`}
            hint="They are copied into the task’s checkout. Your folder stays as it is."
            checked={include}
            onChange={onInclude}
          />
        </div>
      )}
      {state.hasSubmodules && (
        <Notice>
          This repository has submodules. They are checked out when their own origin can be reached without a
          password.
        </Notice>
      )}
      {state.usesLfs && !state.lfsInstalled && (
        <Notice tone="warning">
          This repository keeps files in Git LFS, which is not installed on this computer. The agent would see
          short pointer files instead. Install git-lfs first if it needs them.
        </Notice>
      )}
      {state.identity === null && (
        <Notice>
          Git does not know your name and e-mail here. You will be asked for them at the first commit.
        </Notice>
      )}
    </div>
  )
}
