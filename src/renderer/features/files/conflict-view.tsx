import { MultiFileDiff, WorkerPoolContext } from '@pierre/diffs/react'
import type { FileContent } from '@shared/files'
import { useMemo, useState, useSyncExternalStore } from 'react'
import { Button } from '../../ui/button'
import { codeThemes } from '../../ui/code/code-theme'
import { diffTheme } from '../../ui/diff-theme'
import { Notice } from '../../ui/notice'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'
import { visibleCode } from '../changes/diff-source'
import { highlightPool } from '../changes/highlight-pool'
import type { FileBuffer } from './file-buffer'
import { readText } from './text-file'

const gone: Record<Exclude<FileContent['kind'], 'file' | 'same'>, string> = {
  missing: 'It was deleted meanwhile.',
  folder: 'There is a folder in its place now.',
  link: 'There is a link in its place now.',
  submodule: 'There is a repository in its place now.',
  other: 'There is no plain file in its place any more.',
  large: 'It is too large to be shown now.',
  unreadable: 'It may not be read any more.',
  outside: 'Its folder leads out of the checkout now.',
  parts: 'It is not on this computer any more.',
}

/** What is in the file now, and what was typed: both, and a choice that loses neither. */
export function ConflictView({ buffer, canWork }: { buffer: FileBuffer; canWork: boolean }) {
  const { conflict, saving } = useSyncExternalStore(buffer.subscribe, buffer.snapshot)
  const theme = useSyncExternalStore(onThemeChange, currentTheme)
  const [mine] = useState(() => buffer.text)
  const theirs = useMemo(() => {
    if (conflict?.kind !== 'file') return null
    const read = readText(conflict.bytes)
    return read.kind === 'binary' ? null : read.text
  }, [conflict])
  if (conflict === null) return null
  const writes = conflict.kind === 'file' || conflict.kind === 'missing'
  return (
    <section aria-label="Compare with the file" className="min-h-0 flex-1 overflow-y-auto">
      <div className="p-8">
        <Notice tone="warning">
          <p>
            <code className="code-text break-all">{buffer.path}</code> was changed since you began to edit it.
          </p>
          <p className="text-12 text-text-muted">
            {conflict.kind === 'file'
              ? theirs === null
                ? 'What is in it now is no text.'
                : 'Green is what you typed, red is what is in the file and not in yours. What is overwritten is kept as a checkpoint; what you take can be undone in the editor.'
              : gone[conflict.kind]}
          </p>
          <div className="flex flex-wrap gap-6 pt-8">
            <Button size="small" onClick={() => buffer.compare(false)}>
              Go on editing
            </Button>
            {conflict.kind === 'file' && theirs !== null && (
              <Button size="small" onClick={() => buffer.takeTheirs()}>
                Take what is in the file
              </Button>
            )}
            <Button
              size="small"
              tone="accent"
              busy={saving}
              reason={
                !canWork
                  ? 'The task has no checkout to work in.'
                  : writes
                    ? null
                    : 'There is no plain file that could be written.'
              }
              onClick={() => void buffer.save(true)}
            >
              {conflict.kind === 'missing' ? 'Write it again' : 'Save mine over it'}
            </Button>
          </div>
        </Notice>
      </div>
      {theirs !== null && (
        <div className="bg-surface-0">
          <WorkerPoolContext.Provider value={highlightPool}>
            <MultiFileDiff
              oldFile={{ name: buffer.path, contents: visibleCode(theirs) }}
              newFile={{ name: buffer.path, contents: visibleCode(mine) }}
              options={{
                theme: codeThemes,
                themeType: theme,
                preferredHighlighter: 'highlights',
                diffStyle: 'unified',
                overflow: 'wrap',
                disableFileHeader: true,
                unsafeCSS: diffTheme,
                hunkSeparators: 'line-info-basic',
              }}
            />
          </WorkerPoolContext.Provider>
        </div>
      )}
    </section>
  )
}
