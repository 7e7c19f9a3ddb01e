import type { Comparison, ReviewComment } from '@shared/changes'
import type { FileChange, TaskDetail } from '@shared/domain'
import type { CheckpointId } from '@shared/ids'
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { cx } from '../../ui/cx'
import { useEditors } from '../../client/editors'
import { addToPrompt } from '../composer/insertion'
import { openFile } from '../files/files-state'
import { FilterField } from '../task/list-frame'
import { changeFiles } from './change-actions'
import { linesBetween } from '@shared/diff-places'
import { changeBlocks, newLineOf } from './change-blocks'
import { useEntity } from '../../client/topics'
import { AnnotationCard } from '../reviews/annotation-card'
import { type KnownReviews, useReviews } from '../reviews/reviews-store'
import { ThreadCard } from '../reviews/thread-card'
import { CommentCard, useComments } from './comments'
import { commentNote, type DiffNote, gitHubNotes } from './diff-notes'
import { ReviewBar } from './review-bar'
import { DiffSource, type LoadedFile } from './diff-source'
import { type ChosenRows, DiffView, type DiffViewHandle } from './diff-view'
import { FileHead, fileMenu, shownAt } from './file-head'
import { FileList } from './file-list'
import { excerptText, placeText } from '@shared/place-text'
import { isGenerated } from './generated'
import { ImageDialog } from './image-dialog'
import { useLineMarks } from './line-marks'
import { actionsFor, RowActions, type RowsDoing } from './row-actions'
import { markViewed, useViewedFiles } from './viewed-files'

/** A diff with more changed lines is folded at first. */
const largeLines = 3000
/** From so many files on, the list can be narrowed down. */
const filteredFrom = 8

export interface ReviewProps {
  task: TaskDetail
  comparison: Comparison
  files: readonly FileChange[]
  total: number
  /** When the files were read: another time asks for their diffs again. */
  readAt: number
  wide: boolean
  split: boolean
  wrap: boolean
  ignoreSpace: boolean
  /** A mark beside each line says which turn wrote it. */
  authors: boolean
  canWork: boolean
  /** The checkpoint that files can be restored to. */
  restoreTo: CheckpointId | null
  /** A file, or a line of it, that a link named. */
  linked: { path: string; line: number | null } | null
  /** What stands below the list, or below everything where there is no room beside it. */
  footer: ReactNode
}

/** The files of a comparison and their diffs, as one scroll. */
export function Review(props: ReviewProps) {
  const {
    task,
    comparison,
    files,
    total,
    readAt,
    wide,
    split,
    wrap,
    ignoreSpace,
    authors,
    canWork,
    restoreTo,
    linked,
    footer,
  } = props
  const source = useSource(task, comparison, ignoreSpace, files, readAt)
  const snapshot = useSyncExternalStore(source.subscribe, source.snapshot)
  const handle = useRef<DiffViewHandle>(null)
  const [filter, setFilter] = useState('')
  const [selected, setSelected] = useState<string | null>(linked?.path ?? null)
  const [rows, setRows] = useState<ChosenRows | null>(null)
  const [images, setImages] = useState<FileChange | null>(null)
  const comments = useComments(task.id)
  const known = useReviews(task)
  const notes = useNotes(task, comparison, comments, known, snapshot.files)
  const editors = useEditors()
  const [doing, setDoing] = useState<RowsDoing>(null)
  // The same function as long as it lives: the diffs tell what is chosen whenever it is another one.
  const choose = useCallback((chosen: ChosenRows | null) => {
    setRows(chosen)
    if (chosen === null) setDoing(null)
  }, [])
  const marks = useViewedFiles(task.id)
  const viewed = useMemo(
    () =>
      new Set(
        snapshot.files
          .filter(({ file, diff }) => marks[file.path] === diff.version)
          .map(({ file }) => file.path),
      ),
    [snapshot.files, marks],
  )
  const { folded, fold } = useFolds(files, viewed)
  const lineMarks = useLineMarks(task.id, comparison, snapshot.files, { shown: authors, readAt })
  useLinked(linked, snapshot.files, handle, fold)

  const listed = useMemo(() => {
    const words = filter.trim().toLowerCase()
    return words === '' ? files : files.filter(({ path }) => path.toLowerCase().includes(words))
  }, [files, filter])
  const canStage = comparison === 'uncommitted' || comparison === 'unstaged' || comparison === 'staged'
  const stage = (file: FileChange) =>
    void changeFiles(task.id, {
      action: comparison === 'staged' || file.staged === 'all' ? 'unstage' : 'stage',
      comparison,
      files: [file],
      part: 'file',
      version: null,
    })
  const menuFor = (file: FileChange) =>
    fileMenu(task.id, comparison, file, {
      canWork,
      restoreTo,
      editors,
      line: firstLine(snapshot.files.find((one) => one.file.path === file.path)),
      onMention: () => addToPrompt(task.id, `@${file.path} `),
    })
  const select = (path: string) => {
    setSelected(path)
    handle.current?.showFile(path)
  }
  const showComment = ({ path, to }: ReviewComment) => {
    fold(path, false)
    handle.current?.showFile(path, to)
  }
  const showNote = (id: string) => {
    const note = notes.all.find((one) => one.id === id)
    if (note === undefined) return
    fold(note.path, false)
    handle.current?.showFile(note.path, note.place)
  }
  const view = ({ file, diff }: LoadedFile, seen: boolean) => {
    markViewed(task.id, file.path, seen ? diff.version : null)
    fold(file.path, seen)
  }
  const onKeyDown = (
    event: KeyboardEvent,
    at: { loaded: LoadedFile | undefined; rows: ChosenRows | null },
  ) => {
    const { loaded } = at
    if (
      loaded === undefined ||
      (event.target instanceof Element && event.target.closest('input, textarea') !== null)
    )
      return
    const { path } = loaded.file
    const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
    if (step !== 0) {
      const next = files[files.findIndex((file) => file.path === path) + step]
      if (next !== undefined) select(next.path)
    } else if (event.key === 'v') view(loaded, !viewed.has(path))
    else if (event.key === 'o') fold(path, !folded.has(path))
    else if (event.key === 'c' && at.rows !== null) setDoing('comment')
    else if (event.key === 'w' && at.rows !== null) setDoing('origin')
    else if (event.key === 'e' && at.rows !== null) open(at.rows)
    else if (at.rows !== null && canWork) {
      const action = actionsFor(comparison).find(({ key }) => key === event.key)
      if (action === undefined) return
      act(at.rows, action.action)
    } else return
    event.preventDefault()
  }
  const open = ({ loaded: { file, diff }, part }: ChosenRows) => {
    const line = Math.max(1, newLineOf(diff.patch, part.from))
    openFile(task.id, file.path, { at: shownAt(comparison), line, keep: true, focus: true })
  }
  const act = (chosen: ChosenRows, action: 'discard' | 'stage' | 'unstage') => {
    const { file, diff } = chosen.loaded
    handle.current?.clearChoice()
    void changeFiles(task.id, { action, comparison, files: [file], part: chosen.part, version: diff.version })
  }

  const current = selected ?? files[0]?.path ?? ''
  return (
    <div className={cx('flex min-h-0 flex-1', wide ? 'flex-row' : 'flex-col')}>
      <div
        className={cx(
          'flex min-h-0 flex-col',
          wide ? 'w-review-list shrink-0 border-e border-line' : 'shrink-0',
        )}
      >
        {files.length >= filteredFrom && (
          <div className="flex shrink-0 items-center gap-8 px-8 pt-6">
            <FilterField label="Filter files" value={filter} takesFocus={false} onChange={setFilter} />
            <span className="shrink-0 text-12 text-text-faint">
              {viewed.size} of {files.length} viewed
            </span>
          </div>
        )}
        {listed.length === 0 ? (
          <p className="p-12 text-text-muted">No file matches the filter.</p>
        ) : (
          <FileList
            files={listed}
            total={filter === '' ? total : listed.length}
            selected={current}
            viewed={viewed}
            tall={wide}
            onSelect={select}
            onStage={canStage && canWork ? stage : null}
            menuFor={menuFor}
          />
        )}
        {wide && footer}
      </div>
      <section
        aria-label="Diff"
        className={cx(
          'diff-column relative flex min-h-0 min-w-0 flex-1 flex-col bg-surface-0',
          !wide && 'border-t border-line',
        )}
      >
        <ReviewBar
          task={task}
          comments={comments}
          known={known}
          placed={notes.threads}
          onComment={showComment}
          onThread={({ id }) => showNote(id)}
        />
        <DiffView
          taskId={task.id}
          source={source}
          snapshot={snapshot}
          split={split}
          wrap={wrap}
          folded={folded}
          handle={handle}
          notes={notes.all}
          renderNote={(note) => <Note task={task} note={note} />}
          marks={lineMarks}
          onChoose={choose}
          onSeen={setSelected}
          onKeyDown={onKeyDown}
          renderHead={(loaded) => (
            <FileHead
              loaded={loaded}
              folded={folded.has(loaded.file.path)}
              viewed={viewed.has(loaded.file.path)}
              onFold={() => fold(loaded.file.path, !folded.has(loaded.file.path))}
              onView={(seen) => view(loaded, seen)}
              onImages={() => setImages(loaded.file)}
              menu={menuFor(loaded.file)}
            />
          )}
        />
        {rows !== null && (
          <RowActions
            rows={rows}
            comparison={comparison}
            canWork={canWork}
            onAct={(action) => act(rows, action)}
            taskId={task.id}
            doing={doing}
            onDo={setDoing}
            onDone={() => handle.current?.clearChoice()}
            onOpen={() => open(rows)}
            onMention={() => {
              addToPrompt(task.id, mentionOf(rows))
              handle.current?.clearChoice()
            }}
          />
        )}
      </section>
      {!wide && footer}
      {images !== null && (
        <ImageDialog taskId={task.id} comparison={comparison} file={images} onClose={() => setImages(null)} />
      )}
    </div>
  )
}

/** What stands under lines of the diffs: own notes everywhere, what GitHub says where its branch is compared. */
function useNotes(
  task: TaskDetail,
  comparison: Comparison,
  comments: readonly ReviewComment[],
  { reviews }: KnownReviews,
  files: readonly LoadedFile[],
): { all: readonly DiffNote[]; threads: ReadonlySet<string> } {
  const git = useEntity('task', task.id, 'git', 'git')
  return useMemo(() => {
    const own = comments.map(commentNote)
    if (comparison !== 'base' || reviews === null) return { all: own, threads: new Set<string>() }
    const changed = new Set(git?.uncommitted.map(({ path }) => path))
    const isAsAtHead = (path: string) => git?.headCommit === reviews.head && !changed.has(path)
    const theirs = gitHubNotes(reviews, files, isAsAtHead)
    const threads = theirs.flatMap((note) => (note.about.kind === 'thread' ? [note.id] : []))
    return { all: [...theirs, ...own], threads: new Set(threads) }
  }, [comparison, comments, reviews, files, git])
}

function Note({ task, note: { about } }: { task: TaskDetail; note: DiffNote }) {
  if (about.kind === 'comment') return <CommentCard taskId={task.id} comment={about.comment} />
  if (about.kind === 'thread') return <ThreadCard task={task} thread={about.thread} />
  return <AnnotationCard annotation={about.annotation} />
}

/** One source as long as the same two states are compared. */
function useSource(
  task: TaskDetail,
  comparison: Comparison,
  ignoreSpace: boolean,
  files: readonly FileChange[],
  readAt: number,
): DiffSource {
  const key = `${JSON.stringify(comparison)} ${ignoreSpace}`
  const [held, setHeld] = useState(() => ({ key, source: new DiffSource(task.id, comparison, ignoreSpace) }))
  let current = held
  if (held.key !== key) {
    current = { key, source: new DiffSource(task.id, comparison, ignoreSpace) }
    setHeld(current)
  }
  const { source } = current
  useEffect(() => () => source.close(), [source])
  useEffect(() => {
    source.show(files)
    // The same list, read at another time, may stand for other lines.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [source, files, readAt])
  return source
}

function useFolds(files: readonly FileChange[], viewed: ReadonlySet<string>) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map())
  const folded = useMemo(() => {
    const paths = new Set<string>()
    for (const file of files) {
      const usual =
        viewed.has(file.path) ||
        isGenerated(file.path) ||
        (file.added ?? 0) + (file.removed ?? 0) > largeLines
      if (chosen.get(file.path) ?? usual) paths.add(file.path)
    }
    return paths
  }, [files, viewed, chosen])
  const fold = useCallback(
    (path: string, folds: boolean) => setChosen((before) => new Map(before).set(path, folds)),
    [],
  )
  return { folded, fold }
}

/** Shows what a link named once its diff is there, and then lets the person go on. */
function useLinked(
  linked: ReviewProps['linked'],
  loaded: readonly LoadedFile[],
  handle: RefObject<DiffViewHandle | null>,
  fold: (path: string, folds: boolean) => void,
): void {
  const shown = useRef<ReviewProps['linked']>(null)
  useEffect(() => {
    if (linked === null || shown.current === linked) return
    if (!loaded.some(({ file }) => file.path === linked.path)) return
    shown.current = linked
    fold(linked.path, false)
    handle.current?.showFile(
      linked.path,
      linked.line === null ? undefined : { side: 'new', line: linked.line },
    )
  }, [linked, loaded, handle, fold])
}

/** Where a file differs first, as it is now. */
function firstLine(loaded: LoadedFile | undefined): number | null {
  const place = loaded === undefined ? undefined : changeBlocks(loaded.diff.patch)[0]
  return place === undefined ? null : Math.max(place.from.line, 1)
}

/** The place by its true line numbers, and the lines themselves, as an agent can read them. */
function mentionOf({ loaded, part }: ChosenRows): string {
  return `@${loaded.file.path} ${placeText(part).toLowerCase()}:\n${excerptOf({ loaded, part })}`
}

function excerptOf({ loaded, part }: ChosenRows): string {
  return excerptText(linesBetween(loaded.diff.patch, part.from, part.to))
}
