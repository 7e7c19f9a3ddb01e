import type { Account } from '@shared/github'
import type { Organization } from '@shared/domain'
import { useMemo } from 'react'
import { useEntities, useEntity } from '../../client/topics'

/** Everybody who is signed in or was, by host and login. */
export function useAccounts(): readonly Account[] {
  const accounts = useEntities('app', null, 'account')
  return useMemo(
    () =>
      [...accounts.values()].toSorted(
        (a, b) => a.host.localeCompare(b.host) || a.login.localeCompare(b.login),
      ),
    [accounts],
  )
}

/** Whose token reads an organization; undefined for the local one, or once that account was signed out. */
export function useAccountOf(organization: Organization | undefined): Account | undefined {
  return useEntity('app', null, 'account', organization?.github?.accountId ?? null)
}
