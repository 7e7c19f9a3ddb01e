import {
  CodeView,
  type CodeViewHandle,
  type CodeViewReactOptions,
  WorkerPoolContext,
} from '@pierre/diffs/react'
import type {
  CodeViewItem,
  CodeViewLineSelection,
  FileDiffLoadedFiles,
  FileDiffMetadata,
  SelectedLineRange,
} from '@pierre/diffs'
import type { PatchPart } from '@shared/changes'
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { TaskId } from '@shared/ids'
import { call } from '../../client/call'
import { codeThemes } from '../../ui/code/code-theme'
import { diffTheme } from '../../ui/diff-theme'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'
import { showError } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import type { DiffPlace } from '@shared/diff-places'
import { changeBlocks } from './change-blocks'
import type { DiffNote } from './diff-notes'
import { type DiffSnapshot, type DiffSource, type LoadedFile, visibleCode } from './diff-source'
import { highlightPool } from './highlight-pool'
import { type LineMarks, useDrawnMarks } from './line-marks'

/** Rows of one file that somebody chose. */
export interface ChosenRows {
  readonly loaded: LoadedFile
  readonly part: Exclude<PatchPart, 'file'> & { from: DiffPlace; to: DiffPlace }
}

export interface DiffViewHandle {
  /** Brings a file, or a line of it, into view. */
  showFile(path: string, place?: DiffPlace): void
  clearChoice(): void
}

export interface DiffViewProps {
  taskId: TaskId
  source: DiffSource
  snapshot: DiffSnapshot
  split: boolean
  wrap: boolean
  folded: ReadonlySet<string>
  /** The head of a file; as tall as `headHeight`. */
  renderHead: (loaded: LoadedFile) => ReactNode
  notes: readonly DiffNote[]
  renderNote: (note: DiffNote) => ReactNode
  /** Who wrote the lines; null where that is not shown. */
  marks: LineMarks | null
  onChoose: (rows: ChosenRows | null) => void
  /** The file at the top of what can be seen. */
  onSeen: (path: string) => void
  onKeyDown: (event: KeyboardEvent, at: { loaded: LoadedFile | undefined; rows: ChosenRows | null }) => void
  handle: RefObject<DiffViewHandle | null>
}

/** Of a file's head, in pixels: the library places files by it. */
const headHeight = 32
const lineHeight = 18

/** The diffs of all files as one scroll. What is out of sight is not drawn; colours come from workers. */
export function DiffView(props: DiffViewProps) {
  const { taskId, source, snapshot, split, wrap, folded, renderHead, notes, onChoose, onSeen, handle } = props
  const view = useRef<CodeViewHandle<DiffNote, undefined>>(null)
  const theme = useSyncExternalStore(onThemeChange, currentTheme)
  const [made, setMade] = useState<{ selection: CodeViewLineSelection; version: string } | null>(null)
  const byPath = useMemo(() => new Map(snapshot.files.map((one) => [one.file.path, one])), [snapshot.files])
  const byFile = useMemo(() => Map.groupBy(notes, ({ path }) => path), [notes])
  const items = useMemo(
    () =>
      snapshot.files.map((loaded) =>
        itemOf(loaded, folded.has(loaded.file.path), byFile.get(loaded.file.path)),
      ),
    [snapshot.files, folded, byFile],
  )

  const loadDiffFiles = useCallback(
    async (metadata: FileDiffMetadata): Promise<FileDiffLoadedFiles> => {
      const oldPath = metadata.prevName ?? null
      const result = await call('task.fileVersions', {
        taskId,
        comparison: source.comparison,
        path: metadata.name,
        oldPath,
      })
      if (!result.ok) {
        showError(result.error)
        throw new Error(result.error.message)
      }
      const { before, after } = result.value
      const decode = (bytes: Uint8Array | null) =>
        visibleCode(new TextDecoder().decode(bytes ?? new Uint8Array()))
      return {
        oldFile: { name: oldPath ?? metadata.name, contents: decode(before) },
        newFile: { name: metadata.name, contents: decode(after) },
      }
    },
    [taskId, source],
  )

  const drawn = useDrawnMarks(props.marks)
  const options = useMemo(
    (): CodeViewReactOptions<DiffNote, undefined> => ({
      theme: codeThemes,
      themeType: theme,
      diffStyle: split ? 'split' : 'unified',
      overflow: wrap ? 'wrap' : 'scroll',
      preferredHighlighter: 'highlights',
      unsafeCSS: diffTheme,
      stickyHeaders: true,
      enableLineSelection: true,
      hunkSeparators: 'line-info-basic',
      itemMetrics: { diffHeaderHeight: headHeight, lineHeight },
      layout: { paddingTop: 0, paddingBottom: 8, gap: 1 },
      loadDiffFiles,
      onPostRender(host, _instance, _phase, { item }) {
        nameButtons(host)
        drawn(item.id, host)
      },
    }),
    [theme, split, wrap, loadDiffFiles, drawn],
  )

  // A choice belongs to the diff it was made in.
  const chosen =
    made !== null && byPath.get(made.selection.id)?.diff.version === made.version ? made.selection : null
  const rowsOf = useCallback(
    (selection: CodeViewLineSelection | null): ChosenRows | null => {
      const loaded = selection === null ? undefined : byPath.get(selection.id)
      return loaded === undefined || selection === null ? null : { loaded, part: partOf(selection.range) }
    },
    [byPath],
  )
  const choose = useCallback(
    (selection: CodeViewLineSelection | null) => {
      const loaded = selection === null ? undefined : byPath.get(selection.id)
      setMade(selection === null || loaded === undefined ? null : { selection, version: loaded.diff.version })
    },
    [byPath],
  )
  useEffect(() => {
    onChoose(rowsOf(chosen))
  }, [chosen, onChoose, rowsOf])

  /** What is in view was chosen elsewhere, until somebody scrolls. */
  const led = useRef(false)
  useImperativeHandle(
    handle,
    () => ({
      showFile(path, place) {
        led.current = true
        if (place === undefined) view.current?.scrollTo({ type: 'item', id: path, align: 'start' })
        else {
          const side = librarySides[place.side]
          view.current?.scrollTo({ type: 'line', id: path, lineNumber: place.line, side, align: 'center' })
          choose({ id: path, range: { start: place.line, side, end: place.line, endSide: side } })
        }
      },
      clearChoice: () => choose(null),
    }),
    [choose],
  )

  const topPath = useCallback((): string | undefined => {
    const instance = view.current?.getInstance()
    if (instance === undefined) return undefined
    const top = instance.getScrollTop() + headHeight
    let found: string | undefined
    for (const { file } of snapshot.files) {
      if ((instance.getTopForItem(file.path) ?? Infinity) > top) break
      found = file.path
    }
    return found ?? snapshot.files[0]?.file.path
  }, [snapshot.files])

  /** What was chosen last: going on begins there, also once it is staged or gone. */
  const last = useRef<CodeViewLineSelection | null>(null)
  const step = (forward: boolean) => {
    const rendered = view.current?.getInstance()?.getRenderedItems() ?? []
    const from = chosen ?? (rendered.some(({ id }) => id === last.current?.id) ? last.current : null)
    const start = { path: from?.id ?? topPath(), range: from?.range ?? null, chosen: chosen !== null }
    const target = nextChange(snapshot.files, folded, start, forward)
    if (target === null) return
    last.current = target
    view.current?.scrollTo({ type: 'range', id: target.id, range: target.range, align: 'center' })
    choose(target)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (pressExpand(event)) return event.preventDefault()
    if (event.key === 'n' || event.key === 'p') {
      event.preventDefault()
      return step(event.key === 'n')
    }
    if (event.key === 'Escape' && chosen !== null) {
      event.stopPropagation()
      return choose(null)
    }
    const path = chosen?.id ?? topPath()
    props.onKeyDown(event, {
      loaded: path === undefined ? undefined : byPath.get(path),
      rows: rowsOf(chosen),
    })
  }

  const latest = useRef(onKeyDown)
  useEffect(() => {
    latest.current = onKeyDown
  })
  const lastSeen = useRef<string | undefined>(undefined)
  /** The library's own element: it scrolls, and takes the focus and the keys of the diffs. */
  const setScroller = useCallback((element: HTMLDivElement | null) => {
    if (element === null) return
    element.tabIndex = 0
    element.setAttribute('role', 'group')
    element.setAttribute('aria-label', 'Diffs')
    element.addEventListener('keydown', (event) => latest.current(event))
    for (const kind of ['wheel', 'pointerdown', 'keydown'] as const)
      element.addEventListener(kind, () => (led.current = false), { passive: true })
  }, [])
  return (
    <div className="flex h-full min-h-0 flex-col">
      {snapshot.error !== null && (
        <div className="max-h-list shrink-0 overflow-y-auto p-8">
          <ErrorNotice error={snapshot.error} />
        </div>
      )}
      {snapshot.files.length === 0 && !snapshot.done ? (
        <Waiting>Reading the diff</Waiting>
      ) : (
        <WorkerPoolContext.Provider value={highlightPool}>
          <CodeView
            ref={view}
            containerRef={setScroller}
            className="min-h-0 flex-1 overflow-auto"
            items={items}
            options={options}
            selectedLines={chosen}
            onSelectedLinesChange={choose}
            onScroll={() => {
              const path = topPath()
              if (led.current || path === undefined || path === lastSeen.current) return
              lastSeen.current = path
              onSeen(path)
            }}
            renderAnnotation={(...[annotation]) => props.renderNote(annotation.metadata)}
            renderCustomHeader={(item) => {
              const loaded = byPath.get(item.id)
              return loaded === undefined ? null : renderHead(loaded)
            }}
          />
        </WorkerPoolContext.Provider>
      )}
      {snapshot.held > 0 && snapshot.done && (
        <div className="flex shrink-0 items-center gap-8 border-t border-line px-12 py-4 text-12 text-text-muted">
          {counted(snapshot.held, 'file is', 'files are')} not shown yet.
          <Button size="small" onClick={() => source.readAll()}>
            Show all
          </Button>
        </div>
      )}
    </div>
  )
}

/** What unfolds unchanged lines is drawn by the library, without a name and out of reach of the keyboard. */
function nameButtons(host: HTMLElement): void {
  for (const button of host.shadowRoot?.querySelectorAll<HTMLElement>('[data-expand-button]') ?? []) {
    const { dataset } = button
    button.tabIndex = 0
    button.ariaLabel =
      'expandUp' in dataset
        ? 'Show unchanged lines below'
        : 'expandDown' in dataset
          ? 'Show unchanged lines above'
          : 'Show all unchanged lines here'
  }
}

/** Presses a button of the library that has the focus. */
function pressExpand(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  const pressed = event.key === 'Enter' || event.key === ' '
  if (!pressed || !(target instanceof HTMLElement) || !('expandButton' in target.dataset)) return false
  target.click()
  return true
}

let versions = 0
interface Drawn {
  notes: string
  open: CodeViewItem<DiffNote>
  folded: CodeViewItem<DiffNote>
}
const drawnItems = new WeakMap<FileDiffMetadata, Drawn>()

/** The same object for what is drawn the same; another one has another version. */
function itemOf(
  { file, metadata }: LoadedFile,
  collapsed: boolean,
  own: readonly DiffNote[] = [],
): CodeViewItem<DiffNote> {
  const notes = own.map(({ id, version }) => `${id}${version}`).join()
  let items = drawnItems.get(metadata)
  if (items?.notes !== notes) {
    versions += 2
    const annotations = own.map((note) => ({
      side: librarySides[note.place.side],
      lineNumber: note.place.line,
      metadata: note,
    }))
    const item = { id: file.path, type: 'diff' as const, fileDiff: metadata, annotations }
    items = {
      notes,
      open: { ...item, collapsed: false, version: versions },
      folded: { ...item, collapsed: true, version: versions + 1 },
    }
    drawnItems.set(metadata, items)
  }
  return collapsed || metadata.hunks.length === 0 ? items.folded : items.open
}

function partOf(range: SelectedLineRange): ChosenRows['part'] {
  const place = (line: number, side: SelectedLineRange['side']): DiffPlace => ({
    side: side === 'deletions' ? 'old' : 'new',
    line,
  })
  return { from: place(range.start, range.side), to: place(range.end, range.endSide ?? range.side) }
}

/** The block of changed rows after, or before, a place; across files, over folded ones, and around the ends. */
function nextChange(
  files: readonly LoadedFile[],
  folded: ReadonlySet<string>,
  from: { path: string | undefined; range: SelectedLineRange | null; chosen: boolean },
  forward: boolean,
): CodeViewLineSelection | null {
  const order = forward ? files : files.toReversed()
  const start = Math.max(
    0,
    order.findIndex(({ file }) => file.path === from.path),
  )
  for (const [index, loaded] of [...order.slice(start), ...order.slice(0, start + 1)].entries()) {
    if (folded.has(loaded.file.path)) continue
    const blocks = changeBlocks(loaded.diff.patch).map(toRange)
    if (!forward) blocks.reverse()
    const current =
      index > 0 || from.range === null ? -1 : placeAmong(blocks, from.range, from.chosen, forward)
    const target = blocks[current + 1]
    if (target !== undefined) return { id: loaded.file.path, range: target }
  }
  return null
}

/** Where a range is among blocks; where it is not chosen any more, or none of them, the one it stands behind. */
function placeAmong(
  blocks: readonly SelectedLineRange[],
  range: SelectedLineRange,
  chosen: boolean,
  forward: boolean,
): number {
  const exact = blocks.findIndex((one) => sameRange(one, range))
  if (exact >= 0) return chosen ? exact : exact - 1
  const next = blocks.findIndex((one) => (forward ? one.start >= range.start : one.start <= range.start))
  return next < 0 ? blocks.length - 1 : next - 1
}

const librarySides = { old: 'deletions', new: 'additions' } as const

function toRange({ from, to }: { from: DiffPlace; to: DiffPlace }): SelectedLineRange {
  return { start: from.line, side: librarySides[from.side], end: to.line, endSide: librarySides[to.side] }
}

function sameRange(a: SelectedLineRange, b: SelectedLineRange): boolean {
  return (
    a.start === b.start &&
    a.end === b.end &&
    a.side === b.side &&
    (a.endSide ?? a.side) === (b.endSide ?? b.side)
  )
}
