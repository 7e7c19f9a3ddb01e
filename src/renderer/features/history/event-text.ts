import { type AuditActor, type AuditEvent, type AuditKind, auditKinds } from '@shared/audit'

export const actorWords: Record<AuditActor, string> = { reader: 'You', system: 'Foundry', github: 'GitHub' }

/** Kinds as a person tells them apart. */
export type KindGroup = 'tasks' | 'sessions' | 'publishing' | 'problems' | 'repositories'
export type KindChoice = KindGroup | 'all'

export const kindChoices: readonly { value: KindChoice; label: string }[] = [
  { value: 'all', label: 'Everything' },
  { value: 'tasks', label: 'Tasks' },
  { value: 'sessions', label: 'Sessions and prompts' },
  { value: 'publishing', label: 'Commits and pull requests' },
  { value: 'problems', label: 'Problems' },
  { value: 'repositories', label: 'Repositories and organizations' },
]

const longest = 160

/** Words of others stay apart from ours, whichever way they are written. */
export const apart = (text: string): string =>
  `\u2068${text.length > longest ? `${text.slice(0, longest - 1)}…` : text}\u2069`

/** What was recorded with an event. It may be from an earlier version, so each part may be missing. */
class Facts {
  constructor(private readonly payload: Readonly<Record<string, unknown>>) {}

  text(key: string): string | null {
    const value = this.payload[key]
    return typeof value === 'string' && value !== '' ? apart(value) : null
  }

  /** As it was recorded: for words of ours. */
  raw(key: string): unknown {
    return this.payload[key]
  }

  number(key: string): number | null {
    const value = this.payload[key]
    return typeof value === 'number' ? value : null
  }

  is(key: string): boolean {
    return this.payload[key] === true
  }

  has(key: string): boolean {
    return this.payload[key] != null
  }

  /** ` before` and the text, or nothing. */
  after(before: string, key: string): string {
    const text = this.text(key)
    return text === null ? '' : ` ${before}${before === '' ? '' : ' '}${text}`
  }

  quoted(before: string, key: string): string {
    const text = this.text(key)
    return text === null ? '' : ` ${before}${before === '' ? '' : ' '}“${text}”`
  }

  count(key: string, word: string): string | null {
    const count = this.number(key)
    return count === null ? null : `${count} ${word}${count === 1 ? '' : 's'}`
  }
}

const shortCommit = (facts: Facts, key: string): string =>
  facts
    .text(key)
    ?.replaceAll(/[\u2068\u2069]/g, '')
    .slice(0, 8) ?? 'what was changed'

function archived(facts: Facts): string {
  const number = facts.number('pullRequest')
  const reason = facts.text('reason') ?? facts.text('archiveReason')
  const what = number === null ? 'its pull request' : `pull request #${number}`
  if (reason === apart('merged')) return `archived it: ${what} was merged`
  if (reason === apart('closed')) return `archived it: ${what} was closed`
  return 'archived it'
}

function pullRequestChange(facts: Facts): string {
  const number = facts.number('number')
  const what = number === null ? 'the pull request' : `pull request #${number}`
  switch (facts.raw('change')) {
    case 'opened':
      return `opened ${what}`
    case 'retargeted':
      return `moved ${what}${facts.after('to', 'to')}`
    case 'title_changed':
      return `renamed ${what}${facts.quoted('to', 'to')}`
    case 'drafted':
      return `made ${what} a draft`
    case 'ready_for_review':
      return `marked ${what} as ready for review`
    case 'review_requested':
      return `asked for a review of ${what}`
    case 'approved':
      return `says ${what} is approved`
    case 'changes_requested':
      return `says changes to ${what} are requested`
    case 'checks_passed':
      return `says checks of ${what} passed`
    case 'checks_failed':
      return `says checks of ${what} failed`
    case 'conflicts':
      return `says ${what} has conflicts`
    case 'commented':
      return `has new comments on ${what}`
    case 'merged':
      return `merged ${what}`
    case 'closed':
      return `closed ${what}`
    case 'reopened':
      return `reopened ${what}`
    default:
      return `changed ${what}`
  }
}

/** What was done, as the rest of a sentence that begins with who did it. */
const phrases: Record<AuditKind, (facts: Facts) => string> = {
  'account.added': (facts) => `signed in${facts.after('as', 'login')}`,
  'account.reconnected': (facts) => `signed in again${facts.after('as', 'login')}`,
  'account.signed_out': (facts) => `signed out${facts.after('', 'login')}`,
  'organization.added': (facts) => `added the organization${facts.after('', 'login')}`,
  'organization.left': () => 'left the organization',
  'organization.deleted': (facts) => `deleted the organization${facts.after('', 'login')} from this computer`,
  'repository.identified': (facts) =>
    `found the folder to be${facts.after('', 'fullName') || ' a repository of GitHub'}`,
  'repository.hidden': () => 'hid the repository',
  'repository.shown': () => 'showed the repository again',
  'repository.opened': (facts) => `opened the folder${facts.after('', 'path')}`,
  'repository.removed': () => 'took the repository off the list',
  'repository.scripts.allowed': () => 'allowed the scripts of the repository',
  'repository.scripts.forbidden': () => 'forbade the scripts of the repository',
  'repository.scripts.changed': (facts) =>
    facts.has('scripts')
      ? 'set scripts for the repository'
      : 'went back to the scripts of the repository itself',
  'repository.policy.changed': () => 'changed how questions of agents are answered',
  'task.created': (facts) => `created it${facts.after('on branch', 'branch')}`,
  'task.started': () => 'began to work on the pull request here',
  'task.retried': () => 'tried again to prepare it',
  'task.initialized': () => 'made its checkout',
  'task.owner.changed': (facts) =>
    facts.text('ownerLogin') === null ? 'took its owner away' : `gave it${facts.after('to', 'ownerLogin')}`,
  'task.author.changed': (facts) =>
    facts.text('authorName') === null
      ? 'let git say who commits in it'
      : `chose who commits in it:${facts.after('', 'authorName')}`,
  'task.error': (facts) =>
    `could not prepare its checkout${facts.text('message') === null ? '' : `:${facts.after('', 'message')}`}`,
  'task.title.changed': (facts) => `renamed it${facts.quoted('to', 'title')}`,
  'task.archived': archived,
  'task.unarchived': (facts) =>
    facts.text('reason') === apart('reopened')
      ? 'brought it back: its pull request was reopened'
      : 'brought it back from the archive',
  'task.deleted': (facts) => `deleted the task${facts.quoted('', 'title')}`,
  'task.checkout.removed': () => 'removed its checkout',
  'task.pack.kept': (facts) => {
    const out = facts.count('leftOut', 'thing')
    return `kept it for offline reading${out === null || facts.number('leftOut') === 0 ? '' : `; ${out} could not be kept`}`
  },
  'task.pack.removed': () => 'removed what was kept for offline reading',
  'task.branch.changed': (facts) => `moved it${facts.after('to branch', 'branch')}`,
  'task.committed': (facts) => `committed ${facts.count('files', 'file') ?? shortCommit(facts, 'commit')}`,
  'task.commits.found': (facts) =>
    `found commit ${shortCommit(facts, 'commit')}${facts.quoted('', 'subject')}${facts.after('by', 'author')}`,
  'task.files.discarded': (facts) =>
    `discarded ${facts.is('part') ? 'a part of a file' : (facts.count('files', 'file') ?? 'changes')}`,
  'task.file.edited': (facts) => `edited ${facts.text('path') ?? 'a file'}`,
  'task.files.restored': (facts) =>
    `restored ${facts.count('files', 'file') ?? 'all files'} to an earlier turn`,
  'task.suggestion.applied': (facts) => `applied a suggestion${facts.after('to', 'path')}`,
  'task.script.started': (facts) => `ran${facts.quoted('', 'name') || ' a script'}`,
  'task.brought_home': (facts) => `brought the branch${facts.after('', 'branch')} to your folder`,
  'task.push': (facts) => `pushed ${facts.count('commits', 'commit') ?? 'it'}${facts.after('to', 'branch')}`,
  'task.branch.updated': (facts) => `updated the branch${facts.after('from', 'from')}`,
  'task.pr.published': (facts) =>
    `opened ${facts.is('draft') ? 'draft ' : ''}pull request${facts.number('number') === null ? '' : ` #${facts.number('number')}`}${facts.after('into', 'base')}`,
  'task.pr.edited': () => 'edited the pull request',
  'task.pr.drafted': () => 'made the pull request a draft',
  'task.pr.ready': () => 'marked the pull request as ready for review',
  'task.pr.merged': (facts) => `merged the pull request${facts.after('by', 'method')}`,
  'task.pr.closed': () => 'closed the pull request',
  'task.pr.reopened': () => 'reopened the pull request',
  'task.pr.changed': (facts) => pullRequestChange(facts),
  'task.review.sent': (facts) =>
    facts.text('verdict') === apart('approve')
      ? 'approved the pull request'
      : facts.text('verdict') === apart('request_changes')
        ? 'requested changes to the pull request'
        : 'sent a review of the pull request',
  'task.review.taken_back': () => 'took back a review that waited',
  'task.thread.replied': () => 'replied to a thread of the pull request',
  'task.thread.reply_dropped': () => 'dropped a reply that was not sent',
  'task.thread.resolved': () => 'resolved a thread of the pull request',
  'task.thread.reopened': () => 'opened a thread of the pull request again',
  'task.session.created': (facts) => `started a session${facts.after('with', 'agentId')}`,
  'task.session.forked': (facts) =>
    `forked a session${facts.quoted('from', 'from')}${facts.after('with', 'agentId')}`,
  'task.session.renamed': (facts) => `renamed a session${facts.quoted('to', 'name')}`,
  'task.session.closed': () => 'closed a session',
  'task.session.reopened': () => 'reopened a session',
  'task.session.retried': () => 'started the agent again',
  'task.session.restarted': () => 'started the agent afresh with more of the conversation',
  'task.session.stopped': () => 'stopped the agent',
  'task.model.changed': (facts) =>
    `set${facts.after('', 'optionId') || ' an option'}${facts.after('to', 'value')}`,
  'task.message.sent': (facts) => {
    const size = facts.count('characters', 'character')
    return size === null ? 'sent a prompt' : `sent a prompt of ${size}`
  },
  'task.message.removed': () => 'took back a prompt that waited',
  'task.message.edited': () => 'changed a prompt that waited',
  'task.permission.answered': (facts) =>
    facts.text('answer') === null
      ? 'answered a permission request'
      : `answered${facts.quoted('', 'request') || ' a permission request'}${facts.quoted('with', 'answer')}`,
  'task.permission.decided': (facts) =>
    `${facts.text('decision') === apart('reject') ? 'refused' : 'allowed'}${facts.quoted('', 'request') || ' a permission request'} by the policy of the repository`,
  'history.exported': (facts) => `exported ${facts.count('sessions', 'session') ?? 'sessions'}`,
  'history.imported': (facts) => `imported ${facts.count('sessions', 'session') ?? 'sessions'}`,
  'agent.installed': (facts) => `installed the agent${facts.after('', 'agentId')}`,
  'data.retention.ran': (facts) => `removed ${facts.count('count', 'thing') ?? 'things'} by your policy`,
  'agent.key.changed': (facts) => `changed a key of${facts.after('', 'agentId') || ' an agent'}`,
}

const isKnown = (kind: string): kind is AuditKind => Object.hasOwn(phrases, kind)

/** One sentence for what was done and by whom. */
export function eventText({ actor, kind, payload }: Pick<AuditEvent, 'actor' | 'kind' | 'payload'>): string {
  const phrase = isKnown(kind) ? phrases[kind](new Facts(payload)) : `did ${apart(kind)}`
  return `${actorWords[actor]} ${phrase}`
}

export function kindsOf(group: KindGroup): AuditKind[] {
  return auditKinds.filter((kind) => groupOf(kind) === group)
}

function groupOf(kind: AuditKind): KindGroup {
  if (kind === 'task.error' || kind === 'task.retried' || kind === 'task.session.retried') return 'problems'
  if (/^task\.(session|message|permission|model)\./.test(kind)) return 'sessions'
  if (/^task\.(pr\.|commits\.|review\.|thread\.|push|committed|branch\.updated|brought_home)/.test(kind))
    return 'publishing'
  return kind.startsWith('task.') ? 'tasks' : 'repositories'
}

/** All of it, for the clipboard. */
export function eventDetail(event: AuditEvent): string {
  return JSON.stringify({ ...event, at: new Date(event.at).toISOString() }, null, 2)
}
