import type { Organization } from '@shared/domain'
import { ExternalLink } from 'lucide-react'
import { openExternal } from '../../app/open-external'
import { openOrganizations, openSignIn } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { errorText, Notice } from '../../ui/notice'
import { useAccountOf } from '../accounts/use-accounts'
import { bannerText, ssoPage } from '../organizations/organization-text'
import { syncNow } from './sync-actions'

/** Says when nothing new is read for what the window shows, and what to do about it. Everything known stays. */
export function ReconnectBanner({ organization }: { organization: Organization }) {
  const account = useAccountOf(organization)
  const checking = useCall<unknown>()
  const text = bannerText(organization, account)
  const { github } = organization
  if (text === null || github === null) return null
  const problem = github.problem ?? account?.problem ?? checking.error
  const again = async () => {
    if (account === undefined) return
    const checked = await checking.run(() => call('account.check', { accountId: account.id }))
    if (checked !== null) await syncNow(organization.id)
  }
  return (
    <section
      aria-label={`${organization.name} is not synced`}
      aria-live="polite"
      className="@container shrink-0 border-b border-line p-8"
    >
      <Notice
        tone="warning"
        actions={
          <div className="flex flex-wrap justify-end gap-6">
            {text.kind === 'reconnect' && (
              <Button size="small" onClick={() => openSignIn(github.host)}>
                Reconnect
              </Button>
            )}
            {text.kind === 'left' && (
              <Button size="small" onClick={() => openOrganizations(github.accountId)}>
                Add again
              </Button>
            )}
            {text.kind === 'saml' && (
              <Button
                size="small"
                icon={<ExternalLink className="size-12" />}
                onClick={() => void openExternal(ssoPage(github.host, github.login, github.problem))}
              >
                Open single sign-on
              </Button>
            )}
            {text.kind !== 'reconnect' && text.kind !== 'left' && (
              <Button size="small" busy={checking.busy} onClick={() => void again()}>
                Check again
              </Button>
            )}
            {problem !== null && <CopyTextButton label="Copy error" text={() => errorText(problem)} />}
          </div>
        }
      >
        <p className="line-clamp-2 @form:line-clamp-none" title={`${text.title} ${text.next}`}>
          <span className="font-medium">{text.title}</span> {text.next}
        </p>
      </Notice>
    </section>
  )
}
