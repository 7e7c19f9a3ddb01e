import type { HistoryPlace, OpenQuestion } from '@shared/history'
import type { CheckpointId, SessionId, TurnId } from '@shared/ids'
import { CUT_SHORT } from './session-fold'

/** What the open questions of a task are told from. */
export interface Recorded {
  permissions: readonly {
    sessionId: SessionId
    title: string
    state: 'pending' | 'answered' | 'cancelled' | 'expired'
    at: number
    place: HistoryPlace
  }[]
  sessions: readonly {
    id: SessionId
    plan: { row: number; at: number; entries: readonly { text: string; status: string }[] } | null
    question: { row: number; at: number; text: string } | null
    lastTurn: { id: TurnId; at: number; stopReason: string | null; endedAt: number | null } | null
    unsent: readonly { text: string; at: number }[]
  }[]
  pullRequest: {
    url: string
    isOpen: boolean
    checks: string
    mergeable: string
    reviewDecision: string | null
    at: number
    /** Those that are not resolved. */
    threads: readonly { path: string; line: number | null; body: string; url: string; at: number }[]
  } | null
  /** A merged or closed pull request is the end of it. */
  work: {
    /** The newest state of the files that differs from the one before, and when. */
    changed: { checkpointId: CheckpointId; at: number } | null
    committedAt: number | null
    pushedAt: number | null
  }
}

/** What nobody has answered yet, the newest first. Every one follows from a rule that can be said in a sentence. */
export function openQuestions({ permissions, sessions, pullRequest, work }: Recorded): OpenQuestion[] {
  const found: OpenQuestion[] = []
  const answered = new Map<string, number>()
  for (const { sessionId, title, state, at } of permissions)
    if (state === 'answered') {
      const key = `${sessionId} ${title}`
      answered.set(key, Math.max(at, answered.get(key) ?? 0))
    }
  for (const { sessionId, title, state, at, place } of permissions) {
    // The same was asked again, and answered.
    if (state === 'answered' || (answered.get(`${sessionId} ${title}`) ?? 0) > at) continue
    found.push({ rule: `permission_${state}`, at, sessionId, text: title, place })
  }
  for (const { id: sessionId, plan, question, lastTurn, unsent } of sessions) {
    const row = (at: number): HistoryPlace => ({ type: 'row', sessionId, row: at })
    for (const { text, status } of plan?.entries ?? [])
      if (plan !== null && status !== 'completed')
        found.push({ rule: 'plan_unfinished', at: plan.at, sessionId, text, place: row(plan.row) })
    if (question !== null && lastTurn?.endedAt != null)
      found.push({
        rule: 'question_unanswered',
        at: question.at,
        sessionId,
        text: question.text,
        place: row(question.row),
      })
    if (lastTurn?.stopReason != null && CUT_SHORT.has(lastTurn.stopReason))
      found.push({
        rule: 'turn_cut_short',
        at: lastTurn.endedAt ?? lastTurn.at,
        sessionId,
        text: lastTurn.stopReason,
        place: { type: 'turn', sessionId, turnId: lastTurn.id },
      })
    for (const { text, at } of unsent)
      found.push({ rule: 'prompt_unsent', at, sessionId, text, place: { type: 'session', sessionId } })
  }
  if (pullRequest !== null && pullRequest.isOpen) found.push(...openAtGitHub(pullRequest))
  if (pullRequest === null || pullRequest.isOpen) found.push(...notSecured(work))
  return found.toSorted((a, b) => b.at - a.at)
}

function openAtGitHub(pull: NonNullable<Recorded['pullRequest']>): OpenQuestion[] {
  const found: OpenQuestion[] = []
  const add = (rule: OpenQuestion['rule'], text = '', at = pull.at, url = pull.url) =>
    found.push({ rule, at, sessionId: null, text, place: { type: 'url', url } })
  if (pull.checks === 'failure') add('checks_failing')
  if (pull.mergeable === 'conflicting') add('conflicts')
  if (pull.reviewDecision === 'changes_requested') add('changes_requested')
  for (const { path, line, body, url, at } of pull.threads)
    add('thread_unresolved', `${path}${line === null ? '' : `:${line}`} ${body}`.trim(), at, url)
  return found
}

function notSecured({ changed, committedAt, pushedAt }: Recorded['work']): OpenQuestion[] {
  if (changed !== null && changed.at > (committedAt ?? 0) && changed.at > (pushedAt ?? 0))
    return [
      {
        rule: 'not_committed',
        at: changed.at,
        sessionId: null,
        text: '',
        place: { type: 'checkpoint', checkpointId: changed.checkpointId },
      },
    ]
  if (committedAt !== null && committedAt > (pushedAt ?? 0))
    return [{ rule: 'not_published', at: committedAt, sessionId: null, text: '', place: null }]
  return []
}
