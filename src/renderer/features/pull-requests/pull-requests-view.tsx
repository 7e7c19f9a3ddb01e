import type { Organization, Repository } from '@shared/domain'
import type { PullRequestSummary } from '@shared/github'
import { Copy, ExternalLink, GitBranch } from 'lucide-react'
import { memo, useCallback, useEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import { openExternal } from '../../app/open-external'
import { useEntities } from '../../client/topics'
import { Button } from '../../ui/button'
import { copyText } from '../../ui/copy-button'
import { ListBox } from '../../ui/list-box'
import type { MenuGroups } from '../../ui/menu'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { SearchSelect, Select } from '../../ui/select'
import { shortAge, useNow } from '../../ui/time'
import { AgeLine } from '../sync/age-line'
import { syncNow } from '../sync/sync-actions'
import { countText } from '../sync/sync-text'
import { useSync } from '../sync/use-sync'
import { FilterField, ListFrame } from '../task/list-frame'
import { useRepositoryOrder } from '../repositories/use-repositories'
import { PullRequestDetail } from './pull-request-detail'
import { PullRequestRow, pullRequestRowHeight } from './pull-request-row'
import { pullRequestName } from './pull-request-text'
import { pullRequestList, resetPullRequestsView, usePullRequestsView } from './pull-requests-state'

const searchDelayMs = 120
/** While a sync runs, the list is read again at most this often. */
const refreshMs = 1000
const keyOf = (pullRequest: PullRequestSummary) => pullRequest.id
const readMore = () => void pullRequestList.more()

/** The pull requests of an organization, as they were last read. Works without a network. */
export function PullRequestsView({ organization }: { organization: Organization }) {
  const { state, search, repositoryId, selected } = usePullRequestsView()
  const repositories = useEntities('organization', organization.id, 'repository')
  const sync = useSync(organization.id)
  useQuestion(organization)
  useChanges(organization)
  const { rows, busy, error, query, outdated } = useStore(pullRequestList.store)
  const own = query?.organizationId === organization.id
  const shown = selected === null ? null : (rows.find((one) => one.id === selected.id) ?? selected)
  const shownRepository = shown === null ? undefined : repositories.get(shown.repositoryId)
  const narrowed = search !== '' || repositoryId !== null
  return (
    <ListFrame
      title="Pull requests"
      count={
        sync === undefined ? '' : `${countText(sync.counts.openPullRequests)} open in ${organization.name}`
      }
      tools={<Tools organizationId={organization.id} />}
      detailLabel={shown === null ? '' : `Pull request #${shown.number}`}
      onCloseDetail={() => usePullRequestsView.setState({ selected: null })}
      detail={
        shown === null ? null : (
          <PullRequestDetail
            key={shown.id}
            summary={shown}
            repositoryName={repositoryName(shownRepository)}
            fullName={shownRepository?.github?.fullName}
          />
        )
      }
    >
      <AgeLine sync={sync} />
      {outdated && (
        <div className="flex shrink-0 items-center gap-8 border-b border-line bg-info-surface px-12 py-4 text-12">
          <span className="min-w-0 flex-1">Pull requests changed since this list was read.</span>
          <Button size="small" onClick={() => void pullRequestList.restart()}>
            Read from the top
          </Button>
        </div>
      )}
      {error !== null && (
        <div className="shrink-0 p-12">
          <ErrorNotice
            error={error}
            actions={
              <Button size="small" onClick={() => void pullRequestList.restart()}>
                Read again
              </Button>
            }
          />
        </div>
      )}
      {!own ? (
        <Waiting>Reading pull requests</Waiting>
      ) : rows.length > 0 ? (
        <Rows organizationId={organization.id} repositories={repositories} />
      ) : busy === 'first' ? (
        <Waiting>Reading pull requests</Waiting>
      ) : error === null ? (
        narrowed ? (
          <NothingMatches all={state === 'all'} />
        ) : sync === undefined || sync.syncedAt === null ? (
          <EmptyState
            title="No pull requests yet"
            action={
              sync?.state === 'running' ? undefined : (
                <Button onClick={() => void syncNow(organization.id)}>Sync now</Button>
              )
            }
          >
            {sync?.state === 'running'
              ? 'They appear here while they are read.'
              : 'They appear here once they were read from GitHub.'}
          </EmptyState>
        ) : (
          <EmptyState title={state === 'open' ? 'No open pull requests' : 'No pull requests'}>
            {state === 'open' ? `Nothing is open in ${organization.name}.` : `${organization.name} has none.`}
          </EmptyState>
        )
      ) : null}
    </ListFrame>
  )
}

/** Drawn again when the list or its repositories change, and not with every step of a sync. */
const Rows = memo(function Rows({
  organizationId,
  repositories,
}: {
  organizationId: string
  repositories: ReadonlyMap<string, Repository>
}) {
  const { state, repositoryId, selected } = usePullRequestsView()
  const { rows, cursor, busy, query } = useStore(pullRequestList.store)
  const now = useNow()
  const nameOf = useCallback(
    (one: PullRequestSummary) => pullRequestName(one, repositoryName(repositories.get(one.repositoryId))),
    [repositories],
  )
  return (
    <ListBox
      label="Pull requests"
      rows={rows}
      keyOf={keyOf}
      nameOf={nameOf}
      rowHeight={pullRequestRowHeight}
      selectedKey={selected?.id ?? null}
      onSelect={(one) => usePullRequestsView.setState({ selected: one })}
      menuFor={menuFor}
      onNearEnd={readMore}
      subject={`${organizationId} ${state} ${repositoryId ?? ''} ${query?.search ?? ''}`}
      foot={
        cursor === null ? undefined : (
          <p className="p-12 text-12 text-text-faint">{busy === 'more' ? 'Reading more' : ''}</p>
        )
      }
    >
      {(one) => {
        const repository = repositories.get(one.repositoryId)
        return (
          <PullRequestRow
            pullRequest={one}
            repositoryName={repositoryId === null ? repositoryName(repository) : null}
            fullName={repository?.github?.fullName}
            age={shortAge(one.updatedAt, now)}
          />
        )
      }}
    </ListBox>
  )
})

function NothingMatches({ all }: { all: boolean }) {
  return (
    <EmptyState
      title="No pull request matches"
      action={
        <Button size="small" onClick={() => usePullRequestsView.setState({ search: '', repositoryId: null })}>
          Clear filter
        </Button>
      }
    >
      Numbers, titles, branches and authors were looked through
      {all ? '.' : ', of open ones. Merged and closed ones were not.'}
    </EmptyState>
  )
}

function repositoryName(repository: Repository | undefined): string {
  return repository?.name ?? ''
}

/** Asks when what is looked for changes; while somebody types, after a short pause. */
function useQuestion(organization: Organization): void {
  const { state, search, repositoryId } = usePullRequestsView()
  useEffect(() => {
    const { query } = pullRequestList.store.getState()
    const other = query !== null && query.organizationId !== organization.id
    if (other) resetPullRequestsView()
    const wanted = {
      organizationId: organization.id,
      repositoryId: other ? null : repositoryId,
      state,
      search: other ? '' : search.trim(),
    }
    const same =
      query !== null &&
      query.organizationId === wanted.organizationId &&
      query.repositoryId === wanted.repositoryId &&
      query.state === wanted.state &&
      query.search === wanted.search
    if (same) return
    const typing = query !== null && !other && query.search !== wanted.search
    const timer = setTimeout(() => void pullRequestList.ask(wanted), typing ? searchDelayMs : 0)
    return () => clearTimeout(timer)
  }, [organization.id, state, search, repositoryId])
}

/** Reads the list again when a sync brought something, a second after the last time at the earliest. */
function useChanges(organization: Organization): void {
  const sync = useSync(organization.id)
  const mark = sync === undefined ? '' : `${sync.syncedAt} ${sync.progressAt} ${sync.counts.openPullRequests}`
  const seen = useRef<{ organizationId: string; mark: string; at: number } | null>(null)
  useEffect(() => {
    const before = seen.current
    if (before === null || before.organizationId !== organization.id) {
      seen.current = { organizationId: organization.id, mark, at: 0 }
      // What was read before this view was left may be old by now.
      if (pullRequestList.store.getState().query?.organizationId === organization.id)
        void pullRequestList.refresh()
      return
    }
    if (before.mark === mark) return
    const wait = Math.max(0, before.at + refreshMs - Date.now())
    const timer = setTimeout(() => {
      seen.current = { organizationId: organization.id, mark, at: Date.now() }
      void pullRequestList.refresh()
    }, wait)
    return () => clearTimeout(timer)
  }, [organization.id, mark])
}

const Tools = memo(function Tools({ organizationId }: { organizationId: string }) {
  const { state, search, repositoryId } = usePullRequestsView()
  const repositories = useRepositoryOrder(organizationId)
  const choices = useMemo(
    () => [
      { value: 'all', label: 'All repositories' },
      ...repositories.map((one) => ({ value: one.id, label: one.name })),
    ],
    [repositories],
  )
  return (
    <>
      <FilterField
        label="Filter pull requests"
        value={search}
        onChange={(next) => usePullRequestsView.setState({ search: next })}
      />
      <div className="max-w-menu min-w-number flex-1">
        <SearchSelect
          label="Repository"
          value={repositoryId ?? 'all'}
          placeholder="All repositories"
          empty="No repository matches."
          choices={choices}
          onChange={(next) =>
            usePullRequestsView.setState({
              repositoryId: repositories.find((one) => one.id === next)?.id ?? null,
            })
          }
        />
      </div>
      <div className="shrink-0">
        <Select
          label="State"
          look="quiet"
          value={state}
          choices={[
            { value: 'open', label: 'Open' },
            { value: 'all', label: 'All' },
          ]}
          onChange={(next) => usePullRequestsView.setState({ state: next })}
        />
      </div>
    </>
  )
})

function menuFor(pullRequest: PullRequestSummary): MenuGroups {
  const icon = 'size-12'
  return [
    [
      {
        label: 'Open on GitHub',
        icon: <ExternalLink className={icon} />,
        onSelect: () => void openExternal(pullRequest.url),
      },
    ],
    [
      {
        label: 'Copy link',
        icon: <Copy className={icon} />,
        onSelect: () => copyText(pullRequest.url),
      },
      {
        label: 'Copy branch',
        icon: <GitBranch className={icon} />,
        onSelect: () => copyText(pullRequest.headRef),
      },
    ],
  ]
}
