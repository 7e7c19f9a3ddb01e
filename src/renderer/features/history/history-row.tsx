import type { HistoryEntry } from '@shared/history'
import type { TaskId } from '@shared/ids'
import {
  Bot,
  Camera,
  CircleHelp,
  GitCommitHorizontal,
  GitPullRequest,
  History,
  MessageSquare,
  ShieldCheck,
  ShieldX,
  SquareArrowOutUpRight,
  TriangleAlert,
} from 'lucide-react'
import { memo } from 'react'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { compareStates, markState, type MarkedState } from './compare-mark'
import { EntryLine } from './entry-line'
import { entryDetail, entryMeta, entryText, isProblem } from './history-text'
import { openPlace, placeLabel } from './open-place'

/** One entry of the history of a task. */
export const HistoryRow = memo(function HistoryRow({
  taskId,
  entry,
  chosen = false,
  marked,
  agentName,
}: {
  taskId: TaskId
  entry: HistoryEntry
  chosen?: boolean
  /** The state that another is to be compared with. */
  marked: MarkedState | null
  agentName: (id: string) => string
}) {
  const { place, recorded, at } = entry
  const text = entryText(entry)
  const state: MarkedState | null =
    recorded === null ? null : { id: recorded.id, at, title: bare(text).slice(0, 80) }
  const open = place === null ? undefined : () => openPlace(taskId, place)
  return (
    <EntryLine
      at={at}
      glyph={<Glyph entry={entry} />}
      text={text}
      tone={isProblem(entry) ? 'danger' : 'plain'}
      meta={entryMeta(entry, agentName)}
      detail={() => entryDetail(entry)}
      chosen={chosen}
      onOpen={open}
      trailing={
        <>
          {state !== null && marked !== null && (
            <Button
              size="small"
              disabled={marked.id === state.id}
              onClick={() => compareStates(taskId, marked, state)}
            >
              {marked.id === state.id ? 'Marked' : 'Compare'}
            </Button>
          )}
          {place !== null && (
            <IconButton label={placeLabel(place)} onClick={open}>
              <SquareArrowOutUpRight className="size-12" />
            </IconButton>
          )}
        </>
      }
      actions={
        state !== null && (
          <>
            {place?.type !== 'checkpoint' && (
              <Button
                size="small"
                onClick={() => openPlace(taskId, { type: 'checkpoint', checkpointId: state.id })}
              >
                Show the changes
              </Button>
            )}
            <Button size="small" onClick={() => markState(taskId, state)}>
              Compare with…
            </Button>
          </>
        )
      }
    />
  )
})

/** Without the marks that keep words of others apart. */
const bare = (text: string): string => text.replaceAll(/[\u2068\u2069]/g, '')

function Glyph({ entry }: { entry: HistoryEntry }) {
  const { Icon, tone } = glyphOf(entry)
  return <Icon aria-hidden className={cx('mt-4 size-12 shrink-0', tone)} />
}

function glyphOf(entry: HistoryEntry): { Icon: typeof Bot; tone: string } {
  const muted = 'text-text-faint'
  const { what } = entry
  if (isProblem(entry)) return { Icon: TriangleAlert, tone: 'text-danger' }
  switch (what.type) {
    case 'turn':
      return { Icon: MessageSquare, tone: muted }
    case 'checkpoint':
      return { Icon: Camera, tone: muted }
    case 'permission':
      if (what.state === 'answered')
        return what.decision === 'reject'
          ? { Icon: ShieldX, tone: 'text-text-muted' }
          : { Icon: ShieldCheck, tone: 'text-text-muted' }
      return { Icon: CircleHelp, tone: 'text-warning' }
    case 'review':
    case 'thread':
      return { Icon: GitPullRequest, tone: muted }
    case 'mark':
      return { Icon: Bot, tone: muted }
    case 'audit':
      if (entry.groups.includes('commits')) return { Icon: GitCommitHorizontal, tone: muted }
      return entry.groups.includes('pull_request')
        ? { Icon: GitPullRequest, tone: muted }
        : { Icon: History, tone: muted }
    case 'job':
      return { Icon: TriangleAlert, tone: 'text-danger' }
  }
}
