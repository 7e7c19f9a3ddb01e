import { hasPermission, hasScope, lentTo } from './access'
import { feed, git } from './git-operations'
import type { GitHubModel } from './model'
import type { Repository, Token } from './types'

/** One ref a push wants to move. */
export interface RefUpdate {
  ref: string
  before: string
  after: string
}

/** Why one is not moved, in the words git shows between brackets. */
type Refusals = Map<string, string>

export interface Verdict {
  refused: Refusals
  /** What git shows after `remote:`. */
  lines: string[]
}

const NOTHING = '0'.repeat(40)

/** Zeros shrink to this share of their size. */
const MOST_PACKED = 1000

const secrets = [
  { name: 'GitHub Personal Access Token', pattern: /\bghp_[A-Za-z0-9]{36}\b/ },
  { name: 'Amazon AWS Access Key ID', pattern: /\bAKIA[0-9A-Z]{16}\b/ },
] as const

/** What a push asks for: the refs, and the pack after them. */
export function readPush(body: Buffer): { updates: RefUpdate[]; pack: Buffer } {
  const updates: RefUpdate[] = []
  let at = 0
  while (at + 4 <= body.length) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16)
    at += Math.max(4, length)
    if (length === 0) break
    const [line = ''] = body.toString('utf8', at - length + 4, at).split('\0')
    const [before = '', after = '', ref = ''] = line.trim().split(' ')
    if (ref !== '') updates.push({ ref, before, after })
  }
  return { updates, pack: body.subarray(at) }
}

/** GitHub's verdict over a push, before anything of it happens. */
export async function judge(
  model: GitHubModel,
  { repository, token, folder }: { repository: Repository; token: Token; folder: string },
  { updates, pack }: ReturnType<typeof readPush>,
): Promise<Verdict> {
  const refused: Refusals = new Map()
  const lines: string[] = []
  const refuseAll = (reason: string): Verdict => {
    for (const { ref } of updates) refused.set(ref, reason)
    return { refused, lines }
  }
  const { pushRules } = repository
  if (pushRules.preReceive !== null) {
    lines.push(...pushRules.preReceive.split('\n'))
    return refuseAll('pre-receive hook declined')
  }

  const mayPush = hasPermission(token.user, repository, 'WRITE')
  for (const update of updates) {
    const branch = update.ref.replace(/^refs\/heads\//, '')
    if (!mayPush && !lentTo(token.user, model.openFrom(repository, branch)))
      refused.set(update.ref, 'permission denied')
  }

  if (pack.length > 0) await unpack(folder, pack)
  for (const update of updates) await protect(repository, folder, update, { refused, lines })

  const scoped = hasScope(token, 'workflow')
  const large = pack.length > pushRules.maxFileBytes / MOST_PACKED
  if (pack.length === 0 || (scoped && !large && !pushRules.secretScanning)) return { refused, lines }
  const files = await newFiles(folder, updates)
  if (large) {
    const tooLarge = files.filter(({ size }) => size > pushRules.maxFileBytes)
    if (tooLarge.length > 0) {
      const limit = megabytes(pushRules.maxFileBytes)
      lines.push(
        'error: Trace: 5f9c4ae1b3a0d7f2b6c8',
        'error: See https://gh.io/lfs for more information.',
        ...tooLarge.map(
          ({ path, size }) =>
            `error: File ${path} is ${megabytes(size)}; this exceeds GitHub's file size limit of ${limit}`,
        ),
        'error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.',
      )
      return refuseAll('pre-receive hook declined')
    }
  }
  if (pushRules.secretScanning) {
    const found = await scan(folder, files)
    if (found.length > 0) {
      lines.push(...secretLines(updates[0]?.ref ?? '', found))
      return refuseAll('push declined due to repository rule violations')
    }
  }
  const workflow = files.find(({ path }) => path.startsWith('.github/workflows/'))
  if (!scoped && workflow !== undefined) {
    const app = token.kind === 'oauth' ? 'an OAuth App' : 'a Personal Access Token'
    return refuseAll(
      `refusing to allow ${app} to create or update workflow \`${workflow.path}\` without \`workflow\` scope`,
    )
  }
  return { refused, lines }
}

async function protect(
  repository: Repository,
  folder: string,
  { ref, before, after }: RefUpdate,
  { refused, lines }: Verdict,
): Promise<void> {
  const protection = repository.protections.get(ref.replace(/^refs\/heads\//, ''))
  if (protection === undefined || refused.has(ref)) return
  const why: string[] = []
  if (after === NOTHING) {
    if (!protection.allowsDeletions) why.push('Cannot delete this protected branch')
  } else {
    const forced =
      before !== NOTHING &&
      !(await git(folder, ['merge-base', '--is-ancestor', before, after]).then(
        () => true,
        () => false,
      ))
    if (forced && !protection.allowsForcePushes) why.push('Cannot force-push to this branch')
    if (protection.requiresPullRequest && before !== NOTHING)
      why.push('Changes must be made through a pull request.')
    const [check] = protection.requiredChecks
    if (check !== undefined && !protection.requiresPullRequest)
      why.push(`Required status check "${check}" is expected.`)
  }
  if (why.length === 0) return
  lines.push(`error: GH006: Protected branch update failed for ${ref}.`, ...why.map((one) => `error: ${one}`))
  refused.set(ref, 'protected branch hook declined')
}

interface NewFile {
  commit: string
  path: string
  oid: string
  size: number
}

/** What a push brings that no ref had: unreachable objects harm nobody, so they may stay. */
async function unpack(folder: string, pack: Buffer): Promise<void> {
  const { code, output } = await feed(folder, ['unpack-objects', '-q'], pack)
  if (code !== 0) throw new Error(`git unpack-objects ended with ${code}: ${output.toString()}`)
}

async function newFiles(folder: string, updates: readonly RefUpdate[]): Promise<NewFile[]> {
  const tips = updates.map(({ after }) => after).filter((one) => one !== NOTHING)
  if (tips.length === 0) return []
  const commits = (await git(folder, ['rev-list', ...tips, '--not', '--all'])).split('\n').filter(Boolean)
  const found: Omit<NewFile, 'size'>[] = []
  for (const commit of commits) {
    const raw = await git(folder, [
      'diff-tree',
      '-r',
      '-m',
      '--root',
      '--no-commit-id',
      '--abbrev=40',
      '-z',
      commit,
    ])
    const fields = raw.split('\0')
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const [, , , oid = '', status = ''] = (fields[index] ?? '').split(' ')
      if (status !== 'D') found.push({ commit, path: fields[index + 1] ?? '', oid })
    }
  }
  const input = found.map(({ oid }) => `${oid}\n`).join('')
  const { output } = await feed(folder, ['cat-file', '--batch-check=%(objectsize)'], input)
  const sizes = output.toString().split('\n').map(Number)
  return found.map((one, index) => ({ ...one, size: sizes[index] ?? 0 }))
}

interface Secret {
  name: string
  commit: string
  place: string
}

async function scan(folder: string, files: readonly NewFile[]): Promise<Secret[]> {
  const found: Secret[] = []
  for (const { commit, path, oid } of files) {
    const text = await git(folder, ['cat-file', 'blob', oid])
    for (const [index, line] of text.split('\n').entries())
      for (const { name, pattern } of secrets)
        if (pattern.test(line)) found.push({ name, commit, place: `${path}:${index + 1}` })
  }
  return found
}

const secretLines = (ref: string, found: readonly Secret[]): string[] => [
  `error: GH013: Repository rule violations found for ${ref}.`,
  '',
  '- GITHUB PUSH PROTECTION',
  '  —————————————————————————————————————————',
  '    Resolve the following violations before pushing again',
  '',
  '    - Push cannot contain secrets',
  '',
  '',
  '     (?) Learn how to resolve a blocked push',
  '     https://docs.github.com/code-security/secret-scanning/working-with-secret-scanning-and-push-protection/working-with-push-protection-from-the-command-line#resolving-a-blocked-push',
  '',
  ...found.flatMap(({ name, commit, place }) => [
    '',
    `      —— ${name} ——————————————————————`,
    '       locations:',
    `         - commit: ${commit}`,
    `           path: ${place}`,
    '',
    '       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.',
    '',
  ]),
]

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(2)} MB`

/** Moves what was not refused, and says so in git's protocol. */
export async function refusePush(
  folder: string,
  { updates }: ReturnType<typeof readPush>,
  { refused, lines }: Verdict,
): Promise<Buffer> {
  const report: string[] = ['unpack ok\n']
  for (const { ref, before, after } of updates) {
    let reason = refused.get(ref)
    if (reason === undefined) {
      const args = after === NOTHING ? ['-d', ref, before] : [ref, after, before]
      reason = await git(folder, ['update-ref', ...args]).then(
        () => undefined,
        () => 'failed to update ref',
      )
    }
    report.push(reason === undefined ? `ok ${ref}\n` : `ng ${ref} ${reason}\n`)
  }
  const said = lines.map((line) => packet(Buffer.from(`\u0002${line}\n`)))
  const result = Buffer.concat([...report.map((line) => packet(Buffer.from(line))), Buffer.from('0000')])
  return Buffer.concat([...said, packet(Buffer.concat([Buffer.from([1]), result])), Buffer.from('0000')])
}

function packet(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, '0')), content])
}

/** Why nothing at all may be pushed there; null where something may. */
export function pushBarrier(
  model: GitHubModel,
  token: Token,
  repository: Repository,
  name: string,
): string | null {
  if (repository.archived) return 'This repository was archived so it is read-only.'
  if (token.readOnly) return 'Write access to repository not granted.'
  const denied = `Permission to ${name}.git denied to ${token.user.login}.`
  if (!hasScope(token, 'repo', ...(repository.private ? [] : ['public_repo']))) return denied
  if (hasPermission(token.user, repository, 'WRITE')) return null
  const lent = [...model.repositories.values()].some(({ pulls }) =>
    [...pulls.values()].some(
      (pull) => pull.state === 'OPEN' && pull.headRepository === repository && lentTo(token.user, [pull]),
    ),
  )
  return lent ? null : denied
}
