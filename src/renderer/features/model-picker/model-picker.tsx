import { Combobox } from '@base-ui/react/combobox'
import type { Agent, ModelChoice, Repository } from '@shared/domain'
import type { Result } from '@shared/errors'
import { Check, ChevronDown, RefreshCw, Star } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useAppState } from '../../app/app-state'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { AgentMark } from '../../ui/agent-mark'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { RelativeTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { Tooltip } from '../../ui/tooltip'
import { AgentSetup } from '../agents/agent-setup'
import {
  choiceLabel,
  isSameChoice,
  type ModelEntry,
  type ModelGroup,
  modelGroups,
  searchModels,
  withOwn,
} from './model-choices'

/** More rows than this are not drawn at once; the search narrows them. */
const shownEntries = 300

interface ModelPickerProps {
  agents: readonly Agent[]
  value: ModelChoice | null
  onChange: (choice: ModelChoice) => void
  disabled?: boolean
  /** Why it cannot be used now. */
  reason?: string | null
  look?: 'field' | 'quiet'
  /** Where the work is: what it starts with can be set for that alone. */
  repository?: PickerRepository | undefined
  /** What choosing means for what runs, said before it is done. */
  note?: string
  /** A model may be named that no agent listed. */
  anyModel?: boolean
}

type PickerRepository = Pick<Repository, 'id' | 'name'>

/** Chooses an agent and its model, and helps with agents that are not ready to work. */
export function ModelPicker({
  agents,
  value,
  onChange,
  disabled,
  reason,
  look = 'quiet',
  repository,
  note,
  anyModel = false,
}: ModelPickerProps) {
  const [open, setOpen] = useState(false)
  const [query, setQuery] = useState('')
  const [highlighted, setHighlighted] = useState<ModelEntry | null>(null)
  const models = useAppState()?.models
  const groups = useMemo(() => withOwn(modelGroups(agents), models), [agents, models])
  const found = useMemo(
    () => limited(searchModels(groups, query, anyModel ? agents : [])),
    [groups, query, anyModel, agents],
  )
  const all = groups.flatMap((group) => group.items)
  const selected = value === null ? null : (all.find((item) => isSameChoice(item, value)) ?? null)
  const label = choiceLabel(agents, value)
  const trigger = (
    <Combobox.Trigger
      aria-label={`Model: ${label}`}
      className={cx(
        'flex h-control min-w-0 items-center gap-6 rounded-6 px-8 text-13 transition-colors data-disabled:opacity-60',
        look === 'field'
          ? 'w-full border border-line-strong bg-surface-0 hover:bg-surface-2'
          : 'text-text-muted hover:bg-surface-2 hover:text-text',
      )}
    >
      {value !== null && <AgentMark agentId={value.agentId} />}
      <span className="min-w-0 flex-1 truncate text-start">{label}</span>
      <ChevronDown aria-hidden className="size-12 shrink-0" />
    </Combobox.Trigger>
  )
  return (
    <Combobox.Root<ModelEntry>
      items={groups}
      filteredItems={found}
      filter={null}
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        if (!next) return
        setQuery('')
        setHighlighted(null)
      }}
      inputValue={query}
      onInputValueChange={setQuery}
      value={selected}
      onValueChange={(item) => {
        if (item === null) return
        onChange({ agentId: item.agentId, modelId: item.modelId })
        setOpen(false)
      }}
      // What was highlighted last stays the subject of the buttons below the list.
      onItemHighlighted={(item) => item !== undefined && setHighlighted(item)}
      itemToStringLabel={(item) => item.label}
      isItemEqualToValue={(a, b) => a.value === b.value}
      disabled={disabled === true}
      autoHighlight
    >
      {reason === undefined || reason === null ? trigger : <Tooltip label={reason}>{trigger}</Tooltip>}
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} align="start" className="z-50">
          <Combobox.Popup
            aria-label="Agents and models"
            className="flex max-h-available w-full min-w-field max-w-picker animate-appear flex-col overflow-hidden rounded-6 border border-line bg-surface-2 shadow-float outline-none"
          >
            <div className="flex items-center gap-4 border-b border-line p-4">
              <Combobox.Input
                aria-label="Search models"
                placeholder="Search models"
                className="h-24 min-w-0 flex-1 rounded-4 bg-surface-0 px-8 text-13"
              />
              <RefreshAgents />
            </div>
            <Combobox.Empty className="text-text-muted not-empty:p-12">
              {groups.length === 0 ? 'No agent is installed yet. Install one below.' : 'No model matches.'}
            </Combobox.Empty>
            <Combobox.List className="max-h-list min-h-prompt-min flex-1 overflow-y-auto p-4 data-empty:min-h-0 data-empty:p-0">
              {(group: ModelGroup) => (
                <Combobox.Group key={group.value} items={group.items}>
                  <Combobox.GroupLabel className="flex items-center gap-6 px-8 py-4 text-12 text-text-faint">
                    {group.agentId !== null && <AgentMark agentId={group.agentId} />}
                    {group.label}
                  </Combobox.GroupLabel>
                  <Combobox.Collection>
                    {(item: ModelEntry) => <Entry key={item.value} item={item} />}
                  </Combobox.Collection>
                </Combobox.Group>
              )}
            </Combobox.List>
            {note !== undefined && <p className="px-12 py-4 text-12 text-text-muted">{note}</p>}
            {highlighted !== null && all.some(({ value: one }) => one === highlighted.value) && (
              <Marks item={highlighted} repository={repository} />
            )}
            <Setup agents={agents} needed={all.length === 0} />
            <Age agents={agents} />
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}

function Entry({ item }: { item: ModelEntry }) {
  const models = useAppState()?.models
  const isFavourite = models?.favourites.some((one) => isSameChoice(one, item)) === true
  const isUsual = models?.usual != null && isSameChoice(models.usual, item)
  return (
    <Combobox.Item
      value={item}
      className="flex min-h-24 min-w-0 cursor-default items-center gap-8 rounded-4 px-8 py-2 outline-none select-none data-highlighted:bg-surface-3 data-selected:font-medium"
    >
      <span className="flex size-12 shrink-0">
        <Combobox.ItemIndicator>
          <Check className="size-12" />
        </Combobox.ItemIndicator>
      </span>
      {item.showAgent === true && <AgentMark agentId={item.agentId} />}
      <span
        className="min-w-0 flex-1 truncate"
        title={item.description === '' ? (item.modelId ?? undefined) : item.description}
      >
        {item.showAgent === true ? `${item.agentName} ${item.label}` : item.label}
      </span>
      {isUsual && <span className="shrink-0 text-11 text-text-faint">default</span>}
      {isFavourite && <Star aria-label="favourite" className="size-12 shrink-0 fill-current text-warning" />}
    </Combobox.Item>
  )
}

/** What can be made of the model that is highlighted, beside choosing it. */
function Marks({ item, repository }: { item: ModelEntry; repository: PickerRepository | undefined }) {
  const models = useAppState()?.models
  if (models === undefined) return null
  const choice = { agentId: item.agentId, modelId: item.modelId }
  const isFavourite = models.favourites.some((one) => isSameChoice(one, choice))
  const isUsual = models.usual !== null && isSameChoice(models.usual, choice)
  const here = repository === undefined ? undefined : models.repositories[repository.id]
  const isUsualHere = here !== undefined && isSameChoice(here, choice)
  return (
    <fieldset
      aria-label={`${item.agentName} ${item.label}`}
      className="flex flex-wrap items-center gap-4 border-t border-line p-4"
    >
      <Button
        size="small"
        tone="quiet"
        aria-pressed={isFavourite}
        icon={<Star className={cx('size-12', isFavourite && 'fill-current text-warning')} />}
        onClick={() => act(call('app.setFavouriteModel', { choice, favourite: !isFavourite }))}
      >
        Favourite
      </Button>
      <Button
        size="small"
        tone="quiet"
        aria-pressed={isUsual}
        icon={isUsual && <Check className="size-12" />}
        onClick={() =>
          act(call('app.setDefaultModel', { choice: isUsual ? null : choice, repositoryId: null }))
        }
      >
        Default
      </Button>
      {repository !== undefined && (
        <Button
          size="small"
          tone="quiet"
          aria-pressed={isUsualHere}
          icon={isUsualHere && <Check className="size-12" />}
          onClick={() =>
            act(
              call('app.setDefaultModel', {
                choice: isUsualHere ? null : choice,
                repositoryId: repository.id,
              }),
            )
          }
        >
          Default in {repository.name}
        </Button>
      )}
    </fieldset>
  )
}

function act(doing: Promise<Result<void>>): void {
  void doing.then((result) => {
    if (!result.ok) showError(result.error)
  })
}

function RefreshAgents() {
  const refreshing = useCall<unknown>()
  return (
    <IconButton
      label={refreshing.busy ? 'Looking for agents' : 'Refresh agents'}
      disabled={refreshing.busy}
      onClick={() =>
        void refreshing.run(async () => {
          const result = await call('agent.refresh')
          if (!result.ok) showError(result.error)
          return result
        })
      }
    >
      <RefreshCw className={cx('size-12', refreshing.busy && 'animate-turn')} />
    </IconButton>
  )
}

/** The lists are kept for when the agents cannot be asked. */
function Age({ agents }: { agents: readonly Agent[] }) {
  const asked = agents.filter(({ installed }) => installed).map(({ refreshedAt }) => refreshedAt)
  if (asked.length === 0) return null
  return (
    <p className="border-t border-line px-12 py-4 text-11 text-text-faint">
      Age of these lists: <RelativeTime at={Math.min(...asked)} />
    </p>
  )
}

/** Agents that cannot work yet, with what to do about it. */
function Setup({ agents, needed }: { agents: readonly Agent[]; needed: boolean }) {
  const unready = agents.filter((agent) => !agent.installed || !agent.credentials || agent.problem !== null)
  if (unready.length === 0) return null
  return (
    <div
      className="max-h-output min-h-0 shrink overflow-y-auto border-t border-line p-8"
      // Keys typed into a key field are not a search.
      role="presentation"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') event.stopPropagation()
      }}
    >
      <Disclosure label={`Set up agents (${unready.length})`} initiallyOpen={needed}>
        {() => (
          <div className="flex flex-col gap-12 pt-8">
            {unready.map((agent) => (
              <AgentSetup key={agent.id} agent={agent} />
            ))}
            <Button size="small" tone="quiet" onClick={() => void call('agent.refresh')}>
              Look again
            </Button>
          </div>
        )}
      </Disclosure>
    </div>
  )
}

function limited(groups: ModelGroup[]): ModelGroup[] {
  let left = shownEntries
  return groups.flatMap((group) => {
    const items = group.items.slice(0, left)
    left -= items.length
    return items.length === 0 ? [] : [{ ...group, items }]
  })
}
