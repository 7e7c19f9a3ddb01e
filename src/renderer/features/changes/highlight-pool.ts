import { registerCustomTheme } from '@pierre/diffs'
import { getOrCreateWorkerPoolSingleton } from '@pierre/diffs/worker'
// The bundler makes the default export.
// oxlint-disable-next-line import/default
import HighlightWorker from '@pierre/diffs/worker/worker.js?worker'
import { reportError } from '../../client/report'
import { codeThemes, readableTheme } from '../../ui/code/code-theme'

for (const kind of ['light', 'dark'] as const)
  registerCustomTheme(codeThemes[kind], () => Promise.resolve(readableTheme(kind)), 'zed')

/** Colours code beside the window's own thread; made once, as starting it takes longer than drawing a diff. */
export const highlightPool = getOrCreateWorkerPoolSingleton({
  poolOptions: {
    workerFactory: () => new HighlightWorker(),
    poolSize: 1,
    onWorkerError: (event) => {
      event.preventDefault()
      reportError(new Error('Code cannot be coloured', { cause: 'error' in event ? event.error : event }))
    },
  },
  highlighterOptions: { theme: codeThemes, preferredHighlighter: 'highlights' },
})
highlightPool.initialize().catch(reportError)
