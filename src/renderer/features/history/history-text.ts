import type { HistoryActor, HistoryEntry, HistoryGroup, OpenRule } from '@shared/history'
import type { CheckpointReason } from '@shared/changes'
import { policyWords } from '../policies/policy-text'
import { checkpointWords } from '../changes/checkpoint-words'
import { counted } from '../sync/sync-text'
import { stopWords, usageParts } from '../transcript/turn-words'
import { wordedDuration } from '../../ui/time'
import { apart, eventText } from './event-text'

export const groupWords: Record<HistoryGroup, string> = {
  turns: 'Turns',
  decisions: 'Decisions',
  permissions: 'Permissions',
  checkpoints: 'Checkpoints',
  commits: 'Commits',
  pull_request: 'Pull request',
  sessions: 'Sessions and models',
  problems: 'Problems',
  task: 'The task itself',
}

export const whoWords: Record<HistoryActor, string> = {
  reader: 'You',
  agent: 'Agents',
  policy: 'The policy',
  github: 'GitHub',
  system: 'Foundry, or nobody',
}

export const ruleWords: Record<OpenRule, { title: string; rule: string }> = {
  permission_pending: { title: 'Waits for your answer', rule: 'A permission request without an answer.' },
  permission_expired: {
    title: 'A permission request expired',
    rule: 'Foundry ended before it was answered, and the same was not answered since.',
  },
  permission_cancelled: {
    title: 'A permission request was cancelled',
    rule: 'Its turn ended before it was answered, and the same was not answered since.',
  },
  plan_unfinished: { title: 'Not done', rule: 'An entry of the last plan that is not completed.' },
  question_unanswered: {
    title: 'The agent asked',
    rule: 'Its last message ends with a question, and no prompt followed.',
  },
  turn_cut_short: {
    title: 'The last turn was cut short',
    rule: 'It did not end by itself, and none followed.',
  },
  prompt_unsent: { title: 'A prompt was never sent', rule: 'It is still in the queue.' },
  checks_failing: {
    title: 'Checks fail',
    rule: 'As GitHub last said of the open pull request.',
  },
  changes_requested: {
    title: 'Changes are requested',
    rule: 'As GitHub last said of the open pull request.',
  },
  conflicts: { title: 'There are conflicts', rule: 'As GitHub last said of the open pull request.' },
  thread_unresolved: {
    title: 'A thread is not resolved',
    rule: 'As it was last read from GitHub.',
  },
  not_committed: {
    title: 'Changed after the last commit',
    rule: 'A checkpoint recorded changes, and no commit or push after it.',
  },
  not_published: { title: 'Not pushed', rule: 'A commit was recorded, and no push after it.' },
}

const jobWords: Record<string, string> = {
  'task.publish': 'Publishing',
  'task.update': 'Updating the branch',
  'task.review': 'Sending the review',
  'task.reply': 'Sending a reply',
  'task.script': 'A script',
  'task.archive': 'Archiving',
  'task.delete': 'Deleting',
}

const stateCounts = (recorded: NonNullable<HistoryEntry['recorded']>): string =>
  `${counted(recorded.files, 'file', 'files')} +${recorded.added} −${recorded.removed}`

export const reasonWords = (reason: CheckpointReason): string => checkpointWords[reason]

function permissionText(what: Extract<HistoryEntry['what'], { type: 'permission' }>): string {
  const title = apart(what.title)
  switch (what.state) {
    case 'pending':
      return `An agent asks for ${title}`
    case 'cancelled':
      return `Nobody answered ${title}: its turn ended`
    case 'expired':
      return `Nobody answered ${title}: Foundry ended`
    case 'answered': {
      const verb = what.decision === 'reject' ? 'refused' : 'allowed'
      return `${what.grounds === null ? 'You' : 'The policy'} ${verb} ${title}`
    }
  }
}

const reviewVerbs: Record<string, string> = {
  approved: 'approved the pull request',
  changes_requested: 'requested changes',
  dismissed: 'gave a review that was dismissed',
}

/** One sentence for what happened, and by whom. */
export function entryText(entry: HistoryEntry): string {
  const { what } = entry
  switch (what.type) {
    case 'audit':
      return eventText({
        actor: entry.who === 'github' || entry.who === 'reader' ? entry.who : 'system',
        kind: what.kind,
        payload: what.payload,
      })
    case 'turn':
      return what.prompt.trim() === '' ? 'A turn' : `You: ${apart(what.prompt.trim())}`
    case 'checkpoint':
      return reasonWords(what.reason)
    case 'permission':
      return permissionText(what)
    case 'mark':
      switch (what.mark) {
        case 'error':
          return `Failed: ${apart(what.text)}`
        case 'boundary':
          return 'The agent forgot what was before'
        case 'mode':
          return `The agent went to mode ${apart(what.text)}`
        case 'answer':
          return `You answered “${apart(what.detail)}”`
      }
      break
    case 'job':
      return `${jobWords[what.kind] ?? what.kind} failed: ${apart(what.message)}`
    case 'review':
      return `${apart(what.author ?? 'Somebody')} ${reviewVerbs[what.state] ?? 'reviewed the pull request'}`
    case 'thread':
      return `${apart(what.author ?? 'Somebody')} commented on ${apart(what.path)}${what.line === null ? '' : `, line ${what.line}`}`
  }
  return ''
}

/** More about it in a few words. */
export function entryMeta(entry: HistoryEntry, agentName: (id: string) => string): string {
  const { what, recorded } = entry
  const parts: string[] = []
  switch (what.type) {
    case 'turn':
      parts.push(agentName(what.agentId))
      if (what.modelId !== null) parts.push(what.modelId)
      if (what.endedAt === null) parts.push('not ended')
      else parts.push(wordedDuration(what.endedAt - entry.at))
      if (what.stopReason !== null) parts.push(stopWords[what.stopReason] ?? what.stopReason)
      parts.push(...usageParts(what.usage))
      break
    case 'permission':
      if (what.grounds !== null) parts.push(policyWords(what.grounds))
      else if (what.answer !== null) parts.push(`With “${apart(what.answer)}”`)
      if (what.resolvedAt !== null && what.grounds === null)
        parts.push(`after ${wordedDuration(what.resolvedAt - entry.at)}`)
      break
    case 'mark':
      if (what.mark === 'answer' || what.mark === 'boundary') parts.push(apart(what.text))
      else if (what.detail !== '') parts.push(apart(what.detail))
      break
    case 'thread':
      parts.push(apart(what.body), what.resolved ? 'Resolved' : 'Not resolved')
      if (what.comments > 1) parts.push(`${what.comments} comments`)
      break
    case 'review':
      parts.push(apart(what.body))
      break
    case 'audit':
    case 'checkpoint':
    case 'job':
  }
  if (recorded !== null && recorded.files > 0) parts.push(stateCounts(recorded))
  return parts.filter((part) => part !== '' && part !== '\u2068\u2069').join(' · ')
}

export const isProblem = (entry: HistoryEntry): boolean =>
  entry.what.type === 'job' ||
  (entry.what.type === 'mark' && entry.what.mark === 'error') ||
  (entry.what.type === 'audit' && entry.what.kind === 'task.error')

/** All of it, for reading and for the clipboard. */
export function entryDetail(entry: HistoryEntry): string {
  const { at, what, who, sessionId, eventId, place, recorded } = entry
  const { type, ...facts } = what
  return JSON.stringify(
    { at: new Date(at).toISOString(), who, what: type, ...facts, sessionId, recorded, place, eventId },
    null,
    2,
  )
}
