import type { ModelChoice } from '@shared/domain'
import type { RepositoryId } from '@shared/ids'
import { create } from 'zustand'
import { openNewTask } from '../../app/workspace'
import { call } from '../../client/call'
import { readStored, writeStored } from '../../client/storage'
import type { GitHubAddress } from './github-address'
import { storedStarts, withStart, type StartDraft, type Starts } from './start-draft'

/** What was typed for a task that does not exist yet. Survives closing the panel and the app. */
export interface NewTaskDraft {
  repositoryId: string | null
  prompt: string
  title: string
  branch: string
  /** More repositories that get a task from the same prompt. */
  otherRepositoryIds: readonly string[]
  /** Where a task starts, by repository: what is chosen in one says nothing about another. */
  starts: Starts
  /** Null: the default of the person or of the agents. */
  choice: ModelChoice | null
  modeId: string | null
  /** Who does the same side by side. */
  otherChoices: readonly ModelChoice[]
  includeUncommitted: boolean
  /** Set while the form holds what a link filled in: somebody else wrote that. */
  link: LinkDraft['link'] | null
}

/** What a link would fill in. */
export interface LinkDraft extends Pick<NewTaskDraft, 'prompt' | 'title' | 'branch'> {
  link: {
    /** Null where the link names none, or one that is not on this computer. */
    repositoryId: string | null
    /** `owner/name`, as the link has it. */
    repositoryName: string | null
  }
}

const key = 'new-task'
const empty: NewTaskDraft = {
  repositoryId: null,
  prompt: '',
  title: '',
  branch: '',
  otherRepositoryIds: [],
  starts: {},
  choice: null,
  modeId: null,
  otherChoices: [],
  includeUncommitted: false,
  link: null,
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
  otherRepositoryIds: Array.isArray(stored?.otherRepositoryIds)
    ? stored.otherRepositoryIds.filter((id): id is string => typeof id === 'string')
    : [],
  starts: storedStarts(stored?.starts),
  link: storedLink(stored?.link),
}))

interface LinkOffer {
  /** What a link would fill in, while something else is typed there. */
  offered: LinkDraft | null
  /** What was typed before a link filled in the form. */
  before: NewTaskDraft | null
}

export const useLinkOffer = create<LinkOffer>(() => ({ offered: null, before: null }))

function storedLink(value: unknown): LinkDraft['link'] | null {
  if (typeof value !== 'object' || value === null) return null
  const { repositoryId, repositoryName } = value as Partial<Record<keyof LinkDraft['link'], unknown>>
  return {
    repositoryId: typeof repositoryId === 'string' ? repositoryId : null,
    repositoryName: typeof repositoryName === 'string' ? repositoryName : null,
  }
}

let timer: ReturnType<typeof setTimeout> | undefined

function store(): void {
  clearTimeout(timer)
  const { repositoryId, prompt, title, branch, otherRepositoryIds, starts, link } = useNewTaskDraft.getState()
  writeStored(key, { repositoryId, prompt, title, branch, otherRepositoryIds, starts, link })
}

export function changeDraft(change: Partial<NewTaskDraft>): void {
  useNewTaskDraft.setState(change)
  clearTimeout(timer)
  timer = setTimeout(store, 500)
}

export function changeStart(repositoryId: RepositoryId, start: StartDraft): void {
  changeDraft({ starts: withStart(useNewTaskDraft.getState().starts, repositoryId, start) })
}

/** What it is called comes a moment later, if it can be read. */
export async function startFromAddress({ repositoryId, type, number }: GitHubAddress): Promise<void> {
  changeStart(repositoryId, { type, number, title: '' })
  const read =
    type === 'issue'
      ? await call('repository.issue', { repositoryId, number })
      : await call('organization.pullRequest', { repositoryId, number })
  const now = useNewTaskDraft.getState().starts[repositoryId]
  if (read.ok && now?.type === type && now.number === number)
    changeStart(repositoryId, { type, number, title: read.value.title })
}

/** Opens the form for a task that starts there; what is typed in it stays. */
export function openNewTaskAt(repositoryId: RepositoryId, start: StartDraft): void {
  changeStart(repositoryId, start)
  changeDraft({ repositoryId, otherRepositoryIds: [] })
  openNewTask(repositoryId)
}

/** The task exists: the next one starts with an empty form in the same repository, with the same agent. */
export function clearDraft(): void {
  const { repositoryId, choice, modeId } = useNewTaskDraft.getState()
  useNewTaskDraft.setState({ ...empty, repositoryId, choice, modeId })
  useLinkOffer.setState({ offered: null, before: null })
  store()
}

/** Fills in what a link says where nothing is typed yet; else it is offered, and the person decides. */
export function offerLinkDraft(offered: LinkDraft): void {
  const { prompt, title, branch } = useNewTaskDraft.getState()
  useLinkOffer.setState({ offered, before: null })
  if (`${prompt}${title}${branch}`.trim() === '') takeLinkDraft()
}

export function takeLinkDraft(): void {
  const { offered } = useLinkOffer.getState()
  if (offered === null) return
  const draft = useNewTaskDraft.getState()
  const typed = `${draft.prompt}${draft.title}${draft.branch}`.trim() !== ''
  useLinkOffer.setState({ offered: null, before: typed ? draft : null })
  const { repositoryId } = offered.link
  useNewTaskDraft.setState({
    ...offered,
    repositoryId: repositoryId ?? draft.repositoryId,
    otherRepositoryIds: [],
    includeUncommitted: false,
  })
  store()
}

export function refuseLinkDraft(): void {
  useLinkOffer.setState({ offered: null })
}

/** Takes what a link filled in out of the form again; what was typed before comes back. */
export function dropLinkDraft(): void {
  const { before } = useLinkOffer.getState()
  if (before === null) {
    clearDraft()
    return
  }
  useNewTaskDraft.setState(before)
  useLinkOffer.setState({ before: null })
  store()
}

window.addEventListener('pagehide', store)
