import type { Agent, Job } from '@shared/domain'
import { useMemo, useState } from 'react'
import { useAppState } from '../../app/app-state'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { AgentMark } from '../../ui/agent-mark'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy-button'
import { TextField } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Progress } from '../../ui/progress'

/** Whether an agent can work, why not, and what to do: install, sign in, or give a key. */
export function AgentSetup({ agent }: { agent: Agent }) {
  return (
    <section aria-label={agent.name} className="flex min-w-0 flex-col gap-8">
      <header className="flex min-w-0 items-center gap-8">
        <AgentMark agentId={agent.id} />
        <span className="font-medium">{agent.name}</span>
        <span className="min-w-0 flex-1 truncate text-12 text-text-muted" title={agent.path ?? undefined}>
          {stateOf(agent)}
        </span>
      </header>
      {agent.problem !== null && <Notice tone="warning">{agent.problem}</Notice>}
      <Install agent={agent} />
      {agent.installed && !agent.credentials && agent.loginCommand !== null && (
        <div className="flex min-w-0 flex-col gap-4 text-12 text-text-muted">
          To sign in, run this in a terminal, then refresh:
          <div className="flex min-w-0 items-center gap-4 rounded-4 bg-surface-0 ps-8 pe-2">
            <code className="code-text min-w-0 flex-1 overflow-x-auto py-4 whitespace-nowrap text-text">
              {agent.loginCommand}
            </code>
            <CopyButton
              label={`Copy sign-in command for ${agent.name}`}
              text={() => agent.loginCommand ?? ''}
            />
          </div>
        </div>
      )}
      {agent.keyVariable !== null && (agent.installed || agent.storedKeys.length > 0) && (
        <KeyField agent={agent} variable={agent.keyVariable} />
      )}
    </section>
  )
}

function stateOf(agent: Agent): string {
  if (!agent.installed) return 'Not installed'
  const version = agent.version === null ? 'Installed' : `Version ${agent.version}`
  return agent.credentials ? `${version}, signed in` : `${version}, no sign-in found`
}

function Install({ agent }: { agent: Agent }) {
  const starting = useCall<{ jobId: string }>()
  const [jobId, setJobId] = useState<string | null>(null)
  const jobs = useEntities('app', null, 'job')
  const job = useMemo(() => (jobId === null ? undefined : jobs.get(jobId)), [jobs, jobId])
  const running = job?.state === 'queued' || job?.state === 'running'
  if (agent.installed && job === undefined) return null
  const install = async () => {
    const started = await starting.run(() => call('agent.install', { agentId: agent.id }))
    if (started !== null) setJobId(started.jobId)
  }
  return (
    <div className="flex min-w-0 flex-col gap-8">
      {!agent.installed && !running && (
        <div>
          <Button size="small" busy={starting.busy} onClick={() => void install()}>
            Install {agent.name}
          </Button>
        </div>
      )}
      {job !== undefined && running && <RunningInstall job={job} name={agent.name} />}
      {job?.state === 'failed' && job.error !== null && <ErrorNotice error={job.error} />}
      {starting.error !== null && <ErrorNotice error={starting.error} />}
    </div>
  )
}

function RunningInstall({ job, name }: { job: Job; name: string }) {
  const cancelling = useCall<unknown>()
  return (
    <div className="flex flex-col gap-4 text-12 text-text-muted">
      <div className="flex items-center gap-8">
        <output className="min-w-0 flex-1 truncate">{job.stage ?? `Installing ${name}`}</output>
        <Button
          size="small"
          busy={cancelling.busy}
          onClick={() => void cancelling.run(() => call('job.cancel', { jobId: job.id }))}
        >
          Cancel
        </Button>
      </div>
      <Progress label={`Installing ${name}`} value={job.progress} />
    </div>
  )
}

function KeyField({ agent, variable }: { agent: Agent; variable: string }) {
  const keychain = useAppState()?.keychain ?? true
  const saving = useCall<unknown>()
  const [value, setValue] = useState('')
  const stored = agent.storedKeys.includes(variable)
  const save = async () => {
    const saved = await saving.run(async () => {
      const result = await call('agent.setKey', { agentId: agent.id, variable, value: value.trim() })
      return result.ok ? { ok: true as const, value: true } : result
    })
    if (saved !== null) setValue('')
  }
  return (
    <form
      className="flex min-w-0 flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault()
        // Drawn in a popup, it still stands inside the form that opened it.
        event.stopPropagation()
        if (value.trim() !== '') void save()
      }}
    >
      <TextField
        label={`API key for ${agent.name}`}
        type="password"
        value={value}
        placeholder={stored ? 'A key is stored' : variable}
        onChange={(event) => setValue(event.currentTarget.value)}
        hint={
          keychain
            ? `Kept in the keychain of this computer and given to ${agent.name} alone, as ${variable}.`
            : `This computer offers no keychain: the key is kept until Foundry quits, and given to ${agent.name} alone.`
        }
      />
      <div className="flex flex-wrap gap-6">
        <Button size="small" busy={saving.busy} disabled={value.trim() === ''} type="submit">
          Save key
        </Button>
        {stored && (
          <Button
            size="small"
            tone="quiet"
            busy={saving.busy}
            onClick={() => void saving.run(() => call('agent.removeKey', { agentId: agent.id, variable }))}
          >
            Remove key
          </Button>
        )}
      </div>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </form>
  )
}
