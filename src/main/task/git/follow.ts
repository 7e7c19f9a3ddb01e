import { expectGit } from '../../sandbox/git/errors'
import { resolveCommit } from '../../sandbox/git/changes'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import { renameBranch } from './rename'
import { remoteRef } from './standing'
import { settleBase } from './update'

/** What a checkout follows, by what GitHub last said. */
export interface FollowedPlace {
  /** `origin`, or `fork` for the branch of a fork. */
  remote: string
  branch: string
  /** The base of its pull request; null without one. */
  base: string | null
  /** Null where the person's folder is the origin. */
  originUrl: string | null
}

export interface Follows {
  /** The commit its own work begins at from now on; null where that is as it was. */
  baseCommit: string | null
}

const WHAT = 'The checkout could not follow what changed on GitHub'
/** What we gave a checkout, beside which an agent or a person may have settings of their own. */
const GIVEN = ['foundry.branch', 'foundry.base', 'foundry.origin', 'remote.origin.url'] as const

/**
 * Brings a checkout in line with what became of its branch on GitHub: a new name, another base, another address. Asks no
 * server, and costs one git process where nothing changed. Doing it again does nothing.
 *
 * @throws FoundryError `conflict` when the new name is taken in the checkout, or a rebase is under way
 */
export async function follow(git: CheckoutGit, place: FollowedPlace): Promise<Follows> {
  const given = await readGiven(git)
  const set = async (key: string, value: string): Promise<void> => {
    expectGit(await git.run(['config', '--local', '--replace-all', key, value]), WHAT)
  }
  const origin = given.get('foundry.origin')
  // An address that somebody set in the checkout stays theirs.
  if (place.originUrl !== null && origin !== undefined && origin !== place.originUrl) {
    if (given.get('remote.origin.url') === origin) await set('remote.origin.url', place.originUrl)
    await set('foundry.origin', place.originUrl)
  }
  const branch = given.get('foundry.branch')
  if (branch !== undefined && branch !== place.branch) {
    await renameBranch(git, { remote: place.remote, from: branch, to: place.branch })
    await set('foundry.branch', place.branch)
  }
  if (place.base === null || given.get('foundry.base') === place.base) return { baseCommit: null }
  const tip = await resolveCommit(git, remoteRef('origin', place.base))
  // Not fetched yet: the next update or publishing brings it.
  if (tip === null || (await resolveCommit(git, 'HEAD')) === null) return { baseCommit: null }
  const baseCommit = await settleBase(git, tip)
  await set('foundry.base', place.base)
  return { baseCommit }
}

async function readGiven(git: CheckoutGit): Promise<Map<string, string>> {
  const pattern = `^(${GIVEN.map((key) => key.replaceAll('.', String.raw`\.`)).join('|')})$`
  const read = await git.run(['config', '--local', '--null', '--get-regexp', pattern])
  // Nothing found is no failure.
  if (read.exitCode > 1) throw new Error(`${WHAT}: ${oneLine(read.stderr)}`)
  const entries = read.stdout.split('\0').filter((entry) => entry !== '')
  return new Map(
    entries.map((entry): [string, string] => {
      const end = entry.indexOf('\n')
      return [entry.slice(0, end), entry.slice(end + 1)]
    }),
  )
}
