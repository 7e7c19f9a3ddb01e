import { FoundryError } from '@shared/errors'
import type { RepositoryId } from '@shared/ids'
import type { GitHub } from './github'

/** What a number of a repository stands for. */
interface Numbered {
  what: string
  url: string
  title: string
  body: string
}

/** A pull request as the last sync left it, or else an issue as GitHub has it; null where it is neither, or not known. */
export async function readNumbered(
  { pullRequests, issues }: Pick<GitHub, 'pullRequests' | 'issues'>,
  repositoryId: RepositoryId,
  number: number,
): Promise<Numbered | null> {
  try {
    if (pullRequests.find(repositoryId, number) !== null) {
      const { url, title, body } = pullRequests.get(repositoryId, number)
      return { what: `Pull request #${number}`, url, title, body }
    }
    const { url, title, body } = await issues.get(repositoryId, number)
    return { what: `Issue #${number}`, url, title, body }
  } catch (error) {
    // No such issue, no network, or a folder that GitHub does not know.
    if (error instanceof FoundryError) return null
    throw error
  }
}
