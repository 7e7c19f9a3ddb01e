import type { Agent, ModelChoice } from '@shared/domain'
import { Plus, X } from 'lucide-react'
import { Button, IconButton } from '../../ui/button'
import { ModelPicker } from '../model-picker/model-picker'

/** So many do the same side by side, with the first. */
const most = 8

/** Agents and models that do the same as the first, each in a task of its own. */
export function MoreAgents({
  agents,
  first,
  others,
  reason,
  onChange,
}: {
  agents: readonly Agent[]
  first: ModelChoice | null
  others: readonly ModelChoice[]
  /** Why there can be no others here. */
  reason: string | null
  onChange: (others: readonly ModelChoice[]) => void
}) {
  const add = () => {
    const next = others.at(-1) ?? first
    if (next !== null) onChange([...others, next])
  }
  return (
    <fieldset className="flex min-w-0 flex-col gap-8">
      <legend className="sr-only">Others that do the same side by side</legend>
      {others.map((choice, nth) => (
        // Two of them may be alike: their places tell them apart.
        <div key={nth} className="flex min-w-0 items-center gap-8">
          <span className="min-w-0 flex-1">
            <ModelPicker
              agents={agents}
              value={choice}
              look="field"
              anyModel
              onChange={(next) => onChange(others.with(nth, next))}
            />
          </span>
          <IconButton
            label={`Do without agent ${nth + 2}`}
            onClick={() => onChange(others.filter((_, other) => other !== nth))}
          >
            <X className="size-12" />
          </IconButton>
        </div>
      ))}
      <div className="flex flex-wrap items-center gap-8">
        <Button
          size="small"
          icon={<Plus className="size-12" />}
          reason={
            reason ??
            (first === null ? 'Choose an agent first' : null) ??
            (others.length >= most - 1 ? `No more than ${most} at a time` : null)
          }
          onClick={add}
        >
          Compare with another agent
        </Button>
        {others.length > 0 && (
          <span className="text-12 text-text-faint">
            {others.length + 1} tasks, each on its own branch, from the same prompt.
          </span>
        )}
      </div>
    </fieldset>
  )
}
