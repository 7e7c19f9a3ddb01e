import type { RepositoryId } from '@shared/ids'
import type { TaskStart } from '@shared/tasks'

/** Where a task that does not exist yet is to start; what was not chosen yet is null. */
export type StartDraft =
  | { type: 'base'; branch: string | null }
  | { type: 'branch'; branch: string | null }
  | { type: 'pull_request'; number: number | null; title: string }
  | { type: 'issue'; number: number | null; title: string }

export const anywhere: StartDraft = { type: 'base', branch: null }

export function emptyStart(type: StartDraft['type']): StartDraft {
  return type === 'base' || type === 'branch' ? { type, branch: null } : { type, number: null, title: '' }
}

/** As the command takes it; null while something is to be chosen. */
export function toTaskStart(draft: StartDraft): TaskStart | null {
  switch (draft.type) {
    case 'base':
      return { type: 'base', branch: draft.branch }
    case 'branch':
      return draft.branch === null ? null : { type: 'branch', branch: draft.branch }
    case 'pull_request':
      return draft.number === null ? null : { type: 'pull_request', number: draft.number }
    case 'issue':
      return draft.number === null ? null : { type: 'issue', number: draft.number, base: null }
  }
}

/** What is asked where a person wrote nothing; null where they have to. */
export function usualPrompt(draft: StartDraft): string | null {
  if (draft.type === 'branch' && draft.branch !== null) return `Continue work on ${draft.branch}.`
  if (draft.type === 'pull_request' && draft.number !== null)
    return `Continue work on pull request #${draft.number}.`
  // The issue itself says what is wanted.
  return draft.type === 'issue' ? '' : null
}

/** Whatever was stored by whichever version. */
export function storedStart(value: unknown): StartDraft | null {
  if (typeof value !== 'object' || value === null) return null
  const { type, branch, number, title } = value as Record<string, unknown>
  if (type === 'base' || type === 'branch')
    return { type, branch: typeof branch === 'string' ? branch : null }
  if (type !== 'pull_request' && type !== 'issue') return null
  return {
    type,
    number: typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null,
    title: typeof title === 'string' ? title : '',
  }
}

/** Of how many repositories it is remembered where the next task starts. */
const REMEMBERED = 20

export type Starts = Readonly<Record<string, StartDraft>>

export function withStart(starts: Starts, repositoryId: RepositoryId, start: StartDraft): Starts {
  const { [repositoryId]: _before, ...others } = starts
  const kept = Object.entries(others).slice(1 - REMEMBERED)
  return Object.fromEntries([...kept, [repositoryId, start]])
}

export function storedStarts(value: unknown): Starts {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value)
      .slice(-REMEMBERED)
      .flatMap(([id, stored]) => {
        const start = storedStart(stored)
        return start === null ? [] : [[id, start] as const]
      }),
  )
}
