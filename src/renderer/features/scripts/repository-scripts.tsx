import type { Repository } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { scriptsPath } from '@shared/scripts'
import type { RepositoryScripts } from '@shared/scripts-schema'
import { useEffect, useId, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'

const example = `{
  "setup": "npm ci",
  "run": { "dev": "npm run dev" },
  "copy": [".env"]
}`

/** What a person set for the scripts of a repository, in place of its own file. */
export function RepositoryScriptsForm({ repository }: { repository: Repository }) {
  const { id } = repository
  const [known, setKnown] = useState<RepositoryScripts | null>(null)
  const [problem, setProblem] = useState<ErrorValue | null>(null)
  useEffect(() => {
    let current = true
    void call('scripts.ofRepository', { repositoryId: id }).then((result) => {
      if (!current) return
      if (result.ok) setKnown(result.value)
      else setProblem(result.error)
    })
    return () => {
      current = false
    }
  }, [id])
  if (problem !== null) return <ErrorNotice error={problem} />
  if (known === null) return <Waiting>Reading</Waiting>
  return <Form key={JSON.stringify(known)} repository={repository} known={known} onChange={setKnown} />
}

function Form({
  repository,
  known,
  onChange,
}: {
  repository: Repository
  known: RepositoryScripts
  onChange: (next: RepositoryScripts) => void
}) {
  const stored = known.override === null ? '' : JSON.stringify(known.override, null, 2)
  const [text, setText] = useState(stored)
  const saving = useCall<RepositoryScripts>()
  const id = useId()
  const { id: repositoryId } = repository
  const save = async (next: string) => {
    const value = next.trim() === '' ? null : next
    const changed = await saving.run(() => call('scripts.override', { repositoryId, text: value }))
    if (changed !== null) onChange(changed)
  }
  const forbid = async () => {
    const changed = await saving.run(() => call('scripts.forbid', { repositoryId }))
    if (changed !== null) onChange(changed)
  }
  return (
    <div className="flex flex-col gap-8 pt-4">
      <label htmlFor={id} className="text-12 text-text-muted">
        Your own scripts, as JSON. Each field comes before the same one of{' '}
        <code className="code-text">{scriptsPath}</code>: setup, run, teardown, copy, link.
      </label>
      <textarea
        id={id}
        value={text}
        placeholder={example}
        spellCheck={false}
        rows={7}
        onChange={(event) => setText(event.target.value)}
        className="code-text w-full rounded-6 border border-line bg-surface-0 p-8"
      />
      {saving.error !== null && <ErrorNotice error={saving.error} />}
      <div className="flex flex-wrap items-center gap-6">
        <Button
          size="small"
          tone="accent"
          busy={saving.busy}
          reason={text === stored ? 'Nothing was changed' : null}
          onClick={() => void save(text)}
        >
          Save scripts
        </Button>
        {known.override !== null && (
          <Button size="small" busy={saving.busy} onClick={() => void save('')}>
            Use the file of the repository
          </Button>
        )}
        {known.allowed && (
          <Button size="small" busy={saving.busy} onClick={() => void forbid()}>
            Forbid all scripts
          </Button>
        )}
      </div>
      <p className="text-12 text-text-faint">
        {known.allowed
          ? 'Scripts that you looked at may run in tasks of this repository.'
          : 'No script runs before you have looked at it in a task.'}
      </p>
    </div>
  )
}
