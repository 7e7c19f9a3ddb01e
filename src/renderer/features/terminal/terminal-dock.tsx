import type { TaskDetail } from '@shared/domain'
import type { Terminal } from '@shared/terminals'
import { Columns2, ListTree, Maximize2, Minimize2, PanelBottom, Plus, Search, X } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useSettings } from '../../app/app-state'
import { shortcutText } from '../../app/keymap'
import { closeTerminalPane } from '../../app/panels'
import { setLayout, terminalLimits, useWorkspace } from '../../app/workspace'
import { retryTopic, useEntities, useTopicError, useTopicPhase } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Splitter } from '../../ui/splitter'
import { readOnlyText } from '../lifecycle/lifecycle-actions'
import type { ScriptsOfTask } from '../scripts/use-task-scripts'
import { CloseQuestion } from './close-question'
import { ProcessesView } from './processes-view'
import { applyToScreens, chooseTerminal, knownScreen, newTerminal, useTerminals } from './terminal-state'
import { TerminalTabs } from './terminal-tabs'
import { TerminalView } from './terminal-view'

/** The terminals of a task and what runs in its sandbox, under everything else. */
export function TerminalDock({
  task,
  scripts,
  canBeWide,
}: {
  task: TaskDetail
  scripts: ScriptsOfTask
  /** It stands in the right panel, and could stand under the whole task. */
  canBeWide: boolean
}) {
  const terminals = useEntities('processes', task.id, 'terminal')
  const phase = useTopicPhase('processes', task.id)
  const error = useTopicError('processes', task.id)
  const settings = useSettings()?.terminal
  const height = useWorkspace((state) => state.terminalHeight)
  const wide = useWorkspace((state) => state.terminalWide)
  const asked = useWorkspace((state) => state.terminalAsked)
  const chosen = useTerminals((state) => state.active[task.id])
  const [listed, setListed] = useState(false)
  const [full, setFull] = useState(false)
  const frame = useRef<HTMLElement>(null)

  const tabs = useMemo(() => groupsOf([...terminals.values()]), [terminals])
  const active = (chosen === undefined ? undefined : terminals.get(chosen)) ?? tabs[0]?.[0]
  const group = tabs.find((tab) => active !== undefined && tab.includes(active)) ?? []
  const ready = task.sandbox !== null && task.sandbox.state !== 'preparing' && task.status !== 'archived'

  useEffect(() => {
    if (settings !== undefined) applyToScreens(settings)
  }, [settings])

  // Whoever asks for the terminal wants to type into it: one is made where there is none.
  const answered = useRef(0)
  useEffect(() => {
    if (asked === answered.current || phase === 'loading') return
    answered.current = asked
    setListed(false)
    if (active !== undefined) knownScreen(active.id)?.focus()
    else if (ready) void newTerminal(task.id, null)
  }, [asked, phase, active, ready, task.id])

  const select = (terminal: Terminal) => {
    setListed(false)
    chooseTerminal(task.id, terminal.id)
    knownScreen(terminal.id)?.focus()
  }

  return (
    <>
      {!full && (
        <Splitter
          label="Terminal height"
          side="below"
          value={height}
          {...terminalLimits}
          max={Math.max(terminalLimits.min, Math.round(window.innerHeight * 0.7))}
          onChange={(terminalHeight) => setLayout({ terminalHeight })}
        />
      )}
      <section
        ref={frame}
        aria-label="Terminal"
        data-terminal-pane
        className={
          full
            ? 'absolute inset-0 z-20 flex flex-col bg-surface-0'
            : 'flex h-terminal max-h-terminal shrink-0 flex-col border-t border-line bg-surface-0'
        }
        style={{ '--terminal-height': `${height}px` }}
      >
        <header className="flex h-strip shrink-0 items-center gap-4 border-b border-line bg-surface-1 px-8">
          <TerminalTabs tabs={tabs} active={listed ? undefined : active} taskId={task.id} onSelect={select} />
          {ready && (
            <IconButton label="New terminal" onClick={() => void newTerminal(task.id, null)}>
              <Plus className="size-16" />
            </IconButton>
          )}
          <span className="flex-1" />
          {active !== undefined && !listed && (
            <>
              <IconButton label="Split terminal" onClick={() => void newTerminal(task.id, active.id)}>
                <Columns2 className="size-16" />
              </IconButton>
              <IconButton
                label="Find in terminal"
                shortcut={shortcutText(shortcutText('F').startsWith('⌘') ? 'F' : 'Shift+F')}
                onClick={() => useTerminals.setState({ finding: active.id })}
              >
                <Search className="size-16" />
              </IconButton>
            </>
          )}
          <IconButton label="Processes" pressed={listed} onClick={() => setListed(!listed)}>
            <ListTree className="size-16" />
          </IconButton>
          {canBeWide && !full && (
            <IconButton
              label={wide ? 'Terminal in the right panel' : 'Terminal under the whole task'}
              pressed={wide}
              onClick={() => setLayout({ terminalWide: !wide })}
            >
              <PanelBottom className="size-16" />
            </IconButton>
          )}
          <IconButton label={full ? 'Usual size' : 'Full size'} pressed={full} onClick={() => setFull(!full)}>
            {full ? <Minimize2 className="size-16" /> : <Maximize2 className="size-16" />}
          </IconButton>
          <IconButton label="Hide terminal" shortcut="Ctrl+`" onClick={closeTerminalPane}>
            <X className="size-16" />
          </IconButton>
        </header>
        <div className="relative flex min-h-0 flex-1">
          {error !== null ? (
            <div className="p-12">
              <ErrorNotice
                error={error}
                actions={
                  <Button size="small" onClick={() => retryTopic('processes', task.id)}>
                    Try again
                  </Button>
                }
              />
            </div>
          ) : listed ? (
            <ProcessesView
              task={task}
              scripts={scripts}
              terminals={tabs.flat()}
              ready={ready}
              onShow={select}
            />
          ) : (
            settings !== undefined &&
            group.map((terminal) => (
              <TerminalView
                key={terminal.id}
                terminal={terminal}
                settings={settings}
                alone={group.length === 1}
                active={terminal === active}
                focusAtOnce={terminal.id === chosen}
              />
            ))
          )}
          {error === null && !listed && active === undefined && phase !== 'loading' && (
            <NoTerminal ready={ready} task={task} />
          )}
        </div>
        <CloseQuestion />
      </section>
    </>
  )
}

function NoTerminal({ task, ready }: { task: TaskDetail; ready: boolean }) {
  if (!ready)
    return (
      <EmptyState title="No checkout">
        {task.readOnly
          ? `Terminals run in the checkout of a task. ${readOnlyText}`
          : task.status === 'archived'
            ? 'Terminals run in the checkout of a task. This one is archived: un-archive it to open one.'
            : 'A terminal can be opened once the checkout is ready.'}
      </EmptyState>
    )
  return (
    <EmptyState
      title="No terminal"
      action={
        <Button tone="accent" onClick={() => void newTerminal(task.id, null)}>
          New terminal
        </Button>
      }
    >
      A shell in the checkout of this task, beside the agent.
    </EmptyState>
  )
}

/** Tabs in order, each with its terminals in order. */
export function groupsOf(terminals: readonly Terminal[]): Terminal[][] {
  const groups = new Map<string, Terminal[]>()
  for (const terminal of terminals.toSorted((a, b) => a.position - b.position))
    groups.set(terminal.groupId, [...(groups.get(terminal.groupId) ?? []), terminal])
  return [...groups.values()]
}
