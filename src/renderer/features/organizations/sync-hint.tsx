import type { Organization } from '@shared/domain'
import { useAccountOf } from '../accounts/use-accounts'
import { useSync, useSyncLine } from '../sync/use-sync'
import { bannerText, kindText } from './organization-text'

const problemWords = {
  reconnect: 'Sign in again',
  saml: 'Single sign-on needed',
  suspended: 'Blocked by GitHub',
  gone: 'Not on GitHub any more',
  left: 'Left, not synced',
} as const

/** One line about an organization: what is wrong with it, else how its sync stands. */
export function OrganizationHint({ organization }: { organization: Organization }) {
  return organization.github === null ? (
    kindText('local')
  ) : (
    <GitHubHint organization={organization} host={organization.github.host} />
  )
}

function GitHubHint({ organization, host }: { organization: Organization; host: string }) {
  const account = useAccountOf(organization)
  const line = useSyncLine(useSync(organization.id))
  const problem = bannerText(organization, account)
  const text = problem === null ? (line?.text ?? '') : problemWords[problem.kind]
  return (
    <>
      {host !== 'github.com' && `${host}. `}
      {text === '' ? kindText(organization.kind) : text}
    </>
  )
}
