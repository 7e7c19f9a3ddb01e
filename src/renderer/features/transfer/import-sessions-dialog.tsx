import type { ForeignAgent, TransferReport } from '@shared/transfer'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Disclosure } from '../../ui/disclosure'
import { AgoTime } from '../../ui/time'
import { counted, countText } from '../sync/sync-text'
import { JobPart } from './job-part'
import { askTransfer } from './transfer-state'
import { useTransferJob } from './use-transfer-job'

const agentNames: Record<ForeignAgent, string> = {
  claude: 'Claude Code',
  codex: 'Codex',
  opencode: 'OpenCode',
}

const close = () => askTransfer(null)

/** Earlier sessions that agents have kept on this computer themselves. */
export function ImportSessionsDialog() {
  const finding = useTransferJob()
  const importing = useTransferJob()
  const asked = useRef(false)
  const [without, setWithout] = useState<ReadonlySet<ForeignAgent>>(new Set())
  const { start } = finding
  useEffect(() => {
    if (asked.current) return
    asked.current = true
    void start(() => call('transfer.findSessions'))
  }, [start])
  const found = finding.report?.kind === 'found' ? finding.report.agents : null
  const done = importing.report?.kind === 'agents' ? importing.report : null
  const chosen = (found ?? []).filter(({ agent, sessions }) => sessions > 0 && !without.has(agent))
  const news = chosen.reduce((sum, { sessions, known }) => sum + sessions - known, 0)
  return (
    <Dialog
      open
      onClose={close}
      title="Import earlier sessions"
      description="Read from the files of agents on this computer. Nothing is written there."
      footer={
        done !== null ? (
          <Button tone="accent" onClick={close}>
            Close
          </Button>
        ) : (
          <>
            <Button tone="quiet" onClick={close}>
              {importing.busy ? 'Close' : 'Cancel'}
            </Button>
            <Button
              tone="accent"
              busy={importing.busy || finding.busy}
              reason={
                found === null
                  ? 'What there is to import is not known yet'
                  : news === 0
                    ? 'There is nothing new to import'
                    : null
              }
              onClick={() =>
                void importing.start(() =>
                  call('transfer.importSessions', { agents: chosen.map(({ agent }) => agent) }),
                )
              }
            >
              {news > 0 ? `Import ${counted(news, 'session', 'sessions')}` : 'Import'}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-12">
        <JobPart transfer={finding} label="Looking for sessions" />
        {found !== null && done === null && (
          <ul aria-label="Agents" className="flex flex-col rounded-6 border border-line">
            {found.map((one) => (
              <li key={one.agent} className="border-b border-line last:border-b-0">
                <label className="flex items-start gap-12 p-8">
                  <input
                    type="checkbox"
                    aria-label={agentNames[one.agent]}
                    disabled={one.sessions === 0}
                    checked={one.sessions > 0 && !without.has(one.agent)}
                    onChange={(event) => {
                      const next = new Set(without)
                      if (event.target.checked) next.delete(one.agent)
                      else next.add(one.agent)
                      setWithout(next)
                    }}
                    className="mt-2 size-16 shrink-0 accent-accent"
                  />
                  <span className="min-w-0 flex-1">
                    <span className="block">{agentNames[one.agent]}</span>
                    <span className="block text-12 text-text-muted">
                      {one.sessions === 0 ? (
                        one.exists ? (
                          'No sessions'
                        ) : (
                          'Not used on this computer'
                        )
                      ) : (
                        <>
                          {counted(one.sessions, 'session', 'sessions')}
                          {one.known > 0 && `, ${countText(one.known)} here already`}
                          {one.newestAt !== null && (
                            <>
                              , the newest <AgoTime at={one.newestAt} />
                            </>
                          )}
                        </>
                      )}
                    </span>
                    <span className="block text-12 break-all text-text-faint">{one.directory}</span>
                  </span>
                </label>
              </li>
            ))}
          </ul>
        )}
        {found !== null && done === null && (
          <p className="text-text-muted">
            A session joins the task that has its branch. All others stand in archived tasks called “Imported
            sessions”, one for each repository and branch.
          </p>
        )}
        <JobPart transfer={importing} label="Importing sessions" />
        {done !== null && <Done report={done} />}
      </div>
    </Dialog>
  )
}

function Done({ report }: { report: Extract<TransferReport, { kind: 'agents' }> }) {
  const read = Object.entries(report.read).map(
    ([agent, count]) => `${counted(count, 'session', 'sessions')} of ${agentNames[agent as ForeignAgent]}`,
  )
  const unknown = Object.entries(report.unknown)
  return (
    <>
      <p>
        Imported: {read.length === 0 ? 'nothing new' : read.join(', ')}
        {report.tasks > 0 && `, in ${counted(report.tasks, 'new task', 'new tasks')}`}.
      </p>
      {report.alreadyHere > 0 && (
        <p className="text-text-muted">
          {counted(report.alreadyHere, 'session was', 'sessions were')} here already.
        </p>
      )}
      {report.skippedCount > 0 && (
        <Disclosure label={`${counted(report.skippedCount, 'file', 'files')} left out`}>
          {() => (
            <ul className="flex flex-col gap-4 text-12" data-selectable>
              {report.skipped.map(({ file, reason }) => (
                <li key={file} className="break-all">
                  {file}: {reason}
                </li>
              ))}
            </ul>
          )}
        </Disclosure>
      )}
      {report.brokenCount > 0 && (
        <Disclosure label={`${counted(report.brokenCount, 'file', 'files')} with parts that cannot be read`}>
          {() => (
            <ul className="flex flex-col gap-4 text-12" data-selectable>
              {report.broken.map(({ file, lines }) => (
                <li key={file} className="break-all">
                  {file}: {counted(lines, 'line is', 'lines are')} missing, the rest is here
                </li>
              ))}
            </ul>
          )}
        </Disclosure>
      )}
      {unknown.length > 0 && (
        <Disclosure label="Entries that this version does not know">
          {() => (
            <ul className="flex flex-col gap-4 text-12" data-selectable>
              {unknown.map(([kind, count]) => (
                <li key={kind} className="break-words">
                  {kind}: {countText(count)}
                </li>
              ))}
            </ul>
          )}
        </Disclosure>
      )}
    </>
  )
}
