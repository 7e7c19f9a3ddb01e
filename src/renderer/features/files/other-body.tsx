import type { TaskDetail } from '@shared/domain'
import type { FileContent } from '@shared/files'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { Button } from '../../ui/button'
import { EmptyState } from '../../ui/notice'
import { bytesText } from '../../ui/time'
import { imageType } from '@shared/image-type'
import { withUnseen } from '../transcript/text-guard'
import { type OpenFile, openFile } from './files-state'

/** What is no text. */
export function OtherBody({
  task,
  file,
  content,
}: {
  task: TaskDetail
  file: OpenFile
  content: FileContent
}) {
  const type = content.kind === 'file' ? imageType(file.path) : null
  if (content.kind === 'file' && type !== null)
    return <Picture bytes={content.bytes} type={type} path={file.path} />
  const [title, words, action] = otherWords(task, file, content)
  return (
    <EmptyState title={title} action={action}>
      {words}
    </EmptyState>
  )
}

function otherWords(task: TaskDetail, file: OpenFile, content: FileContent): [string, ReactNode, ReactNode] {
  switch (content.kind) {
    case 'file':
      return ['A binary file', `${bytesText(content.bytes.length)}, and no text in it.`, undefined]
    case 'large':
      return [
        'Too large to be shown',
        `The file has ${bytesText(content.size)}. Open it in another editor.`,
        undefined,
      ]
    case 'link': {
      const { leadsTo, target } = content
      return [
        'A link',
        <>
          It leads to <code className="code-text break-all">{withUnseen(target)}</code>
          {leadsTo === null && ', which is not in the checkout'}.
        </>,
        leadsTo === null ? undefined : (
          <Button onClick={() => openFile(task.id, leadsTo, { at: file.at, keep: true })}>
            Open what it leads to
          </Button>
        ),
      ]
    }
    case 'folder':
      return ['A folder', 'Choose a file in it.', undefined]
    case 'submodule':
      return [
        'A repository inside this one',
        content.commit === null ? 'Its files are in the tree.' : `At commit ${content.commit.slice(0, 12)}.`,
        undefined,
      ]
    case 'other':
      return ['No plain file', 'It is a socket, a pipe or a device, and has no content to show.', undefined]
    case 'unreadable':
      return ['It may not be read', 'Its permissions, or those of its folder, say so.', undefined]
    case 'outside':
      return [
        'Outside of the checkout',
        'A folder of its path is a link that leads out of the checkout.',
        undefined,
      ]
    case 'parts':
      return ['Not recorded', 'The turn’s diff holds no text of this file.', undefined]
    case 'missing':
    case 'same':
      return [
        'There is no such file',
        file.at === null
          ? file.path.includes('\uFFFD')
            ? 'It is gone, or its name is not UTF-8 and cannot be told.'
            : 'It was moved or deleted, or it never was.'
          : 'It did not exist at the end of this turn.',
        undefined,
      ]
  }
}

function Picture({ bytes, type, path }: { bytes: Uint8Array; type: string; path: string }) {
  const url = useMemo(() => URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type })), [bytes, type])
  useEffect(() => () => URL.revokeObjectURL(url), [url])
  const [broken, setBroken] = useState(false)
  if (broken)
    return <EmptyState title="No picture">The file is called one, and holds something else.</EmptyState>
  return (
    <div className="flex min-h-0 flex-1 items-center justify-center overflow-auto p-16">
      <img
        src={url}
        alt={path}
        onError={() => setBroken(true)}
        className="max-h-full max-w-full object-contain"
      />
    </div>
  )
}
