import type { Organization } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { Account } from '@shared/github'
import { hostPage } from '../accounts/account-text'

const kindWords: Record<Organization['kind'], string> = {
  local: 'Folders without GitHub',
  personal: 'Personal account',
  organization: 'Organization',
}

export function kindText(kind: Organization['kind']): string {
  return kindWords[kind]
}

/** What the switcher calls it: the local one holds what is on this computer alone. */
export function organizationName(organization: Pick<Organization, 'kind' | 'name'>): string {
  return organization.kind === 'local' ? 'This computer' : organization.name
}

/** Synced ones first, then the local one, then those that were left; each by name. */
export function orderOrganizations(organizations: Iterable<Organization>): Organization[] {
  const rank = (one: Organization) => (one.github === null ? 1 : one.github.leftAt === null ? 0 : 2)
  return [...organizations].toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}

const longest = 60
const segmenter = new Intl.Segmenter()

/** A name as it stands in a sentence: names can be longer than the sentence. */
export function shortName(name: string): string {
  if (name.length <= longest) return name
  let short = ''
  for (const { segment } of segmenter.segment(name)) {
    if (short.length + segment.length >= longest) break
    short += segment
  }
  return `${short.trimEnd()}…`
}

/**
 * Where a person authorizes their token for an organization with single sign-on. GitHub names a page for this very
 * token, where it said why it refused; it is followed only on the host it is about.
 */
export function ssoPage(host: string, login: string, problem: ErrorValue | null): string {
  const named = /https?:\/\/[^\s,;"'<>()]+/.exec(problem?.next ?? '')?.[0] ?? ''
  const page = hostPage(host, `/orgs/${encodeURIComponent(login)}/sso`)
  return URL.canParse(named) && new URL(named).origin === new URL(page).origin ? named : page
}

export interface BannerText {
  kind: 'reconnect' | 'saml' | 'suspended' | 'gone' | 'left'
  title: string
  next: string
}

const stays = 'Everything read before stays readable.'

/** Why nothing new is read for an organization, and what to do; null while all is well. */
export function bannerText(organization: Organization, account: Account | undefined): BannerText | null {
  const { github } = organization
  if (github === null) return null
  const name = shortName(organization.name)
  if (github.leftAt !== null) {
    return {
      kind: 'left',
      title: `You left ${name}.`,
      next: `${stays} Add it again to sync it.`,
    }
  }
  if (account === undefined || account.state === 'reconnect') {
    const who = account === undefined ? `No account for ${github.host} is signed in.` : null
    return {
      kind: 'reconnect',
      title: who ?? account?.problem?.message ?? `Sign in again as ${account?.login ?? github.login}.`,
      next: `${stays} Sign in again to read what is new in ${name}.`,
    }
  }
  switch (github.state) {
    case 'ok':
      return null
    case 'saml':
      return {
        kind: 'saml',
        title: `${name} asks for single sign-on.`,
        next: `Authorize your token for ${name} on GitHub, then check again. ${stays}`,
      }
    case 'suspended':
      return {
        kind: 'suspended',
        title: `GitHub blocks ${name}.`,
        next: github.problem?.next ?? `An owner can say why. ${stays}`,
      }
    case 'gone':
      return {
        kind: 'gone',
        title: `${name} is not on GitHub any more, or ${account.login} may not see it.`,
        next: github.problem?.next ?? stays,
      }
  }
}

/** Why an organization cannot be synced now; null when it can. */
export function blockedReason(organization: Organization, account: Account | undefined): string | null {
  return bannerText(organization, account)?.title ?? null
}
