import type { Terminal } from '@shared/terminals'

/** How a terminal stands, in words. */
export function terminalStateWords({ state, exitCode, problem }: Terminal): string {
  switch (state) {
    case 'stopped':
      return 'not running'
    case 'starting':
      return 'starting'
    case 'running':
      return 'running'
    case 'failed':
      return 'could not be started'
    case 'exited':
      if (problem !== null) return 'ended'
      return exitCode === null ? 'ended by a signal' : `ended with code ${exitCode}`
  }
}
