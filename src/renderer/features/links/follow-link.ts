import { type DeepLink, type KnownLink, parseDeepLink, type UnknownLink } from '@shared/deep-link'
import type { Result } from '@shared/errors'
import type { OrganizationId } from '@shared/ids'
import { chooseTurn, keepLink, openLink, openNewTask, openTask, setSettingsOpen } from '../../app/workspace'
import { call } from '../../client/call'
import { peekTopic } from '../../client/topics'
import { showError, showToast } from '../../ui/toast'
import { openFile } from '../files/files-state'
import { offerLinkDraft } from '../new-task/new-task-draft'
import { showPullRequest } from '../pull-requests/pull-requests-state'

type LinkTo<Type extends KnownLink['type']> = Extract<KnownLink, { type: Type }>

let asked = 0

/** Shows what a link names. Nothing is created or started by it; of two links, the later one is shown. */
export async function followLink(link: DeepLink): Promise<void> {
  asked += 1
  const own = asked
  const isCurrent = (): boolean => own === asked
  switch (link.type) {
    case 'task':
    case 'file':
      return followToTask(link, isCurrent)
    case 'pull_request':
      return followToPullRequest(link, isCurrent)
    case 'new_task':
      return followToNewTask(link, isCurrent)
    case 'unknown_link':
      return sayUnknown(link)
  }
}

/** Follows text that somebody gave as a link. */
export function followText(text: string): Promise<void> {
  return followLink(parseDeepLink(text))
}

/** Null for text that is no link. */
export function linkIn(text: string): KnownLink | null {
  const link = parseDeepLink(text)
  return link.type === 'unknown_link' ? null : link
}

async function followToTask(link: LinkTo<'task' | 'file'>, isCurrent: () => boolean): Promise<void> {
  const { taskId } = link
  const { sessionId, turnId } = { sessionId: undefined, turnId: undefined, ...link }
  const found = await call('task.find', { taskId, ...(sessionId === undefined ? {} : { sessionId }) })
  if (!isCurrent()) return
  if (!found.ok) return showError(found.error)
  if (found.value === null) return openLink(link)
  if (!(await activate(found.value.organizationId)) || !isCurrent()) return
  setSettingsOpen(false)
  if (sessionId !== undefined && !found.value.hasSession) {
    openTask(taskId)
    showToast('The session of the link is not in this task', 'Its task is shown instead.')
    return
  }
  openTask(taskId, sessionId)
  if (sessionId !== undefined && turnId !== undefined) chooseTurn({ sessionId, turnId })
  if (link.type !== 'file') return
  openFile(taskId, link.path, { line: link.line ?? null, keep: true })
}

/** Shows a pull request that is here. False when it is not, or not any more. */
export async function showPullRequestOf(
  link: LinkTo<'pull_request'>,
  isCurrent: () => boolean = () => true,
): Promise<Result<boolean>> {
  const { host, owner, repository, number } = link
  const found = await call('organization.findPullRequest', { host, owner, repository, number })
  if (!found.ok) return found
  if (found.value.state !== 'known') return { ok: true, value: false }
  if (!isCurrent()) return { ok: true, value: true }
  const { organizationId, taskId, pullRequest } = found.value
  if (!(await activate(organizationId)) || !isCurrent()) return { ok: true, value: true }
  keepLink(null)
  if (taskId === null) showPullRequest(pullRequest)
  else {
    setSettingsOpen(false)
    openTask(taskId)
  }
  return { ok: true, value: true }
}

async function followToPullRequest(link: LinkTo<'pull_request'>, isCurrent: () => boolean): Promise<void> {
  const shown = await showPullRequestOf(link, isCurrent)
  if (!isCurrent()) return
  if (!shown.ok) showError(shown.error)
  else if (!shown.value) openLink(link)
}

async function followToNewTask(link: LinkTo<'new_task'>, isCurrent: () => boolean): Promise<void> {
  const { repository, prompt = '', title = '', branch = '' } = link
  // The menu says no more than that.
  if (repository === undefined && prompt + title + branch === '') return openNewTask()
  const found = repository === undefined ? null : await call('organization.findRepository', repository)
  if (!isCurrent()) return
  if (found !== null && !found.ok) return showError(found.error)
  const known = found?.value.state === 'known' ? found.value : null
  if (known !== null && !(await activate(known.organizationId))) return
  if (!isCurrent()) return
  offerLinkDraft({
    prompt,
    title,
    branch,
    link: {
      repositoryId: known?.repositoryId ?? null,
      repositoryName: repository === undefined ? null : `${repository.owner}/${repository.name}`,
    },
  })
  setSettingsOpen(false)
  openNewTask()
}

function sayUnknown({ link }: UnknownLink): void {
  showError({
    kind: 'invalid_input',
    message: 'The link could not be followed: Foundry does not know what it points to.',
    next: 'Check that it was copied whole.',
    detail: link,
  })
}

/** Makes the organization the one on screen. False when that failed, which is said. */
async function activate(organizationId: OrganizationId): Promise<boolean> {
  if (peekTopic('app', null).state.get('app')?.organizationId === organizationId) return true
  const activated = await call('organization.activate', { organizationId })
  if (!activated.ok) showError(activated.error)
  return activated.ok
}
