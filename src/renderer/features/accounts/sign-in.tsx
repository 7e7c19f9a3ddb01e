import type { Account, SignInWays } from '@shared/github'
import type { ErrorValue } from '@shared/errors'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { openOrganizations, openStart } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { ViewFrame } from '../task/view-frame'
import { AccountFacts, AccountName } from './account-facts'
import { DeviceSignIn } from './device-sign-in'
import { TokenForm } from './token-form'

/** Signing in, in the ways this machine has. Ends with who it is and what the token can do. */
export function SignIn({ host }: { host: string | null }) {
  const { ways, error, read } = useSignInWays()
  const [account, setAccount] = useState<Account | null>(null)
  const signedIn = useCallback((one: Account) => setAccount(one), [])
  return (
    <ViewFrame title={account === null ? 'Sign in to GitHub' : 'Signed in'} onClose={openStart}>
      {account === null ? (
        <>
          <p className="text-14 text-text-muted">
            Foundry reads repositories and pull requests with your account, and keeps them readable without a
            network. Folders on this computer work without any account.
          </p>
          {error !== null && (
            <ErrorNotice
              error={error}
              actions={
                <Button size="small" onClick={read}>
                  Try again
                </Button>
              }
            />
          )}
          {ways !== null && (
            <>
              <GhSignIn ways={ways} host={host} onSignedIn={signedIn} />
              {ways.device
                .filter((one) => host === null || one === host)
                .map((one) => (
                  <Way key={one} title="In the browser">
                    <DeviceSignIn host={one} onSignedIn={signedIn} />
                  </Way>
                ))}
            </>
          )}
          <Way title="With a token">
            <TokenForm host={host ?? 'github.com'} onSignedIn={signedIn} />
          </Way>
        </>
      ) : (
        <SignedIn account={account} />
      )}
    </ViewFrame>
  )
}

function Way({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-12 border-t border-line pt-16">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function useSignInWays(): { ways: SignInWays | null; error: ErrorValue | null; read: () => void } {
  const [ways, setWays] = useState<SignInWays | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const asked = useRef(0)
  const read = useCallback(() => {
    asked.current += 1
    const own = asked.current
    void call('account.signInWays').then((result) => {
      if (own !== asked.current) return
      if (result.ok) setWays(result.value)
      setError(result.ok ? null : result.error)
    })
  }, [])
  useEffect(() => {
    read()
    return () => {
      asked.current += 1
    }
  }, [read])
  return { ways, error, read }
}

/** The `gh` command is signed in already: one click takes its token. */
function GhSignIn({
  ways,
  host,
  onSignedIn,
}: {
  ways: SignInWays
  host: string | null
  onSignedIn: (account: Account) => void
}) {
  const signingIn = useCall<Account>()
  const [chosen, setChosen] = useState<string | null>(null)
  const offered = ways.gh.filter((one) => host === null || one.host === host)
  const use = async (of: string) => {
    setChosen(of)
    const account = await signingIn.run(() => call('account.useGh', { host: of }))
    if (account !== null) onSignedIn(account)
  }
  if (offered.length === 0) {
    return ways.ghProblem === null ? null : (
      <p className="text-12 text-text-faint" data-selectable>
        {ways.ghProblem}
      </p>
    )
  }
  return (
    <Way title="With the gh command">
      <p className="text-text-muted">
        The GitHub command line is signed in on this computer. Foundry takes over its token.
      </p>
      {offered.map((one, index) => (
        <div key={one.host}>
          <Button
            tone={index === 0 ? 'accent' : 'plain'}
            busy={signingIn.busy}
            onClick={() => void use(one.host)}
          >
            {signingIn.busy && chosen === one.host
              ? 'Checking token'
              : one.login === null
                ? `Continue on ${one.host}`
                : `Continue as ${one.login} on ${one.host}`}
          </Button>
        </div>
      ))}
      {signingIn.error !== null && <ErrorNotice error={signingIn.error} />}
    </Way>
  )
}

function SignedIn({ account }: { account: Account }) {
  return (
    <>
      <AccountName account={account} />
      <AccountFacts account={account} />
      {account.problem !== null && <ErrorNotice error={account.problem} />}
      <div className="flex flex-wrap gap-6">
        <Button tone="accent" onClick={() => openOrganizations(account.id)}>
          Choose organizations
        </Button>
        <Button tone="quiet" onClick={openStart}>
          Not now
        </Button>
      </div>
    </>
  )
}
