import { create } from 'zustand'
import { readStored, writeStored } from '../../client/storage'
import type { ModelChoice } from '../model-picker/model-choices'

/** What was typed for a task that does not exist yet. Survives closing the panel and the app. */
export interface NewTaskDraft {
  repositoryId: string | null
  prompt: string
  title: string
  branch: string
  /** Null: the branch that is checked out in the person's folder. */
  baseBranch: string | null
  /** Null: the default of the person or of the agents. */
  choice: ModelChoice | null
  modeId: string | null
  includeUncommitted: boolean
}

const key = 'new-task'
const empty: NewTaskDraft = {
  repositoryId: null,
  prompt: '',
  title: '',
  branch: '',
  baseBranch: null,
  choice: null,
  modeId: null,
  includeUncommitted: false,
}

const stored = readStored(key, (value) =>
  typeof value === 'object' && value !== null ? (value as Partial<NewTaskDraft>) : null,
)

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export const useNewTaskDraft = create<NewTaskDraft>(() => ({
  ...empty,
  repositoryId: typeof stored?.repositoryId === 'string' ? stored.repositoryId : null,
  prompt: text(stored?.prompt),
  title: text(stored?.title),
  branch: text(stored?.branch),
}))

let timer: ReturnType<typeof setTimeout> | undefined

function store(): void {
  clearTimeout(timer)
  const { repositoryId, prompt, title, branch } = useNewTaskDraft.getState()
  writeStored(key, { repositoryId, prompt, title, branch })
}

export function changeDraft(change: Partial<NewTaskDraft>): void {
  useNewTaskDraft.setState(change)
  clearTimeout(timer)
  timer = setTimeout(store, 500)
}

/** The task exists: the next one starts with an empty form in the same repository, with the same agent. */
export function clearDraft(): void {
  const { repositoryId, choice, modeId } = useNewTaskDraft.getState()
  useNewTaskDraft.setState({ ...empty, repositoryId, choice, modeId })
  store()
}

window.addEventListener('pagehide', store)
