import type { RepositoryId } from '@shared/ids'
import { create } from 'zustand'

/** The repository whose permissions are on screen, over whatever else is. */
export const usePolicyDialog = create<{ repositoryId: RepositoryId | null }>(() => ({ repositoryId: null }))

export function showPolicy(repositoryId: RepositoryId | null): void {
  usePolicyDialog.setState({ repositoryId })
}
