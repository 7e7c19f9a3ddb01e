import type { PackPolicy } from '@shared/keeping-policy'
import type { PackList } from '@shared/packs'
import type { ErrorValue } from '@shared/errors'
import { BookMarked } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useSettings } from '../../app/app-state'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { Button } from '../../ui/button'
import { Switch } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { NumberField } from '../../ui/number-field'
import { AgoTime, bytesText } from '../../ui/time'
import { showError } from '../../ui/toast'
import { showPack } from '../lifecycle/lifecycle-actions'
import { Part } from '../settings/part'
import { counted } from '../sync/sync-text'

/** What is kept of tasks for offline reading, how much that takes, and what is to be kept. */
export function PacksPart() {
  const [list, setList] = useState<PackList | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const version = useEntity('app', null, 'storage', 'storage')?.version
  useEffect(() => {
    let current = true
    void call('packs.list').then((result) => {
      if (!current) return
      if (result.ok) setList(result.value)
      setError(result.ok ? null : result.error)
    })
    return () => {
      current = false
    }
    // Read again with each step of a job.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [version])
  return (
    <Part title={list === null ? 'Kept for offline reading' : `Kept for offline reading (${list.count})`}>
      {error !== null && <ErrorNotice error={error} />}
      {list !== null && (
        <>
          <p className="flex items-center gap-12">
            <BookMarked aria-hidden className="size-16 shrink-0 text-text-muted" />
            <span>
              {bytesText(list.totalBytes)} are kept of tasks, so that they can be judged without checkout,
              store and network. What several tasks have in common is kept once. Backups hold it too.
            </span>
          </p>
          {list.packs.length > 0 && (
            <ul aria-label="Packs" className="flex flex-col rounded-6 border border-line">
              {list.packs.map((pack) => (
                <li
                  key={pack.taskId}
                  className="flex items-center gap-12 border-b border-line p-8 last:border-b-0"
                >
                  <span className="min-w-0 flex-1">
                    <span className="block truncate" title={pack.title} dir="auto">
                      {pack.title}
                    </span>
                    <span className="block text-12 break-words text-text-muted">
                      {pack.repository} ·{' '}
                      {pack.keptAt === null ? (
                        'not complete'
                      ) : (
                        <>
                          kept <AgoTime at={pack.keptAt} />
                        </>
                      )}
                      {pack.leftOut > 0 && ` · ${counted(pack.leftOut, 'thing is', 'things are')} not in it`}
                    </span>
                  </span>
                  <span className="shrink-0 text-12 text-text-muted">{bytesText(pack.bytes)}</span>
                  <Button
                    size="small"
                    aria-label={`Show what is kept of ${pack.title}`}
                    onClick={() => showPack({ id: pack.taskId, title: pack.title })}
                  >
                    Show
                  </Button>
                </li>
              ))}
            </ul>
          )}
          {list.count > list.packs.length && (
            <p className="text-12 text-text-faint">These are the {list.packs.length} largest.</p>
          )}
        </>
      )}
      <Policy />
    </Part>
  )
}

function Policy() {
  const packs = useSettings()?.packs
  if (packs === undefined) return null
  const set = async (change: Partial<PackPolicy>) => {
    const result = await call('app.updateSettings', { packs: { ...packs, ...change } })
    if (!result.ok) showError(result.error)
  }
  return (
    <>
      <Switch
        label="Keep tasks for offline reading when they are archived"
        hint="Others can be kept from the menu of the task. GitHub is asked; nothing is sent to anybody else."
        checked={packs.onArchive}
        onChange={(onArchive) => void set({ onArchive })}
      />
      <Switch label="Files around changes" checked={packs.files} onChange={(files) => void set({ files })} />
      <Switch
        label="Pictures that changed"
        checked={packs.images}
        onChange={(images) => void set({ images })}
      />
      <Switch
        label="Checks with their logs"
        checked={packs.checks}
        onChange={(checks) => void set({ checks })}
      />
      <Switch
        label="Descriptions, comments and reviews"
        checked={packs.conversations}
        onChange={(conversations) => void set({ conversations })}
      />
      <NumberField
        label="Keep files whole up to KB"
        hint="Of longer ones, 100 lines around each change are kept."
        value={packs.fileKilobytes}
        min={16}
        max={8192}
        onCommit={(fileKilobytes) => void set({ fileKilobytes })}
      />
      <NumberField
        label="Most MB of one task"
        hint="What does not fit is named in the pack. Nothing that is kept already goes."
        value={packs.taskMegabytes}
        min={1}
        max={10_000}
        onCommit={(taskMegabytes) => void set({ taskMegabytes })}
      />
      <NumberField
        label="Most MB of all tasks"
        value={packs.totalMegabytes}
        min={1}
        max={100_000}
        onCommit={(totalMegabytes) => void set({ totalMegabytes })}
      />
    </>
  )
}
