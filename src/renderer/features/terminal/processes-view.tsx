import type { TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { ProcessList, SandboxProcess, Terminal } from '@shared/terminals'
import { ExternalLink, Play, RefreshCw, RotateCcw, OctagonX, Square, SquareTerminal } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { RelativeTime } from '../../ui/time'
import { isLive, JobState, StopScript } from '../scripts/script-job'
import type { ScriptsOfTask } from '../scripts/use-task-scripts'
import { ProcessLog } from './process-log'
import { RunForm } from './run-form'
import { tell, terminalName, useTerminals } from './terminal-state'
import { terminalStateWords } from './terminal-words'

/** The list of a sandbox is read again so often while somebody looks at it: the server tells of nothing by itself. */
const LOOK_MS = 2000

/** All that runs in the sandbox of a task: terminals, scripts of the repository, and what else was started there. */
export function ProcessesView({
  task,
  scripts,
  terminals,
  ready,
  onShow,
}: {
  task: TaskDetail
  scripts: ScriptsOfTask
  terminals: readonly Terminal[]
  ready: boolean
  onShow: (terminal: Terminal) => void
}) {
  const [running, setRunning] = useState(false)
  const { others, usage, problem } = useProcesses(task)
  const titles = useTerminals((state) => state.titles)
  if (!ready)
    return (
      <EmptyState title="No checkout">
        Processes run in the sandbox of a task, once its checkout is ready.
      </EmptyState>
    )
  const known = scripts.scripts
  const runScripts = Object.keys(known?.scripts.run ?? {})
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-12 overflow-y-auto p-12">
      <div className="flex flex-wrap items-center gap-8">
        <Button size="small" icon={<Play className="size-12" />} onClick={() => setRunning(true)}>
          Run a program
        </Button>
        {runScripts.map((name) => (
          <Script key={name} task={task} name={name} scripts={scripts} />
        ))}
      </div>
      {running && (
        <RunForm
          taskId={task.id}
          onClose={() => setRunning(false)}
          onRun={(terminal) => {
            setRunning(false)
            onShow(terminal)
          }}
        />
      )}
      {problem !== null && <ErrorNotice error={problem} />}
      {terminals.length + others.length === 0 && (
        <p className="text-text-muted">Nothing runs in the sandbox.</p>
      )}
      <ul aria-label="Processes" className="flex flex-col gap-6">
        {terminals.map((terminal) => (
          <TerminalRow
            key={terminal.id}
            terminal={terminal}
            name={terminalName(terminal, titles)}
            cpu={usage.get(terminal.id) ?? null}
            onShow={onShow}
          />
        ))}
        {others.map((process) => (
          <OtherRow key={process.id} taskId={task.id} process={process} />
        ))}
      </ul>
    </div>
  )
}

function Script({ task, name, scripts }: { task: TaskDetail; name: string; scripts: ScriptsOfTask }) {
  const starting = useCall<unknown>()
  const job = scripts.latest.get(name)
  const allowed = scripts.scripts?.allowed === true
  return (
    <span className="flex flex-wrap items-center gap-6 text-12">
      {job !== undefined && isLive(job) ? (
        <>
          <span>{name}</span>
          <StopScript job={job} name={name} />
        </>
      ) : (
        <Button
          size="small"
          icon={<Play className="size-12" />}
          busy={starting.busy}
          reason={
            allowed ? null : 'The scripts of the repository were not allowed yet: review them under Scripts'
          }
          aria-label={`Run script ${name}`}
          onClick={() => void starting.run(() => call('scripts.run', { taskId: task.id, name }))}
        >
          {name}
        </Button>
      )}
      <JobState job={job} />
      {starting.error !== null && <ErrorNotice error={starting.error} />}
    </span>
  )
}

function Row({
  live,
  title,
  words,
  facts,
  actions,
  children,
}: {
  live: boolean
  title: string
  words: string
  facts: ReactNode
  actions: ReactNode
  children?: ReactNode
}) {
  return (
    <li className="flex min-w-0 flex-col gap-6 rounded-6 border border-line bg-surface-1 px-12 py-8">
      <div className="flex min-w-0 flex-wrap items-center gap-8">
        <SquareTerminal
          aria-hidden
          className={cx('size-16 shrink-0', live ? 'text-info' : 'text-text-faint')}
        />
        <span className="min-w-0 flex-1 truncate font-medium" title={title} data-selectable>
          <bdi>{title}</bdi>
        </span>
        {actions}
      </div>
      <p className="flex min-w-0 flex-wrap gap-x-12 text-12 text-text-muted">
        <span>{words}</span>
        {facts}
      </p>
      {children}
    </li>
  )
}

function TerminalRow({
  terminal,
  name,
  cpu,
  onShow,
}: {
  terminal: Terminal
  name: string
  cpu: number | null
  onShow: (terminal: Terminal) => void
}) {
  const { id, state, pid, cwd, startedAt, command, ports, variables } = terminal
  const live = state === 'running' || state === 'starting'
  return (
    <Row
      live={live}
      title={name}
      words={terminalStateWords(terminal)}
      facts={
        <>
          {pid !== null && <span>process {pid}</span>}
          <Cpu percent={cpu} />
          {startedAt !== null && (
            <span>
              started <RelativeTime at={startedAt} />
            </span>
          )}
          {command?.timeoutSeconds != null && <span>at most {command.timeoutSeconds} s</span>}
          {variables.length > 0 && <span>with {variables.join(', ')}</span>}
          <bdi className="min-w-0 truncate" title={cwd}>
            {cwd}
          </bdi>
        </>
      }
      actions={
        <>
          <Ports ports={ports} />
          <Button size="small" aria-label={`Show ${name}`} onClick={() => onShow(terminal)}>
            Show
          </Button>
          {live ? (
            <>
              {command !== null && (
                <>
                  <IconButton
                    label={`Restart ${name}`}
                    onClick={() => void tell(call('terminal.restart', { terminalId: id }))}
                  >
                    <RefreshCw className="size-12" />
                  </IconButton>
                  <IconButton
                    label={`Stop ${name}`}
                    onClick={() => void tell(call('terminal.stop', { terminalId: id }))}
                  >
                    <Square className="size-12" />
                  </IconButton>
                </>
              )}
              <IconButton
                label={`Kill ${name}`}
                onClick={() => void tell(call('terminal.kill', { terminalId: id }))}
              >
                <OctagonX className="size-12" />
              </IconButton>
            </>
          ) : (
            <IconButton
              label={`Start ${name} again`}
              onClick={() => void tell(call('terminal.start', { terminalId: id }))}
            >
              <RotateCcw className="size-12" />
            </IconButton>
          )}
        </>
      }
    />
  )
}

function OtherRow({ taskId, process }: { taskId: TaskDetail['id']; process: SandboxProcess }) {
  const { id, command, state, pid, startedAt, exitCode, cwd, cpu, ports } = process
  const end = (force: boolean) => void tell(call('terminal.stopProcess', { taskId, processId: id, force }))
  return (
    <Row
      live={state === 'running'}
      title={command}
      words={state === 'running' ? 'running' : exitCode === null ? 'ended' : `ended with code ${exitCode}`}
      facts={
        <>
          {pid !== null && <span>process {pid}</span>}
          <Cpu percent={cpu} />
          <span>
            started <RelativeTime at={startedAt} />
          </span>
          {cwd !== null && (
            <bdi className="min-w-0 truncate" title={cwd}>
              {cwd}
            </bdi>
          )}
        </>
      }
      actions={
        state === 'running' && (
          <>
            <Ports ports={ports} />
            <IconButton label={`Stop ${command}`} onClick={() => end(false)}>
              <Square className="size-12" />
            </IconButton>
            <IconButton label={`Kill ${command}`} onClick={() => end(true)}>
              <OctagonX className="size-12" />
            </IconButton>
          </>
        )
      }
    >
      <Disclosure label="Output">
        {() => <ProcessLog taskId={taskId} processId={id} follow={state === 'running'} />}
      </Disclosure>
    </Row>
  )
}

function Cpu({ percent }: { percent: number | null }) {
  return percent === null ? null : <span>{Math.round(percent)} % of a processor</span>
}

function Ports({ ports }: { ports: Terminal['ports'] }) {
  return ports.map(({ port, url }) => (
    <Button
      key={port}
      size="small"
      icon={<ExternalLink className="size-12" />}
      title={url}
      onClick={() => void openExternal(url)}
    >
      Open localhost:{port}
    </Button>
  ))
}

interface Known {
  others: readonly SandboxProcess[]
  /** How busy terminals are. */
  usage: ReadonlyMap<string, number | null>
  problem: ErrorValue | null
}
const nothing: Known = { others: [], usage: new Map(), problem: null }

function useProcesses(task: TaskDetail): Known {
  const [known, setKnown] = useState(nothing)
  const up = task.sandbox?.state === 'running'
  useEffect(() => {
    if (!up) return
    let current = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      const result = await call('terminal.processes', { taskId: task.id })
      if (!current) return
      setKnown(result.ok ? knownOf(result.value) : { ...nothing, problem: result.error })
      timer = setTimeout(() => void look(), LOOK_MS)
    }
    void look()
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [task.id, up])
  return up ? known : nothing
}

const knownOf = ({ others, terminals }: ProcessList): Known => ({
  others,
  usage: new Map(terminals.map(({ id, cpu }) => [id, cpu])),
  problem: null,
})
