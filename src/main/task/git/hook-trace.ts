import { z } from 'zod'
import type { CheckoutGit } from '../../sandbox/git/types'

/** The events of git's `GIT_TRACE2_EVENT` format that matter here. */
const eventSchema = z.object({
  event: z.string(),
  sid: z.string(),
  child_id: z.number().optional(),
  child_class: z.string().optional(),
  hook_name: z.string().optional(),
  code: z.number().optional(),
})

/** Hooks may run git thousands of times, each writing its own events after those we look for. */
const TRACE_BYTES = 4 * 1024 * 1024

/** The hook that ended a traced git command by failing, or null when none did or no trace was written. */
export async function failedHook(git: CheckoutGit, trace: string): Promise<string | null> {
  const size = await git.fileSize(trace).catch(() => 0)
  if (size === 0 || (size !== null && size > TRACE_BYTES)) return null
  const bytes = await git.readFile(trace)
  return findFailedHook(new TextDecoder().decode(bytes))
}

/** Reads the trace itself. Git commands that a hook runs write to the same file under longer session ids. */
export function findFailedHook(trace: string): string | null {
  let session: string | null = null
  const hooks = new Map<number, string>()
  for (const line of trace.split('\n')) {
    const event = parseEvent(line)
    if (event === null) continue
    session ??= event.sid
    if (event.sid !== session || event.child_id === undefined) continue
    if (event.event === 'child_start' && event.child_class === 'hook' && event.hook_name !== undefined) {
      hooks.set(event.child_id, event.hook_name)
    }
    if (event.event === 'child_exit' && event.code !== 0) {
      const hook = hooks.get(event.child_id)
      // A failing post-commit hook refuses nothing.
      if (hook !== undefined && !hook.startsWith('post-')) return hook
    }
  }
  return null
}

function parseEvent(line: string): z.infer<typeof eventSchema> | null {
  if (!line.startsWith('{')) return null
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    // A line cut short by the end of the process.
    return null
  }
}
