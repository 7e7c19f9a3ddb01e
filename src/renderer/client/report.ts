import { call } from './call'

/** Tells main about a defect of the window, so that it is in the log. */
export function reportError(error: Error): void {
  void send(error)
}

async function send(error: Error): Promise<void> {
  const result = await call('app.reportWindowError', {
    message: error.message.slice(0, 10_000),
    stack: (error.stack ?? '').slice(0, 50_000),
  })
  // With main out of reach the console is the last place left to say it.
  // oxlint-disable-next-line no-console
  if (!result.ok) console.error('A failure of the window could not be logged', error, result.error)
}

/** Catches what no component caught. */
export function watchForErrors(onError: (error: Error) => void): void {
  const handle = (thrown: unknown) => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    reportError(error)
    onError(error)
  }
  window.addEventListener('error', (event) => {
    // The browser reports this harmless condition as an error: layout settled one frame later.
    if (event.message.startsWith('ResizeObserver loop')) return
    handle(event.error ?? event.message)
  })
  window.addEventListener('unhandledrejection', (event) => handle(event.reason))
}
