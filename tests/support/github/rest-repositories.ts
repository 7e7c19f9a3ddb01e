import type { components } from '@octokit/openapi-types'
import { hasPermission } from './access'
import { notFound, problem, type Answer, type Call } from './answer'
import { branchesOf, fullName } from './derived'
import {
  aheadBehind,
  changedFiles,
  commitsBetween,
  listTree,
  readBlob,
  type TreeEntry,
} from './git-operations'
import { commitValue } from './rest-pulls'
import { isoTime } from './rest-values'
import { assertMay, fieldsOf, ok, page, refusal, textOf, type GitHub, type RepositoryRoute } from './routes'
import type { Branch, Protection, PullRequest, Repository } from './types'

type Schemas = components['schemas']

/** What is in a repository: files, branches, checks of commits. */
export function repositoryRoutes({ model, store }: GitHub): RepositoryRoute[] {
  const branchAt = (repository: Repository, name = ''): Branch | undefined =>
    branchesOf(model, repository).find((branch) => branch.name === name)

  async function contents(call: Call, repository: Repository, path = ''): Promise<Answer> {
    const ref = call.query.get('ref') ?? repository.defaultBranch
    const found = ref === null ? null : await store.resolve(repository, ref)
    if (found === null)
      return problem(404, ref === null ? 'This repository is empty.' : `No commit found for the ref ${ref}`)
    const { folder, commit } = found
    const folders = path.split('/').filter((part) => part !== '')
    const name = folders.pop() ?? ''
    const inside = await listTree(folder, commit, folders.join('/'))
    const entry = inside?.find((one) => one.path === [...folders, name].join('/'))
    if (name !== '' && entry === undefined) return notFound()
    const value = (one: TreeEntry) => contentValue(call, repository, one, ref ?? '')
    if (name === '') return ok((inside ?? []).map(value))
    if (entry?.type !== 'blob') return ok(((await listTree(folder, commit, path)) ?? []).map(value))
    const content = await readBlob(folder, entry.oid)
    if (call.headers['accept']?.includes('.raw') === true)
      return {
        status: 200,
        text: content.toString(),
        headers: { 'Content-Type': 'application/vnd.github.raw+json; charset=utf-8' },
      }
    return ok({
      ...value(entry),
      encoding: 'base64',
      content: content.toString('base64').replaceAll(/.{60}/g, '$&\n'),
    })
  }

  function branch(call: Call, repository: Repository, name?: string): Answer {
    const found = branchAt(repository, name)
    if (found === undefined) return problem(404, 'Branch not found')
    const api = `${call.addresses.api}/repos/${fullName(repository)}`
    const protection = repository.protections.get(found.name)
    return ok({
      name: found.name,
      commit: {
        sha: found.commit,
        url: `${api}/commits/${found.commit}`,
        commit: { message: found.headline, committer: { date: isoTime(found.committedAt) } },
      },
      _links: {
        self: `${api}/branches/${found.name}`,
        html: `${call.addresses.web}/${fullName(repository)}/tree/${found.name}`,
      },
      protected: protection !== undefined,
      protection: {
        enabled: protection !== undefined,
        required_status_checks: {
          enforcement_level: protection?.requiredChecks.length === 0 ? 'off' : 'everyone',
          contexts: protection?.requiredChecks ?? [],
          checks: [],
        },
      },
      protection_url: `${api}/branches/${found.name}/protection`,
    })
  }

  function protection(call: Call, repository: Repository, name = ''): Answer {
    // Administrators only, and nobody else is told that there is something.
    if (!hasPermission(call.token.user, repository, 'ADMIN')) return notFound()
    if (branchAt(repository, name) === undefined) return problem(404, 'Branch not found')
    const found = repository.protections.get(name)
    if (found === undefined) return problem(404, 'Branch not protected')
    return ok(protectionValue(`${call.addresses.api}/repos/${fullName(repository)}/branches/${name}`, found))
  }

  function reference(call: Call, repository: Repository, name?: string): Answer {
    const found = branchAt(repository, name)
    if (found === undefined) return notFound()
    const api = `${call.addresses.api}/repos/${fullName(repository)}`
    const body: Schemas['git-ref'] = {
      ref: `refs/heads/${found.name}`,
      node_id: `REF_${repository.nodeId}_${found.name}`,
      url: `${api}/git/refs/heads/${found.name}`,
      object: { sha: found.commit, type: 'commit', url: `${api}/git/commits/${found.commit}` },
    }
    return ok(body)
  }

  async function remove(call: Call, repository: Repository, name = ''): Promise<Answer> {
    assertMay(call, repository, 'WRITE')
    await store.folder(repository)
    if (branchAt(repository, name) === undefined) throw refusal(422, 'Reference does not exist')
    if (name === repository.defaultBranch) throw refusal(422, 'Cannot delete the default branch')
    if (repository.protections.get(name)?.allowsDeletions === false)
      throw refusal(422, 'Cannot delete this protected branch')
    model.removeBranch(repository, name)
    await store.folder(repository)
    return { status: 204 }
  }

  async function rename(call: Call, repository: Repository, name = ''): Promise<Answer> {
    assertMay(call, repository, name === repository.defaultBranch ? 'ADMIN' : 'WRITE')
    const to = textOf(fieldsOf(call)['new_name'])
    await store.folder(repository)
    if (branchAt(repository, name) === undefined) return problem(404, 'Branch not found')
    if (to === undefined || branchAt(repository, to) !== undefined)
      throw refusal(422, 'A branch already exists with this name')
    model.renameBranch(repository, name, to)
    await store.folder(repository)
    return { ...branch(call, repository, to), status: 201 }
  }

  function checkRuns(call: Call, repository: Repository, ref = ''): Answer {
    const named = branchAt(repository, ref.replace(/^heads\//, ''))
    const sha = named?.commit ?? ref
    const pull = [...repository.pulls.values()].find((one) => one.headCommit === sha)
    const checks = pull?.checks ?? named?.checks ?? null
    const names = pull === undefined ? ['build'] : checkNames(pull)
    const all = checks === null ? [] : names
    const answer = page(call, all, (name) => ({
      id: sha.length + name.length,
      name,
      head_sha: sha,
      status: checks === 'PENDING' || checks === 'EXPECTED' ? 'in_progress' : 'completed',
      conclusion:
        checks === 'SUCCESS' ? 'success' : checks === 'FAILURE' || checks === 'ERROR' ? 'failure' : null,
      html_url: `${call.addresses.web}/${fullName(repository)}/runs/${name}`,
      details_url: `${call.addresses.web}/${fullName(repository)}/runs/${name}`,
      app: { slug: 'github-actions', name: 'GitHub Actions' },
    }))
    return { ...answer, body: { total_count: all.length, check_runs: answer.body } }
  }

  async function comparison(call: Call, repository: Repository, base = '', head = ''): Promise<Answer> {
    const from = await store.resolve(repository, base)
    const to = await store.resolve(repository, head)
    if (from === null || to === null) return notFound()
    const { ahead, behind } = await aheadBehind(from.folder, from.commit, to.commit)
    const commits = await commitsBetween(from.folder, from.commit, to.commit)
    return ok({
      status: ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical',
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits.map((one) => commitValue(call.addresses, repository, one)),
      files: await changedFiles(from.folder, from.commit, to.commit),
    })
  }

  return [
    ['GET', /^contents(?:\/(.*))?$/, contents],
    ['GET', /^branches\/(.+)\/protection$/, protection],
    ['POST', /^branches\/(.+)\/rename$/, rename],
    ['GET', /^branches\/(.+)$/, branch],
    ['GET', /^git\/ref\/heads\/(.+)$/, reference],
    ['DELETE', /^git\/refs\/heads\/(.+)$/, remove],
    ['GET', /^commits\/(.+)\/check-runs$/, checkRuns],
    ['GET', /^compare\/(.+)\.\.\.(.+)$/, comparison],
  ]
}

/** What runs for a pull request: what its base requires and what said something, and one check where that is nothing. */
export function checkNames({ repository, baseRef, checkRuns }: PullRequest): readonly string[] {
  const required = repository.protections.get(baseRef)?.requiredChecks ?? []
  const all = new Set([...required, ...checkRuns.keys()])
  return all.size > 0 ? [...all] : ['build']
}

function contentValue(call: Call, repository: Repository, { type, oid, size, path }: TreeEntry, ref: string) {
  const url = `${call.addresses.api}/repos/${fullName(repository)}/contents/${path}?ref=${ref}`
  const kind = type === 'tree' ? 'dir' : 'file'
  const html = `${call.addresses.web}/${fullName(repository)}/${type === 'tree' ? 'tree' : 'blob'}/${ref}/${path}`
  const gitUrl = `${call.addresses.api}/repos/${fullName(repository)}/git/${type}s/${oid}`
  return {
    type: kind,
    size,
    name: path.split('/').at(-1) ?? '',
    path,
    sha: oid,
    url,
    git_url: gitUrl,
    html_url: html,
    download_url: type === 'tree' ? null : `${html}?raw=1`,
    _links: { git: gitUrl, self: url, html },
  }
}

function protectionValue(url: string, found: Protection): Schemas['branch-protection'] {
  return {
    url: `${url}/protection`,
    ...(found.requiredChecks.length === 0
      ? {}
      : {
          required_status_checks: {
            url: `${url}/protection/required_status_checks`,
            strict: found.strict,
            contexts: [...found.requiredChecks],
            contexts_url: `${url}/protection/required_status_checks/contexts`,
            checks: found.requiredChecks.map((context) => ({ context, app_id: null })),
          },
        }),
    ...(found.requiredApprovals === 0
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/protection/required_pull_request_reviews`,
            dismiss_stale_reviews: false,
            require_code_owner_reviews: false,
            required_approving_review_count: found.requiredApprovals,
          },
        }),
    enforce_admins: { url: `${url}/protection/enforce_admins`, enabled: true },
    allow_force_pushes: { enabled: found.allowsForcePushes },
    allow_deletions: { enabled: found.allowsDeletions },
  }
}
