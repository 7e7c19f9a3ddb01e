import type { OrganizationId } from '@shared/ids'
import { useMemo } from 'react'
import { SearchSelect, Select } from '../../ui/select'
import { inputLook } from '../../ui/field'
import { useRepositoryOrder } from '../repositories/use-repositories'
import { modelText } from './figures'
import { choose, useInsights } from './insights-state'
import { rangeNames, rangeWords } from './range'

const ALL = 'all:'
const ranges = rangeNames.map((value) => ({ value, label: rangeWords[value] }))

/** What the figures are of. */
export function Filters({
  organizationId,
  names,
}: {
  organizationId: OrganizationId
  names: ReadonlyMap<string, string>
}) {
  const { range, custom, repositoryId, agentId, model, insights } = useInsights()
  const ordered = useRepositoryOrder(organizationId)
  const repositories = useMemo(
    () => [
      { value: ALL, label: 'All repositories' },
      ...ordered.map((one) => ({ value: one.id, label: one.name })),
    ],
    [ordered],
  )
  const agents = useMemo(
    () => [
      { value: ALL, label: 'All agents' },
      ...(insights?.choices.agents ?? []).map((id) => ({ value: `agent:${id}`, label: names.get(id) ?? id })),
    ],
    [insights, names],
  )
  const models = useMemo(
    () => [
      { value: ALL, label: 'All models' },
      ...(insights?.choices.models ?? []).map((one) => ({ value: `model:${one}`, label: modelText(one) })),
    ],
    [insights],
  )
  const chosen = (value: string, prefix: string): string | null =>
    value === ALL ? null : value.slice(prefix.length)
  return (
    <>
      <Select
        label="Time"
        look="quiet"
        value={range}
        choices={ranges}
        onChange={(value) => choose({ range: value })}
      />
      {range === 'custom' && (
        <>
          <DayField
            label="From"
            value={custom.from ?? ''}
            onChange={(from) => choose({ custom: { ...custom, from } })}
          />
          <DayField label="To" value={custom.to} onChange={(to) => choose({ custom: { ...custom, to } })} />
        </>
      )}
      <div className="max-w-menu min-w-number flex-1">
        <SearchSelect
          label="Repository"
          value={repositoryId ?? ALL}
          placeholder="All repositories"
          empty="No repository matches."
          choices={repositories}
          onChange={(value) => choose({ repositoryId: ordered.find(({ id }) => id === value)?.id ?? null })}
        />
      </div>
      <div className="max-w-menu min-w-number flex-1">
        <SearchSelect
          label="Agent"
          value={agentId === null ? ALL : `agent:${agentId}`}
          placeholder="All agents"
          empty="No agent matches."
          choices={agents}
          onChange={(value) => choose({ agentId: chosen(value, 'agent:'), model: null })}
        />
      </div>
      <div className="max-w-menu min-w-number flex-1">
        <SearchSelect
          label="Model"
          value={model === null ? ALL : `model:${model}`}
          placeholder="All models"
          empty="No model matches."
          choices={models}
          onChange={(value) => choose({ model: chosen(value, 'model:') })}
        />
      </div>
    </>
  )
}

function DayField({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (day: string) => void
}) {
  return (
    <input
      type="date"
      aria-label={label}
      value={value}
      min="1990-01-01"
      max="2100-01-01"
      // A day that is only half typed is none.
      onChange={(event) => event.target.value !== '' && onChange(event.target.value)}
      className={`${inputLook} h-control max-w-menu shrink-0 basis-menu`}
    />
  )
}
