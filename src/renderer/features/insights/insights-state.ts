import type { ErrorValue } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { BucketSize, Grouping, Insights, InsightsQuestion } from '@shared/insights'
import { create } from 'zustand'
import { call } from '../../client/call'
import type { Measure } from './figures'
import { dayAfter, dayOf, type DayRange, type RangeName, rangeOf } from './range'

export interface Choices {
  range: RangeName
  custom: DayRange
  repositoryId: RepositoryId | null
  agentId: string | null
  model: string | null
  bucket: BucketSize
  by: Grouping
  measure: Measure
  /** Null: the one most turns were paid in. */
  currency: string | null
}

interface InsightsState extends Choices {
  insights: Insights | null
  /** What the figures are of, and when they were counted. */
  organizationId: OrganizationId | null
  countedAt: number | null
  busy: boolean
  error: ErrorValue | null
}

const nothingChosen: Pick<Choices, 'repositoryId' | 'agentId' | 'model' | 'currency'> = {
  repositoryId: null,
  agentId: null,
  model: null,
  currency: null,
}
const today = (): string => dayOf(new Date())

/** What was chosen, as it was left; kept while the window lives. */
export const useInsights = create<InsightsState>(() => ({
  range: '90',
  custom: { from: dayAfter(today(), -29), to: today() },
  ...nothingChosen,
  bucket: 'week',
  by: 'agent',
  measure: 'turns',
  insights: null,
  organizationId: null,
  countedAt: null,
  busy: false,
  error: null,
}))

let question = 0

/** Chooses, and counts again where that asks for other figures. */
export function choose(choices: Partial<Choices>): void {
  useInsights.setState(choices)
  const { organizationId } = useInsights.getState()
  if (organizationId !== null && Object.keys(choices).some((name) => name !== 'measure'))
    void count(organizationId, { fresh: false })
}

export function clearFilters(): void {
  choose({ ...nothingChosen, range: 'all' })
}

/**
 * Counts; `fresh` with what was done since, `quiet` where nobody asked for it. Figures that are there stay until there
 * are others. Says whether it came to its end: false where something else was asked meanwhile.
 */
export async function count(
  organizationId: OrganizationId,
  { fresh = true, quiet = false }: { fresh?: boolean; quiet?: boolean } = {},
): Promise<boolean> {
  const own = (question += 1)
  if (useInsights.getState().organizationId !== organizationId)
    useInsights.setState({ ...nothingChosen, organizationId, insights: null, error: null })
  if (!quiet) useInsights.setState({ busy: true })
  const { range, custom, repositoryId, agentId, model, bucket, by, currency } = useInsights.getState()
  const asked: InsightsQuestion = {
    organizationId,
    ...rangeOf(range, custom, today()),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    repositoryId,
    agentId,
    model,
    bucket,
    by,
    currency,
    fresh,
  }
  const result = await call('insights.read', asked)
  if (own !== question) return false
  if (result.ok)
    useInsights.setState({
      insights: result.value,
      ...(fresh ? { countedAt: Date.now() } : {}),
      busy: false,
      error: null,
    })
  else useInsights.setState({ error: result.error, busy: false })
  return true
}
