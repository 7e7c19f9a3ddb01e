import { conflictingBranch, freeBranchName, validateBranchName } from '@shared/branch-name'
import type { Contract, ParsedInputOf } from '@shared/contract'
import type { RepositoryId } from '@shared/ids'
import type { BranchPreview } from '@shared/tasks'
import { deriveBranch, deriveTitle } from '../task/naming'
import type { CreateTaskOptions } from './create-task'

/** What `createTask` would call the branch in each repository, before anything is made. */
export function previewBranch(
  options: Pick<CreateTaskOptions, 'branches' | 'branchNames' | 'projection'>,
  request: ParsedInputOf<Contract['task']['previewBranch']>,
): Promise<BranchPreview[]> {
  const typed = request.branch.trim()
  const title = request.title.trim() || deriveTitle(request.prompt)
  const look = async (repositoryId: RepositoryId): Promise<BranchPreview> => {
    const taken = await options.branches.recentlyTaken(repositoryId)
    const nothing = { repositoryId, problem: null, suggestion: null, taskId: null }
    if (typed === '')
      return {
        ...nothing,
        branch: options.branchNames() === 'random' ? null : deriveBranch(title, taken),
      }
    const problem = validateBranchName(typed)
    if (problem !== null) return { ...nothing, branch: typed, problem }
    const inTheWay = conflictingBranch(typed, taken)
    if (inTheWay === null) return { ...nothing, branch: typed }
    return {
      repositoryId,
      branch: typed,
      problem: `There is a branch ${inTheWay} already.`,
      suggestion: freeBranchName(typed, taken),
      taskId: (options.projection.onBranch(repositoryId, inTheWay)?.id ?? null) as BranchPreview['taskId'],
    }
  }
  return Promise.all(request.repositoryIds.map(look))
}
