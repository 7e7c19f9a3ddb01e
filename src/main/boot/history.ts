import { createInsights, type InsightsReader } from '../history/insights/insights'
import { createTaskRecord, type TaskRecord } from '../history/record/record'
import { createSearch, type Search } from '../history/search/search'
import type { TopicHub } from '../ipc/topic-hub'
import type { AppServices } from './services'

/** The files of the threads that read what was recorded. */
export interface HistoryScripts {
  search: URL
  insights: URL
  /** Of the history of tasks. */
  record: URL
  /** Of exports and imports. */
  transfer: URL
}

export interface History {
  readonly search: Search
  readonly insights: InsightsReader
  readonly record: TaskRecord
  close(): Promise<void>
}

/** What is read of the record, all of it on threads of their own. */
export function createHistory(
  { paths, nativeBinding, log }: Pick<AppServices, 'paths' | 'nativeBinding' | 'log'>,
  scripts: HistoryScripts,
  hub: Pick<TopicHub, 'touch'>,
  reportError: (error: unknown, what: string) => void,
): History {
  const common = { directory: paths.data, nativeBinding, reportError }
  const search = createSearch({
    ...common,
    script: scripts.search,
    changed: () => hub.touch('app', 'searchIndex', 'index'),
    log: log.scope('search'),
  })
  const insights = createInsights({ ...common, script: scripts.insights })
  const record = createTaskRecord({ ...common, script: scripts.record })
  return {
    search,
    insights,
    record,
    async close() {
      record.close()
      await Promise.all([search.close(), insights.close()])
    },
  }
}
