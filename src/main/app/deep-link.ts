import { parseDeepLink } from '@shared/deep-link'

/** The link among the arguments of a start; flags of Chromium may stand before and after it. */
export function findDeepLink(argv: readonly string[]): string | null {
  return (
    argv.find((argument) => /^foundry:/i.test(argument)) ??
    // Whoever types the address of a pull request behind the command means it.
    argv.find((argument) => /^https?:/i.test(argument) && parseDeepLink(argument).type === 'pull_request') ??
    null
  )
}
