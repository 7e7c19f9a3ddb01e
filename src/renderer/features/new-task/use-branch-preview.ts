import type { RepositoryId } from '@shared/ids'
import type { BranchPreview } from '@shared/tasks'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'

const PAUSE_MS = 120
/** Titles come from the first line of a prompt. */
const BEGINNING = 2000

/**
 * What the branches of a task would be called, a moment behind what is typed. Null while nothing is known: it then says
 * nothing, and creating the task will.
 */
export function useBranchPreview(
  repositoryIds: readonly RepositoryId[],
  text: { prompt: string; title: string; branch: string },
): readonly BranchPreview[] | null {
  const [known, setKnown] = useState<{ ids: string; previews: readonly BranchPreview[] } | null>(null)
  const prompt = text.prompt.slice(0, BEGINNING)
  const { title, branch } = text
  const ids = repositoryIds.join(' ')
  const isAsked = ids !== '' && `${prompt}${title}${branch}`.trim() !== ''
  useEffect(() => {
    if (!isAsked) return
    let current = true
    const timer = setTimeout(async () => {
      const result = await call('task.previewBranch', {
        repositoryIds: ids.split(' ') as RepositoryId[],
        prompt,
        title,
        branch,
      })
      if (current) setKnown(result.ok ? { ids, previews: result.value } : null)
    }, PAUSE_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [isAsked, ids, prompt, title, branch])
  return isAsked && known?.ids === ids ? known.previews : null
}
