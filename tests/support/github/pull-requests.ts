import { canSee, hasPermission, lentTo } from './access'
import type { Call } from './answer'
import { branchesOf, fullName } from './derived'
import { commitTree, git, gitHubItself, identityOf, mergeTrees, rebase } from './git-operations'
import { mergeMessage } from './git-store'
import { mergeBarrier } from './merging'
import { assertWrites, fieldsOf, invalid, refusal, textOf, type FieldError, type GitHub } from './routes'
import type { MergeMethod, PullRequest, Repository, User } from './types'

const CREATE = 'pulls/pulls#create-a-pull-request'
const UPDATE = 'pulls/pulls#update-a-pull-request'

const wrong = (field: string, rest: Partial<FieldError> = {}): FieldError => ({
  resource: 'PullRequest',
  field,
  code: 'invalid',
  ...rest,
})

const custom = (message: string, rest: Partial<FieldError> = {}): FieldError => ({
  resource: 'PullRequest',
  code: 'custom',
  message,
  ...rest,
})

/** Opens what the body of the request describes. @throws Refusal in GitHub's words */
export async function createPullRequest(
  { model, store }: GitHub,
  call: Call,
  repository: Repository,
): Promise<PullRequest> {
  assertWrites(call, repository)
  const { user } = call.token
  const fields = fieldsOf(call)
  const given = ['base', 'head', 'title'].filter((name) => textOf(fields[name]) === undefined)
  if (given.length > 0) {
    const names = given.map((name) => `"${name}"`).join(', ')
    throw refusal(422, `Invalid request.\n\n${names} ${given.length === 1 ? "wasn't" : "weren't"} supplied.`)
  }
  const title = textOf(fields['title']) ?? ''
  const base = textOf(fields['base']) ?? ''
  const head = textOf(fields['head']) ?? ''
  const [owner, ref] = head.includes(':')
    ? [head.slice(0, head.indexOf(':')), head.slice(head.indexOf(':') + 1)]
    : [repository.owner.login, head]
  const headRepository = inNetwork(
    model.repositories.values(),
    repository,
    owner,
    textOf(fields['head_repo']),
  )
  if (title.trim() === '') throw invalid(CREATE, { ...wrong('title'), code: 'missing_field' })
  if (headRepository === undefined || !canSee(call.token, headRepository))
    throw invalid(CREATE, wrong('head'))
  await store.folder(repository)
  await store.folder(headRepository)
  const errors: FieldError[] = []
  const has = (one: Repository, name: string): boolean =>
    branchesOf(model, one).some((branch) => branch.name === name)
  if (!has(repository, base)) errors.push(wrong('base'))
  if (!has(headRepository, ref)) errors.push(wrong('head'))
  if (errors.length > 0) throw invalid(CREATE, ...errors)
  if (!hasPermission(user, headRepository, 'WRITE'))
    throw refusal(403, 'You must have push access to the head repository to open a pull request from it.')
  const isDraft = fields['draft'] === true
  if (isDraft && !repository.settings.allowDrafts)
    throw invalid(CREATE, custom('Draft pull requests are not supported in this repository.'))
  const label = `${headRepository.owner.login}:${ref}`
  const open = model.openFrom(headRepository, ref)
  if (open.some((one) => one.repository === repository && one.baseRef === base))
    throw invalid(CREATE, custom(`A pull request already exists for ${label}.`))
  const found = await store.inspect({ repository, ref: base }, { repository: headRepository, ref })
  if (found?.comparison == null)
    throw invalid(CREATE, custom(`The ${ref} branch has no history in common with ${base}`))
  const across = headRepository !== repository
  if (found.comparison.ahead === 0)
    throw invalid(
      CREATE,
      custom(
        across
          ? `No commits between ${repository.owner.login}:${base} and ${label}`
          : `No commits between ${base} and ${ref}`,
      ),
    )
  const pull = model.openPullRequest(repository, {
    title,
    body: textOf(fields['body']) ?? '',
    author: user,
    baseRef: base,
    headRef: ref,
    headRepository,
    isDraft,
    // A fork of the organization's own is never lent.
    maintainerCanModify:
      across && headRepository.owner.kind === 'user' && fields['maintainer_can_modify'] !== false,
    reviewsRequired: (repository.protections.get(base)?.requiredApprovals ?? 0) > 0,
  })
  await store.measure(pull)
  return pull
}

/** The repository of that owner that shares the history. */
function inNetwork(
  all: Iterable<Repository>,
  repository: Repository,
  owner: string,
  name: string | undefined,
): Repository | undefined {
  const root = (one: Repository): Repository => (one.parent === null ? one : root(one.parent))
  const login = owner.toLowerCase()
  const fits = (one: Repository): boolean =>
    one.owner.login.toLowerCase() === login &&
    root(one) === root(repository) &&
    (name === undefined || name === one.name || name === fullName(one))
  return fits(repository) ? repository : [...all].find(fits)
}

/** Changes what the body of a request says. @throws Refusal in GitHub's words */
export async function editPullRequest(
  { model, store }: GitHub,
  pull: PullRequest,
  fields: Record<string, unknown>,
): Promise<void> {
  const title = textOf(fields['title'])
  const body = fields['body'] === null ? '' : textOf(fields['body'])
  const base = textOf(fields['base'])
  const state = textOf(fields['state'])
  if (title?.trim() === '') throw invalid(UPDATE, { ...wrong('title'), code: 'missing_field' })
  if (state !== undefined && state !== 'open' && state !== 'closed') throw invalid(UPDATE, wrong('state'))
  if (state === 'open' && pull.state !== 'OPEN') await assertReopens({ model, store }, pull)
  if (state === 'closed' && pull.state === 'MERGED')
    throw invalid(UPDATE, custom('state cannot be changed.', { field: 'state' }))
  if (base !== undefined && base !== pull.baseRef) await assertRetargets({ model, store }, pull, base)
  const written = {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
  }
  if (Object.keys(written).length > 0) model.edit(pull, written)
  if (base !== undefined && base !== pull.baseRef) {
    model.retarget(pull, base)
    await store.measure(pull)
  }
  const lend = fields['maintainer_can_modify']
  if (typeof lend === 'boolean' && pull.headRepository !== pull.repository) pull.maintainerCanModify = lend
  if (state === 'closed' && pull.state === 'OPEN') model.close(pull)
  if (state === 'open' && pull.state === 'CLOSED') model.reopen(pull)
}

type Place = Pick<GitHub, 'model' | 'store'>

async function assertReopens({ model, store }: Place, pull: PullRequest): Promise<void> {
  const { headRepository, headRef, baseRef, repository } = pull
  const stays = (why: string) => invalid(UPDATE, custom(`state cannot be changed.${why}`, { field: 'state' }))
  if (pull.state === 'MERGED') throw stays(' The pull request has been merged.')
  if (headRepository === null)
    throw stays(' The repository that submitted this pull request has been deleted.')
  await store.folder(headRepository)
  const head = headRepository.branches.get(headRef)
  if (head === undefined) throw stays(` The ${headRef} branch has been deleted.`)
  if (!branchesOf(model, repository).some(({ name }) => name === baseRef))
    throw stays(` The ${baseRef} branch has been deleted.`)
  const open = model.openFrom(headRepository, headRef)
  if (open.some((one) => one.repository === repository && one.baseRef === baseRef))
    throw stays(` There is already an open pull request from ${headRef} to ${baseRef}.`)
  if (head.commit === pull.headCommit) return
  const { folder } = (await store.resolve(headRepository, head.commit)) ?? { folder: '' }
  const grew = await git(folder, ['merge-base', '--is-ancestor', pull.headCommit, head.commit]).then(
    () => true,
    () => false,
  )
  if (!grew) throw stays(` The ${headRef} branch was force-pushed or recreated.`)
  pull.headCommit = head.commit
}

async function assertRetargets({ model, store }: Place, pull: PullRequest, base: string): Promise<void> {
  const { repository, headRepository, headRef } = pull
  if (pull.state !== 'OPEN')
    throw invalid(
      UPDATE,
      wrong('base', { message: 'Cannot change the base branch of a closed pull request.' }),
    )
  await store.folder(repository)
  if (!branchesOf(model, repository).some(({ name }) => name === base))
    throw invalid(UPDATE, wrong('base', { message: `Proposed base branch '${base}' was not found` }))
  const taken = model
    .openFrom(headRepository, headRef)
    .some((one) => one.repository === repository && one.baseRef === base)
  if (taken)
    throw invalid(
      UPDATE,
      wrong('base', {
        message: `A pull request already exists for base branch '${base}' and head branch '${headRef}'`,
      }),
    )
  if (headRepository === null) return
  const found = await store.inspect({ repository, ref: base }, { repository: headRepository, ref: headRef })
  if (found?.comparison?.ahead === 0)
    throw invalid(
      UPDATE,
      wrong('base', {
        message: `There are no new commits between base branch '${base}' and head branch '${headRef}'`,
      }),
    )
}

/** Makes the commits of a merge on the base branch; the last of them. @throws Refusal in GitHub's words */
export async function mergePullRequest(
  { model, store }: GitHub,
  pull: PullRequest,
  user: User,
  fields: Record<string, unknown>,
): Promise<string> {
  const method = textOf(fields['merge_method']) ?? 'merge'
  if (method !== 'merge' && method !== 'squash' && method !== 'rebase')
    throw invalid('pulls/pulls#merge-a-pull-request', wrong('merge_method'))
  const { repository } = pull
  await store.folder(repository)
  const barrier = mergeBarrier(pull, method)
  if (barrier !== null) throw refusal(405, barrier)
  const expected = textOf(fields['sha'])
  if (expected !== undefined && expected !== pull.headCommit)
    throw refusal(409, 'Head branch was modified. Review and try the merge again.')
  return store.change(repository, user, async (folder) => {
    const said = { title: textOf(fields['commit_title']), message: textOf(fields['commit_message']) }
    const commit = await mergeCommit(folder, pull, { method, user, at: model.now(), ...said })
    if (commit === null)
      throw refusal(
        405,
        method === 'rebase' ? "This branch can't be rebased" : 'Pull Request is not mergeable',
      )
    await git(folder, ['update-ref', `refs/heads/${pull.baseRef}`, commit])
    model.merge(pull, { by: user, commit })
    return commit
  })
}

interface MergeOrder {
  method: MergeMethod
  user: User
  at: number
  title: string | undefined
  message: string | undefined
}

async function mergeCommit(
  folder: string,
  pull: PullRequest,
  { method, user, at, title, message }: MergeOrder,
): Promise<string | null> {
  const commitOf = async (ref: string): Promise<string> => (await git(folder, ['rev-parse', ref])).trim()
  const base = await commitOf(`refs/heads/${pull.baseRef}`)
  const head = await commitOf(`refs/pull/${pull.number}/head`)
  const author = identityOf(user)
  if (method === 'rebase') return rebase(folder, base, head, { committer: author, at })
  const tree = await mergeTrees(folder, base, head)
  if (tree === null) return null
  const [usual = '', ...rest] =
    method === 'merge' ? mergeMessage(pull).split('\n\n') : [`${pull.title} (#${pull.number})`, pull.body]
  const paragraphs = [title ?? usual, message ?? rest.join('\n\n')]
  return commitTree(folder, {
    tree,
    parents: method === 'merge' ? [base, head] : [base],
    message: paragraphs.filter((one) => one !== '').join('\n\n'),
    author,
    committer: gitHubItself,
    at,
  })
}

/** Merges the base into the head branch, wherever that is. @throws Refusal in GitHub's words */
export async function updateBranch(
  { model, store }: GitHub,
  pull: PullRequest,
  user: User,
  fields: Record<string, unknown>,
): Promise<void> {
  const { headRepository, repository } = pull
  const ends = await store.ends(pull)
  if (pull.state !== 'OPEN' || headRepository === null || ends === null)
    throw refusal(422, 'Cannot update the branch of a closed pull request.')
  if (!hasPermission(user, headRepository, 'WRITE') && !lentTo(user, [pull]))
    throw refusal(403, 'You do not have permission to push to the head branch of this pull request.')
  const expected = textOf(fields['expected_head_sha'])
  if (expected !== undefined && expected !== ends.head)
    throw refusal(422, 'expected head sha didn’t match current head ref.')
  if (pull.behindBy === 0 && !(await isBehind(ends)))
    throw refusal(422, 'There are no new commits on the base branch.')
  const tree = await mergeTrees(ends.folder, ends.head, ends.base)
  if (tree === null) throw refusal(422, 'merge conflict between base and head')
  const commit = await commitTree(ends.folder, {
    tree,
    parents: [ends.head, ends.base],
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    author: identityOf(user),
    committer: gitHubItself,
    at: model.now(),
  })
  await store.change(headRepository, user, (folder) =>
    headRepository === repository
      ? git(folder, ['update-ref', `refs/heads/${pull.headRef}`, commit, ends.head])
      : git(folder, ['fetch', '--quiet', '--no-tags', ends.folder, `${commit}:refs/heads/${pull.headRef}`]),
  )
}

async function isBehind({
  folder,
  base,
  head,
}: {
  folder: string
  base: string
  head: string
}): Promise<boolean> {
  return (await git(folder, ['rev-list', '--count', `${head}..${base}`])).trim() !== '0'
}
