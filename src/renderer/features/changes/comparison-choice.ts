import { type ChangeList, type CheckpointEntry, type Comparison, comparisonSchema } from '@shared/changes'
import type { GitState, TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { CheckpointId } from '@shared/ids'
import { useCallback, useEffect, useState } from 'react'
import { create } from 'zustand'
import { showPanel } from '../../app/panels'
import { choosePanelTab } from '../../app/workspace'
import { call } from '../../client/call'

/** What a person compares: a tab, and what is chosen in it. */
export interface ComparisonChoice {
  tab: 'uncommitted' | 'base' | 'turns'
  part: 'uncommitted' | 'unstaged' | 'staged'
  /** A checkpoint, or null for the files as they are. Undefined before one was chosen: the newest. */
  to: CheckpointId | null | undefined
  /** `before`: what was there before that turn. Null: where the branch leaves its base. */
  from: CheckpointId | 'before' | null
}

const usual: ComparisonChoice = { tab: 'uncommitted', part: 'uncommitted', to: undefined, from: 'before' }
const archived: ComparisonChoice = { ...usual, tab: 'turns' }

/** By task, as long as the window is open. */
const useKept = create<Readonly<Record<string, ComparisonChoice>>>(() => ({}))

/** Shows what lies between two states, or what one turn did, in the changes of a task. */
export function chooseComparison(
  taskId: string,
  { from, to }: { from: CheckpointId | 'before' | null; to: CheckpointId | null },
): void {
  useKept.setState({ [taskId]: { ...usual, tab: 'turns', from, to } })
  choosePanelTab('changes')
  showPanel()
}

export function useComparisonChoice(
  task: TaskDetail,
): [ComparisonChoice, (change: Partial<ComparisonChoice>) => void] {
  // What an archived task holds can be told only by its turns.
  const start = task.status === 'archived' ? archived : usual
  const choice = useKept((kept) => kept[task.id]) ?? start
  const change = useCallback(
    (part: Partial<ComparisonChoice>) =>
      useKept.setState((kept) => ({ [task.id]: { ...(kept[task.id] ?? start), ...part } })),
    [task.id, start],
  )
  return [choice, change]
}

/** Null while there is nothing to compare. */
export function comparisonOf(
  choice: ComparisonChoice,
  checkpoints: readonly CheckpointEntry[],
): Comparison | null {
  if (choice.tab === 'base') return 'base'
  if (choice.tab === 'uncommitted') return choice.part
  const to = choice.to === undefined ? checkpoints[0]?.id : choice.to
  if (to === undefined) return null
  if (choice.from !== 'before') return { from: choice.from, to }
  if (to !== null) return { turn: to }
  // The files as they are, against the newest turn.
  const newest = checkpoints[0]
  return newest === undefined ? null : { from: newest.id, to: null }
}

/** The turn that files can be restored to: the one that is looked at, or the one that the files are compared with. */
export function restorePoint(
  { tab, to, from }: ComparisonChoice,
  entries: readonly CheckpointEntry[] | null,
): CheckpointId | null {
  const newest = entries?.[0]?.id ?? null
  if (tab !== 'turns') return null
  if (to === null) return from === 'before' ? newest : from
  return to ?? newest
}

export interface CheckpointList {
  /** Newest first; null before they were read. */
  readonly entries: readonly CheckpointEntry[] | null
  readonly more: boolean
  readonly error: ErrorValue | null
  readMore(): void
}

/** The checkpoints of a task, read while they are looked at, and again when the checkout has changed. */
export function useCheckpoints(
  task: TaskDetail,
  wanted: boolean,
  changedAt: number | undefined,
): CheckpointList {
  const [read, setRead] = useState<{ entries: CheckpointEntry[]; more: boolean } | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  useEffect(() => {
    if (!wanted) return undefined
    let current = true
    void call('task.checkpoints', { taskId: task.id, before: null }).then((result) => {
      if (!current) return
      if (result.ok) setRead((known) => joined(result.value, known))
      setError(result.ok ? null : result.error)
    })
    return () => {
      current = false
    }
    // A state that was read at another time asks for the list again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [task.id, wanted, changedAt])
  const last = read?.entries.at(-1)
  return {
    entries: read?.entries ?? null,
    more: read?.more ?? false,
    error,
    readMore() {
      if (last === undefined) return
      void call('task.checkpoints', { taskId: task.id, before: last.id }).then((result) => {
        if (result.ok)
          setRead((known) => ({
            entries: [...(known?.entries ?? []), ...result.value.entries],
            more: result.value.more,
          }))
        else setError(result.error)
      })
    },
  }
}

/** A first page that was read again, with the older ones that are known already. */
function joined(
  page: { entries: CheckpointEntry[]; more: boolean },
  known: { entries: CheckpointEntry[]; more: boolean } | null,
): { entries: CheckpointEntry[]; more: boolean } {
  const last = page.entries.at(-1)
  const at = known === null ? -1 : known.entries.findIndex(({ id }) => id === last?.id)
  return known === null || at < 0
    ? page
    : { entries: [...page.entries, ...known.entries.slice(at + 1)], more: known.more }
}

/** The list of a comparison that is not part of the git state. */
export function useComparedFiles(
  task: TaskDetail,
  comparison: Comparison | null,
  git: GitState | undefined,
): { list: ChangeList | null; error: ErrorValue | null } {
  const known = comparison === null || comparison === 'uncommitted' || comparison === 'base'
  const key = known ? '' : JSON.stringify(comparison)
  const [read, setRead] = useState<{
    key: string
    list: ChangeList
  } | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const fixed =
    typeof comparison === 'object' && comparison !== null && !('to' in comparison && comparison.to === null)
  // What was recorded does not change with the checkout.
  const state = fixed ? 0 : (git?.refreshedAt ?? 0)
  useEffect(() => {
    if (key === '') return undefined
    let current = true
    const compared = comparisonSchema.parse(JSON.parse(key))
    void call('task.changedFiles', { taskId: task.id, comparison: compared }).then((result) => {
      if (!current) return
      if (result.ok) setRead({ key, list: { files: result.value.files, total: result.value.total } })
      setError(result.ok ? null : result.error)
    })
    return () => {
      current = false
    }
    // A newer state of the checkout asks again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [task.id, key, state])
  return { list: read?.key === key ? read.list : null, error }
}
