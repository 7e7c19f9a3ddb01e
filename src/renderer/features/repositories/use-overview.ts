import type { Repository } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { RepositoryOverview } from '@shared/github'
import { useCallback, useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'

/** What was read less long ago is not read again because a person comes back to it. */
const freshMs = 60_000

interface Known {
  overview: RepositoryOverview | null
  error: ErrorValue | null
  /** What is kept was looked for. */
  looked: boolean
  busy: boolean
}

/**
 * The branches of one repository: what is kept at once, then what GitHub says now. For one repository in the life of
 * the component that asks.
 */
export function useOverview(repository: Repository): Known & { refresh: () => void } {
  const [known, setKnown] = useState<Known>({ overview: null, error: null, looked: false, busy: false })
  const current = useRef(false)
  const repositoryId = repository.id
  const { gone = false, openPullRequests = 0 } = repository.github ?? {}

  const ask = useCallback(
    async (refresh: boolean): Promise<RepositoryOverview | null> => {
      const result = await call('organization.overview', { repositoryId, refresh })
      if (!current.current) return null
      const answered = result.ok ? result.value : { overview: null, error: result.error }
      setKnown((before) => ({
        overview: answered.overview ?? before.overview,
        // Only who asks GitHub learns that it did not answer.
        error: refresh || !result.ok ? answered.error : before.error,
        looked: true,
        busy: refresh ? false : before.busy,
      }))
      return answered.overview
    },
    [repositoryId],
  )
  const refresh = useCallback(() => {
    setKnown((before) => ({ ...before, busy: true, error: null }))
    void ask(true)
  }, [ask])

  useEffect(() => {
    current.current = true
    void ask(false).then((kept) => {
      if (!current.current || gone) return
      if (kept === null || Date.now() - kept.fetchedAt > freshMs) refresh()
    })
    return () => {
      current.current = false
    }
  }, [ask, refresh, gone])

  // A sync brought or took pull requests: which branch has which is known here.
  const counted = useRef(openPullRequests)
  useEffect(() => {
    if (counted.current === openPullRequests) return
    counted.current = openPullRequests
    void ask(false)
  }, [ask, openPullRequests])

  return { ...known, refresh }
}
