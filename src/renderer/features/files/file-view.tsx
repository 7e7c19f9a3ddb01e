import { formatDeepLink } from '@shared/deep-link'
import type { GitState, TaskDetail } from '@shared/domain'
import { MOST_EDITED_BYTES } from '@shared/file-limits'
import { MoreHorizontal, Save, Search } from 'lucide-react'
import {
  lazy,
  type RefObject,
  Suspense,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { shortcutText } from '../../app/keymap'
import { chooseFile, choosePanelTab } from '../../app/workspace'
import { openInEditor, useEditors } from '../../client/editors'
import { reportError } from '../../client/report'
import { readStored, writeStored } from '../../client/storage'
import { Button, IconButton } from '../../ui/button'
import { copyText } from '../../ui/copy-button'
import { ErrorBoundary } from '../../ui/error-boundary'
import { Menu, type MenuGroups } from '../../ui/menu'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { bytesText } from '../../ui/time'
import { addToPrompt } from '../composer/insertion'
import { PathParts } from './path-parts'
import type { CodeEditorHandle } from './code-editor'
import { type BufferSnapshot, bufferOf, type FileBuffer } from './file-buffer'
import { changeFilesView, type Goal, keepOpen, type OpenFile, openFile } from './files-state'
import { textOfParts } from './known-parts'
import { openInTerminal } from './terminal-editor'
import { OtherBody } from './other-body'
import type { LineEnding } from './text-file'

const CodeEditor = lazy(async () => ({ default: (await import('./code-editor')).CodeEditor }))
const ConflictView = lazy(async () => ({ default: (await import('./conflict-view')).ConflictView }))

const endings: Record<LineEnding, string> = {
  lf: 'LF',
  crlf: 'CRLF',
  cr: 'CR',
  mixed: 'mixed line ends',
}

export interface FileViewProps {
  task: TaskDetail
  file: OpenFile
  goal: Goal | null
  git: GitState | undefined
  /** The checkout can be worked in. */
  canWork: boolean
  /** Another time, and the file is looked at again. */
  readAt: number
}

/** One file: its text, to be read and edited, or what else it is. */
export function FileView({ task, file, goal, git, canWork, readAt }: FileViewProps) {
  const buffer = bufferOf(task.id, file)
  const state = useSyncExternalStore(buffer.subscribe, buffer.snapshot)
  const editor = useRef<CodeEditorHandle>(null)
  const editors = useEditors()
  const [wrap, setWrap] = useState(
    () => readStored('file-wrap', (stored) => (stored === true ? true : null)) ?? false,
  )
  useEffect(() => {
    void buffer.read()
    // A state that was read at another time may hold another file.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [buffer, readAt])
  const { content, read, unsaved, saving, conflict, comparing } = state
  const hasText = isText(state)
  const reason = readOnlyReason(state, file, canWork)
  const changed = [...(git?.uncommitted ?? []), ...(git?.base ?? [])].some(({ path }) => path === file.path)
  const menu: MenuGroups = [
    hasText && !comparing
      ? [
          { label: 'Find', hint: shortcutText('F'), onSelect: () => editor.current?.find() },
          { label: 'Go to line', hint: 'Ctrl+G', onSelect: () => editor.current?.goToLine() },
          {
            label: wrap ? 'Do not wrap lines' : 'Wrap lines',
            onSelect: () => {
              setWrap(!wrap)
              writeStored('file-wrap', !wrap)
            },
          },
        ]
      : [],
    [
      ...(file.at === null && changed
        ? [
            {
              label: 'Show its changes',
              onSelect: () => {
                chooseFile({ taskId: task.id, path: file.path, line: editor.current?.line() ?? null })
                choosePanelTab('changes')
              },
            },
          ]
        : []),
      ...(file.at === null
        ? []
        : [{ label: 'Show it as it is now', onSelect: () => openFile(task.id, file.path, { keep: true }) }]),
      { label: 'Add to prompt', onSelect: () => addToPrompt(task.id, `@${file.path} `) },
    ],
    [
      ...(file.at === null && content?.kind !== 'missing' ? editors : []).map((one) => ({
        label: `Open in ${one.name}`,
        reason: canWork ? null : 'The task has no checkout to work in.',
        onSelect: () => void openInEditor(task.id, one, file.path, editor.current?.line() ?? null),
      })),
      ...(file.at === null && content?.kind === 'file'
        ? [
            {
              label: 'Open in the editor of your terminal',
              reason: canWork ? null : 'The task has no checkout to work in.',
              onSelect: () => void openInTerminal(task.id, file.path, editor.current?.line() ?? null),
            },
          ]
        : []),
      { label: 'Copy path', onSelect: () => copyText(file.path) },
      {
        label: 'Copy link to this line',
        onSelect: () => {
          const line = editor.current?.line() ?? null
          copyText(
            formatDeepLink({
              type: 'file',
              taskId: task.id,
              path: file.path,
              ...(line === null ? {} : { line }),
            }),
          )
        },
      },
    ],
  ]
  return (
    // It hears the keys of what is in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      aria-label={`File ${file.path}`}
      onKeyDown={(event) => {
        // Nearer than the transcript, which has this key elsewhere.
        const finds = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'f'
        if (!finds || event.isDefaultPrevented() || !hasText) return
        event.preventDefault()
        editor.current?.find()
      }}
      className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface-0"
    >
      <header className="flex h-row shrink-0 items-center gap-6 border-b border-line bg-surface-1 px-8 text-12">
        <h2 className="flex min-w-0 flex-1" title={file.path}>
          <span className="sr-only">{file.path}</span>
          <PathParts path={file.path} />
        </h2>
        {unsaved && <span className="shrink-0 text-warning">Not saved</span>}
        {(unsaved || saving) && !comparing && (
          <Button
            size="small"
            tone="accent"
            icon={<Save className="size-12" />}
            busy={saving}
            reason={canWork ? null : 'The task has no checkout to write to.'}
            onClick={() => buffer.saveTyped()}
          >
            Save
          </Button>
        )}
        {hasText && !comparing && (
          <IconButton
            label="Find in file"
            shortcut={shortcutText('F')}
            onClick={() => editor.current?.find()}
          >
            <Search className="size-12" />
          </IconButton>
        )}
        <Menu
          trigger={
            <IconButton label={`Actions for ${file.path}`}>
              <MoreHorizontal className="size-12" />
            </IconButton>
          }
          groups={menu}
        />
      </header>
      {state.error !== null && (
        <div className="max-h-list shrink-0 overflow-y-auto p-8">
          <ErrorNotice
            error={state.error}
            actions={
              <Button size="small" onClick={() => void buffer.read()}>
                Read again
              </Button>
            }
          />
        </div>
      )}
      {conflict !== null && !comparing && (
        <div className="shrink-0 p-8">
          <Notice
            tone="warning"
            actions={
              <Button size="small" onClick={() => buffer.compare(true)}>
                Compare
              </Button>
            }
          >
            The file was changed since you began to edit it. What you typed is kept.
          </Notice>
        </div>
      )}
      {hasText && reason !== null && (
        <p className="shrink-0 border-b border-line bg-surface-1 px-12 py-4 text-12 text-text-muted">
          {reason}
        </p>
      )}
      <ErrorBoundary key={`${file.at ?? ''} ${file.path}`} what="The file" onError={reportError}>
        <Suspense fallback={<Waiting>Opening the file</Waiting>}>
          {content === null ? (
            state.error === null && <Waiting>Reading the file</Waiting>
          ) : comparing && conflict !== null ? (
            <ConflictView buffer={buffer} canWork={canWork} />
          ) : hasText ? (
            <TextBody
              key={`${file.at ?? ''} ${file.path}`}
              buffer={buffer}
              state={state}
              readOnly={reason !== null}
              wrap={wrap}
              goal={goal}
              onReached={() => changeFilesView(task.id, { goal: null })}
              onTyped={() => keepOpen(task.id, file)}
              editor={editor}
            />
          ) : (
            <OtherBody task={task} file={file} content={content} />
          )}
        </Suspense>
      </ErrorBoundary>
      {content?.kind === 'file' && (
        <p className="flex h-status shrink-0 items-center gap-12 overflow-hidden border-t border-line px-12 text-11 whitespace-nowrap text-text-faint">
          <span>{bytesText(content.bytes.length)}</span>
          {read?.kind === 'text' && <span>{`UTF-8${read.format.bom ? ' with BOM' : ''}`}</span>}
          {read?.kind === 'text' && <span>{endings[read.format.ending]}</span>}
          {read?.kind === 'foreign' && <span>{read.encoding}</span>}
          {content.executable && <span>executable</span>}
        </p>
      )}
    </section>
  )
}

function isText({ content, read, unsaved }: BufferSnapshot): boolean {
  if (content?.kind === 'parts') return content.parts.length > 0
  return unsaved || (read !== null && read.kind !== 'binary')
}

/** Why nothing can be typed; null where it can. */
function readOnlyReason(
  { content, read, unsaved }: BufferSnapshot,
  file: OpenFile,
  canWork: boolean,
): string | null {
  if (content?.kind === 'parts')
    return 'The checkout is gone from this computer. This is what the turn’s diff holds of the file.'
  if (file.at !== null) return 'As it was at the end of a turn.'
  if (!canWork) return 'The task has no checkout to work in now: the file can only be read.'
  if (unsaved) return null
  if (read?.kind === 'foreign')
    return `The file is ${read.encoding === 'not UTF-8' ? read.encoding : `in ${read.encoding}`}: it can be read here, and edited in another editor.`
  if (content?.kind !== 'file') return null
  if (content.bytes.length > MOST_EDITED_BYTES)
    return `Files over ${bytesText(MOST_EDITED_BYTES)} can be read here, and edited in another editor.`
  return content.writable ? null : 'The file may not be written to: its permissions say so.'
}

function TextBody({
  buffer,
  state,
  readOnly,
  wrap,
  goal,
  onReached,
  onTyped,
  editor,
}: {
  buffer: FileBuffer
  state: BufferSnapshot
  readOnly: boolean
  wrap: boolean
  goal: Goal | null
  onReached: () => void
  onTyped: () => void
  editor: RefObject<CodeEditorHandle | null>
}) {
  const { content } = state
  const numberOf = useMemo(() => {
    if (content?.kind !== 'parts') return null
    const { numbers } = textOfParts(content.parts, content.whole)
    return (line: number) => numbers[line - 1] ?? null
  }, [content])
  return (
    <CodeEditor
      buffer={buffer}
      readOnly={readOnly}
      wrap={wrap}
      goal={goal}
      numberOf={numberOf}
      onReached={onReached}
      onTyped={onTyped}
      handle={editor}
    />
  )
}
