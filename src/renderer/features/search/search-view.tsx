import type { SearchHit, SearchIndex } from '@shared/search'
import { filterKeys } from '@shared/search-query'
import { useEffect, useRef } from 'react'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { Button } from '../../ui/button'
import { ListBox } from '../../ui/list-box'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { showError } from '../../ui/toast'
import { shortAge, useNow } from '../../ui/time'
import { SidebarButton } from '../task/sidebar-button'
import { HitRow, hitRowHeight } from './hit-row'
import { openHit } from './open-hit'
import { SavedList, SavedSearches } from './saved-searches'
import { SearchField } from './search-field'
import { searchAgain, searchMore, useSearch } from './search-state'

const keyOf = (hit: SearchHit) => hit.id
const readMore = () => void searchMore()
const remember = (top: number) => useSearch.setState({ top })

/** All that was said and done, in all organizations, also while offline. */
export function SearchView() {
  const index = useEntity('app', null, 'searchIndex', 'index')
  const section = useRef<HTMLElement>(null)
  const { state } = index ?? { state: 'starting' }
  // What came while the index was made is there now.
  const before = useRef(state)
  useEffect(() => {
    if (before.current === 'building' && state === 'ready') searchAgain()
    before.current = state
  }, [state])
  return (
    <section ref={section} aria-label="Search" className="flex h-full min-h-0 flex-col">
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
        <h1 className="min-w-0 truncate font-semibold">Search</h1>
        <span className="min-w-0 flex-1 truncate text-12 text-text-faint">
          All that was said and done, in every organization
        </span>
      </header>
      <div className="flex shrink-0 items-center gap-8 border-b border-line px-12 py-8">
        <SearchField
          onResults={() => section.current?.querySelector<HTMLElement>('[aria-label=Results]')?.focus()}
        />
        <SavedSearches />
      </div>
      <IndexNotice index={index} />
      <Found />
    </section>
  )
}

function Found() {
  const { text, asked, hits, cursor, rankedAmong, lookedAt, problems, busy, error, opened, top } = useSearch()
  const now = useNow()
  return (
    <>
      {problems.length > 0 && (
        <ul className="shrink-0 border-b border-line bg-warning-surface px-12 py-4 text-12">
          {problems.map((problem) => (
            <li key={problem} className="break-words">
              {problem}
            </li>
          ))}
        </ul>
      )}
      {error !== null && (
        <div className="shrink-0 p-12">
          <ErrorNotice
            error={error}
            actions={
              <Button size="small" onClick={() => (hits.length > 0 ? readMore() : searchAgain())}>
                Search again
              </Button>
            }
          />
        </div>
      )}
      <output className="flex min-h-24 shrink-0 items-center px-12 text-11 text-text-faint">
        {asked === null || error !== null ? '' : countText(hits.length, cursor, rankedAmong, lookedAt)}
      </output>
      {hits.length > 0 ? (
        <ListBox
          label="Results"
          rows={hits}
          keyOf={keyOf}
          rowHeight={hitRowHeight}
          selectedKey={opened}
          onSelect={(hit) => void openHit(hit)}
          onNearEnd={readMore}
          subject={asked ?? ''}
          startAt={top}
          onTop={remember}
          foot={
            cursor === null ? undefined : (
              <div className="flex items-center gap-8 p-12 text-12 text-text-faint">
                {busy === 'more' ? (
                  'Looking further back'
                ) : (
                  <Button size="small" onClick={readMore}>
                    Look further back
                  </Button>
                )}
              </div>
            )
          }
        >
          {(hit) => <HitRow hit={hit} age={shortAge(hit.at, now)} />}
        </ListBox>
      ) : busy === 'first' ? (
        <Waiting>Looking</Waiting>
      ) : error !== null ? null : asked !== null ? (
        <EmptyState
          title="Nothing was found"
          action={
            cursor === null ? undefined : (
              <Button size="small" onClick={readMore}>
                Look further back
              </Button>
            )
          }
        >
          {cursor === null
            ? 'Words are all looked for. Try fewer of them, the beginning of one with a star behind it, or without filters.'
            : 'The newest matches do not meet the filters.'}
        </EmptyState>
      ) : (
        <Help empty={text.trim() === ''} />
      )}
    </>
  )
}

/** What the order is of, and whether there may be more. */
function countText(
  shown: number,
  cursor: string | null,
  rankedAmong: number | null,
  lookedAt: number | null,
): string {
  const count = shown === 1 ? '1 place' : `${shown} places`
  if (lookedAt !== null && cursor !== null)
    return `${count} among the newest ${lookedAt.toLocaleString()} matches`
  if (rankedAmong === null) return cursor === null ? `${count}, best first` : `${count} so far, best first`
  return `${count}${cursor === null ? '' : ' so far'}: best first among the newest ${rankedAmong}, then older ones`
}

/** What there is to look for, before anything is. */
function Help({ empty }: { empty: boolean }) {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-form flex-col gap-16 p-24">
        {!empty && <p className="text-text-muted">Write a word to look for, or a filter.</p>}
        <SavedList />
        <dl className="grid grid-cols-[auto_1fr] gap-x-16 gap-y-6 text-12">
          {[
            ['two words', 'Both, in whatever order'],
            ['"two words"', 'Next to one another'],
            ['begin*', 'Words that begin so; the last one does while you type'],
            ['-word', 'Without it'],
            ...Object.entries(filterKeys).map(([key, meaning]) => [`${key}:`, meaning]),
          ].map(([written, meaning]) => (
            <div key={written} className="contents">
              <dt className="code-text">{written}</dt>
              <dd className="min-w-0 text-text-muted">{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  )
}

function IndexNotice({ index }: { index: SearchIndex | undefined }) {
  if (index === undefined || index.state === 'ready') return null
  if (index.state === 'failed' && index.error !== null)
    return (
      <div className="max-h-list shrink-0 overflow-y-auto p-12">
        <p className="pb-6 text-12 text-text-muted">
          The search index cannot be kept up to date. What was indexed before can still be found.
        </p>
        <ErrorNotice
          error={index.error}
          actions={
            <Button
              size="small"
              onClick={() =>
                void call('search.adminRebuildIndex').then((result) => {
                  if (!result.ok) showError(result.error)
                })
              }
            >
              Make the index anew
            </Button>
          }
        />
      </div>
    )
  const percent = Math.floor(index.progress * 100)
  return (
    <div className="flex shrink-0 items-center gap-8 border-b border-line bg-info-surface px-12 py-4 text-12">
      <span className="min-w-0 flex-1">
        {index.state === 'starting'
          ? 'The search index is being opened.'
          : `The search index is being made: ${percent} %. Older things are found first; newer ones are not all there yet.`}
      </span>
      {index.state === 'building' && (
        <progress aria-label="Search index" max={100} value={percent} className="h-4 w-tab shrink-0" />
      )}
    </div>
  )
}
