import { writeFileAtomically } from '../app/atomic-file'
import type { InsightsReader } from '../history/insights/insights'
import type { DomainHandlers } from '../ipc/handlers'
import type { Desktop } from './services'

/** What stands behind the insights. */
export function insightsHandlers(
  insights: InsightsReader,
  desktop: Pick<Desktop, 'chooseSavePath'>,
): DomainHandlers<'insights'> {
  return {
    read: (question) => insights.read(question),
    async save({ name, as, content }) {
      // Of the name, what every file system takes.
      const plain = name.replaceAll(/[^\p{L}\p{N} _-]+/gu, '').trim() || 'insights'
      const path = await desktop.chooseSavePath('Save insights', `${plain}.${as}`)
      if (path === null) return null
      await writeFileAtomically(path, content)
      return { path }
    },
  }
}
