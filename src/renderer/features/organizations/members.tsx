import type { Member } from '@shared/github'
import type { ErrorValue } from '@shared/errors'
import type { OrganizationId } from '@shared/ids'
import { useCallback, useEffect, useState } from 'react'
import { call } from '../../client/call'
import { Avatar } from '../../ui/avatar'
import { Button } from '../../ui/button'
import { TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'

interface Found {
  members: readonly Member[]
  cursor: string | null
  search: string
}

const searchDelayMs = 120

/** Who belongs to an organization, as it was last read. */
export function Members({ organizationId }: { organizationId: OrganizationId }) {
  const [search, setSearch] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    let current = true
    const timer = setTimeout(
      () => {
        void call('organization.members', { organizationId, search, cursor: null }).then((result) => {
          if (!current) return
          if (result.ok) setFound({ ...result.value, search })
          setError(result.ok ? null : result.error)
        })
      },
      search === '' ? 0 : searchDelayMs,
    )
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [organizationId, search])
  const more = useCallback(async () => {
    if (found === null || found.cursor === null || busy) return
    setBusy(true)
    const result = await call('organization.members', {
      organizationId,
      search: found.search,
      cursor: found.cursor,
    })
    setBusy(false)
    setError(result.ok ? null : result.error)
    if (!result.ok) return
    // Another search may have been answered meanwhile.
    setFound((known) =>
      known === found
        ? { ...result.value, members: [...found.members, ...result.value.members], search: found.search }
        : known,
    )
  }, [organizationId, found, busy])
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <TextField
        label="Find a member"
        type="search"
        value={search}
        maxLength={200}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {error !== null && <ErrorNotice error={error} />}
      {found?.members.length === 0 && (
        <p className="text-text-muted">
          {found.search === '' ? 'No members are known yet.' : `Nobody here matches "${found.search}".`}
        </p>
      )}
      {found !== null && found.members.length > 0 && (
        <ul
          aria-label="Members"
          className="flex max-h-output flex-col overflow-y-auto rounded-6 border border-line"
        >
          {found.members.map((member) => (
            <li key={member.id} className="flex min-h-row min-w-0 shrink-0 items-center gap-8 px-8">
              <Avatar size="small" name={member.name ?? member.login} url={member.avatarUrl} />
              <span className="min-w-0 truncate" title={member.login}>
                {member.login}
              </span>
              <span className="min-w-0 flex-1 truncate text-text-faint" dir="auto">
                {member.name}
              </span>
              {member.role === 'admin' && <span className="shrink-0 text-12 text-text-muted">Owner</span>}
            </li>
          ))}
          {found.cursor !== null && (
            <li className="p-4">
              <Button size="small" tone="quiet" wide busy={busy} onClick={() => void more()}>
                {busy ? 'Reading members' : 'Show more'}
              </Button>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}
