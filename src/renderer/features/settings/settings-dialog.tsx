import type { Settings } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { useAgentChoice, useAppState, useSettings } from '../../app/app-state'
import { type SettingsPage, setSettingsOpen, setSettingsPage, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy-button'
import { Dialog } from '../../ui/dialog'
import { CaptionedControl, Switch } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { NumberField } from '../../ui/number-field'
import { Select } from '../../ui/select'
import { type TabPage, Tabs } from '../../ui/tabs'
import { showError } from '../../ui/toast'
import { AccountsPage } from '../accounts/accounts-page'
import { AgentSetup } from '../agents/agent-setup'
import { DataPage } from '../data/data-page'
import { DeveloperPage } from '../dev-panel/developer-page'
import { StoragePage } from '../lifecycle/storage-page'
import { SyncPage } from '../sync/sync-page'
import { LinksPart } from './links-part'
import { Part } from './part'
import { SpellingPart } from './spelling-part'
import { TerminalPart } from './terminal-part'

const zoomSteps = [0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3]

const pages: readonly TabPage<SettingsPage>[] = [
  { value: 'general', label: 'General', content: () => <GeneralPage /> },
  { value: 'accounts', label: 'Accounts', content: () => <AccountsPage /> },
  { value: 'sync', label: 'Sync', content: () => <SyncPage /> },
  { value: 'storage', label: 'Storage', content: () => <StoragePage /> },
  { value: 'data', label: 'Data', content: () => <DataPage /> },
  { value: 'developer', label: 'Developer', content: () => <DeveloperPage /> },
]

/** Everything a person can set. */
export function SettingsDialog() {
  const page = useWorkspace((state) => state.settingsPage)
  return (
    <Dialog open onClose={() => setSettingsOpen(false)} title="Settings" size="wide">
      <Tabs label="Pages" value={page} pages={pages} onChange={setSettingsPage} />
    </Dialog>
  )
}

/** Each change is stored at once; there is nothing to confirm. */
function GeneralPage() {
  const settings = useSettings()
  const [error, setError] = useState<ErrorValue | null>(null)
  const change = async (part: Partial<Settings>) => {
    const result = await call('app.updateSettings', part)
    setError(result.ok ? null : result.error)
  }
  return (
    <>
      {error !== null && <ErrorNotice error={error} />}
      {settings !== undefined && (
        <>
          <Appearance settings={settings} change={(part) => void change(part)} />
          <Working settings={settings} change={(part) => void change(part)} />
          <SpellingPart change={(part) => void change(part)} />
          <TerminalPart settings={settings} change={(part) => void change(part)} />
          <PullRequests settings={settings} change={(part) => void change(part)} />
          <Notifications settings={settings} change={(part) => void change(part)} />
        </>
      )}
      {settings !== undefined && <LinksPart settings={settings} change={(part) => void change(part)} />}
      <Agents />
      <About />
    </>
  )
}

interface PartProps {
  settings: Settings
  change: (part: Partial<Settings>) => void
}

function Appearance({ settings, change }: PartProps) {
  const zooms = zoomSteps.includes(settings.zoom)
    ? zoomSteps
    : [...zoomSteps, settings.zoom].toSorted((a, b) => a - b)
  return (
    <Part title="Appearance">
      <div className="flex flex-wrap gap-16">
        <div className="w-full max-w-field">
          <CaptionedControl caption="Theme">
            <Select
              label="Theme"
              value={settings.theme}
              choices={[
                { value: 'system', label: 'Like the system' },
                { value: 'light', label: 'Light' },
                { value: 'dark', label: 'Dark' },
              ]}
              onChange={(theme) => change({ theme })}
            />
          </CaptionedControl>
        </div>
        <div className="w-full max-w-field">
          <CaptionedControl caption="Zoom">
            <Select
              label="Zoom"
              value={String(settings.zoom)}
              choices={zooms.map((zoom) => ({ value: String(zoom), label: `${Math.round(zoom * 100)} %` }))}
              onChange={(zoom) => change({ zoom: Number(zoom) })}
            />
          </CaptionedControl>
        </div>
      </div>
    </Part>
  )
}

function Working({ settings, change }: PartProps) {
  return (
    <Part title="Working">
      <div className="w-full max-w-field">
        <CaptionedControl caption="Send a prompt with">
          <Select
            label="Send a prompt with"
            value={settings.sendWith}
            choices={[
              { value: 'enter', label: 'Enter' },
              { value: 'mod_enter', label: 'Ctrl+Enter or ⌘Enter' },
            ]}
            onChange={(sendWith) => change({ sendWith })}
          />
        </CaptionedControl>
      </div>
      <div className="w-full max-w-field">
        <CaptionedControl caption="Names of new branches">
          <Select
            label="Names of new branches"
            value={settings.branchNames}
            choices={[
              { value: 'readable', label: 'From the title', hint: 'fix-login-on-safari' },
              { value: 'random', label: 'Made up', hint: 'juniper-x7k2' },
            ]}
            onChange={(branchNames) => change({ branchNames })}
          />
        </CaptionedControl>
      </div>
      <NumberField
        label="Stop a sandbox after minutes without use"
        hint="Its checkout and everything in it stays. It is started again when it is needed."
        value={settings.sandboxIdleMinutes}
        min={1}
        max={1440}
        onCommit={(sandboxIdleMinutes) => change({ sandboxIdleMinutes })}
      />
      <NumberField
        label="Characters told to an agent that lost its context"
        hint="The newest turns first. More costs more tokens; 0 tells it nothing."
        value={settings.briefCharacters}
        min={0}
        max={200_000}
        step={1000}
        onCommit={(briefCharacters) => change({ briefCharacters })}
      />
    </Part>
  )
}

function PullRequests({ settings, change }: PartProps) {
  return (
    <Part title="Pull requests">
      <Switch
        label="Archive tasks with their pull request"
        hint="When it is merged or closed, on GitHub or here."
        checked={settings.archiveWithPullRequest}
        onChange={(archiveWithPullRequest) => change({ archiveWithPullRequest })}
      />
    </Part>
  )
}

function Notifications({ settings, change }: PartProps) {
  const { notifications } = settings
  const set = (part: Partial<Settings['notifications']>) =>
    change({ notifications: { ...notifications, ...part } })
  return (
    <Part title="System notifications">
      <Switch
        label="An agent finished"
        checked={notifications.finished}
        onChange={(finished) => set({ finished })}
      />
      <Switch
        label="An agent needs your input"
        checked={notifications.needsInput}
        onChange={(needsInput) => set({ needsInput })}
      />
      <Switch label="An agent failed" checked={notifications.failed} onChange={(failed) => set({ failed })} />
      <p className="text-12 text-text-faint">Nothing is shown for the session you are looking at.</p>
    </Part>
  )
}

function Agents() {
  const { agents, looking } = useAgentChoice()
  const app = useAppState()
  const refreshing = useCall<unknown>()
  return (
    <Part title="Agents">
      {app?.keychain === false && (
        <Notice tone="warning">
          This computer offers no keychain. Keys are kept until Foundry quits, and never written to disk.
        </Notice>
      )}
      {agents.map((agent) => (
        <AgentSetup key={agent.id} agent={agent} />
      ))}
      {agents.length === 0 && (
        <p className="text-text-muted">
          {looking ? 'Looking for agents' : 'The list of agents has not been read yet.'}
        </p>
      )}
      {refreshing.error !== null && <ErrorNotice error={refreshing.error} />}
      <div>
        <Button
          size="small"
          busy={refreshing.busy}
          icon={<RefreshCw className="size-12" />}
          onClick={() => void refreshing.run(() => call('agent.refresh'))}
        >
          {refreshing.busy ? 'Looking for agents' : 'Refresh agents'}
        </Button>
      </div>
    </Part>
  )
}

function About() {
  const app = useAppState()
  if (app === undefined) return null
  const openLogs = async () => {
    const result = await call('app.openLogs')
    if (!result.ok) showError(result.error)
  }
  return (
    <Part title="About">
      <dl className="flex flex-col gap-8" data-selectable>
        <Fact name="Version" value={`${app.version} (${app.platform})`} />
        <Fact name="Data folder" value={app.dataDirectory} />
        <Fact
          name="Secrets"
          value={
            app.keychain
              ? 'In the keychain of this computer'
              : 'Kept until Foundry quits: no keychain was found'
          }
        />
      </dl>
      <div>
        <Button size="small" onClick={() => void openLogs()}>
          Open logs
        </Button>
      </div>
    </Part>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex items-center gap-8">
      <dt className="w-full max-w-number shrink-0 text-text-muted">{name}</dt>
      <dd className="flex min-w-0 flex-1 items-center gap-8">
        <span className="min-w-0 flex-1 break-all">{value}</span>
        <CopyButton label={`Copy ${name.toLocaleLowerCase()}`} text={() => value} />
      </dd>
    </div>
  )
}
