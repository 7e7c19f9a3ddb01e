import type { Repository } from '@shared/domain'

/** A pull request or issue that somebody pasted the address of. */
export interface GitHubAddress {
  repositoryId: Repository['id']
  type: 'pull_request' | 'issue'
  number: number
}

const ADDRESS = /^(https?:\/\/[^\s/?#]+\/[\w.-]+\/[\w.-]+)\/(pull|issues)\/([1-9]\d{0,8})(?:[/?#]\S*)?$/i

/** Null for any other text, and for what is of no repository that is known here. */
export function githubAddress(
  text: string,
  repositories: Iterable<Pick<Repository, 'id' | 'github'>>,
): GitHubAddress | null {
  const [, url, kind, number] = ADDRESS.exec(text.trim()) ?? []
  if (url === undefined) return null
  const wanted = url.toLowerCase()
  for (const { id, github } of repositories)
    if (github !== null && github.url.toLowerCase() === wanted)
      return {
        repositoryId: id,
        type: kind?.toLowerCase() === 'pull' ? 'pull_request' : 'issue',
        number: Number(number),
      }
  return null
}
