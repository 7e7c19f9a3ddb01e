import type { Outcome } from '@shared/backups'
import { lazy, Suspense, useState } from 'react'
import { openSettings } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { errorText, Notice } from '../../ui/notice'
import { CopyTextButton } from '../../ui/copy-button'
import { outcomeText } from './data-text'
import { askToRestore, useDataState } from './use-data'

const DamageReport = lazy(async () => ({ default: (await import('./damage-report')).DamageReport }))

/** Says that nothing can be written, and how the last restore, recovery, move or reset ended. */
export function DataBanner() {
  const data = useDataState()
  if (data === undefined) return null
  return (
    <>
      {data.health.state !== 'fine' && <HealthBanner health={data.health} />}
      {data.outcome !== null && <OutcomeBanner key={data.outcome.at} outcome={data.outcome} />}
    </>
  )
}

type Trouble = Exclude<NonNullable<ReturnType<typeof useDataState>>['health'], { state: 'fine' }>

function HealthBanner({ health }: { health: Trouble }) {
  const restarting = useCall<unknown>()
  const isDamaged = health.state === 'damaged'
  return (
    <section
      aria-label={isDamaged ? 'The database is damaged' : 'Nothing can be saved'}
      aria-live="assertive"
      className="shrink-0 border-b border-line p-8"
    >
      <Notice
        tone="warning"
        actions={
          <div className="flex flex-wrap justify-end gap-6">
            {isDamaged && (
              <Button
                size="small"
                tone="accent"
                busy={restarting.busy}
                onClick={() => void restarting.run(() => call('data.restart'))}
              >
                Start again
              </Button>
            )}
            <CopyTextButton label="Copy" text={() => errorText(health.error)} />
          </div>
        }
      >
        <span className="font-medium">{health.error.message}</span>{' '}
        {isDamaged
          ? 'Nothing more is saved, so that nothing gets lost. Start again: Foundry then saves what can be read, opens the last good backup and says what is missing.'
          : `${health.error.next ?? ''} What agents say is kept in memory meanwhile, and saved as soon as that works again.`}
      </Notice>
    </section>
  )
}

function OutcomeBanner({ outcome }: { outcome: Outcome }) {
  const running = useCall<unknown>()
  const [reading, setReading] = useState(false)
  const { title, text, tone } = outcomeText(outcome)
  const { error } = running
  return (
    <section aria-label={title} aria-live="polite" className="shrink-0 border-b border-line p-8">
      <Notice
        tone={error === null ? tone : 'warning'}
        actions={
          <div className="flex flex-wrap justify-end gap-6">
            {outcome.kind === 'damaged' && (
              <Button size="small" tone="accent" onClick={() => setReading(true)}>
                What is missing
              </Button>
            )}
            {(outcome.kind === 'restored' || outcome.kind === 'merged') && <Undo file={outcome.undo} />}
            {(outcome.kind === 'reset' || outcome.kind === 'reset_undone') && (
              <Button
                size="small"
                busy={running.busy}
                onClick={() => void running.run(() => call('data.undoReset', { name: outcome.kept }))}
              >
                {outcome.kind === 'reset' ? 'Undo the reset' : 'Reset again'}
              </Button>
            )}
            {outcome.kind === 'moved' && (
              <Button
                size="small"
                busy={running.busy}
                onClick={() => void running.run(() => call('data.removeMoved'))}
              >
                Remove the old folder
              </Button>
            )}
            {outcome.kind === 'failed' && (
              <>
                <CopyTextButton label="Copy error" text={() => errorText(outcome.error)} />
                <Button size="small" onClick={() => openSettings('data')}>
                  Open backups
                </Button>
              </>
            )}
            <Button
              size="small"
              busy={running.busy}
              onClick={() => void running.run(() => call('data.seen'))}
            >
              {outcome.kind === 'restored' || outcome.kind === 'reset' ? 'Keep it so' : 'Dismiss'}
            </Button>
          </div>
        }
      >
        <span className="font-medium">{title}</span> {text}
        {outcome.kind === 'failed' && (
          <span className="block text-text-muted">
            {[outcome.error.message, outcome.error.next].filter(Boolean).join(' ')}
          </span>
        )}
        {error !== null && (
          <span className="block">{[error.message, error.next].filter(Boolean).join(' ')}</span>
        )}
      </Notice>
      {outcome.kind === 'damaged' && reading && (
        <Suspense fallback={null}>
          <DamageReport outcome={outcome} close={() => setReading(false)} />
        </Suspense>
      )}
    </section>
  )
}

function Undo({ file }: { file: string | null }) {
  if (file === null) return null
  return (
    <Button size="small" onClick={() => askToRestore(file)}>
      Undo
    </Button>
  )
}
