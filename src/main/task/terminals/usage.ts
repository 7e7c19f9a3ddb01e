import type { Sandbox } from '../../sandbox/types'

/** How much of the processor processes have used until now. */
export interface UsageSample {
  readonly at: number
  readonly processes: ReadonlyMap<number, ProcessUsage>
}

interface ProcessUsage {
  readonly parent: number
  /** Seconds of a processor since it began; null where the system tells a share instead. */
  readonly seconds: number | null
  /** Percent of a processor, as the system reckons it. */
  readonly percent: number | null
}

/** Linux counts exactly, and its `ps` would only tell the mean since the beginning; others tell what they have. */
const SCRIPT =
  'if [ -r /proc/self/stat ]; then getconf CLK_TCK; cat /proc/[0-9]*/stat 2>/dev/null; else ps -A -o pid=,ppid=,pcpu=; fi; true'

/** Null where the sandbox cannot say. */
export async function lookAtUsage(sandbox: Sandbox, now: () => number): Promise<UsageSample | null> {
  const { exitCode, stdout } = await sandbox.run({ command: '/bin/sh', args: ['-c', SCRIPT] })
  return exitCode === 0 ? { at: now(), processes: parseUsage(stdout) } : null
}

/** Reads what the script tells: a number of ticks a second and lines of `/proc/…/stat`, or lines `pid ppid percent`. */
export function parseUsage(text: string): Map<number, ProcessUsage> {
  const [first = '', ...rest] = text.split('\n')
  const ticks = /^\d+$/.test(first) ? Number(first) : null
  const found = new Map<number, ProcessUsage>()
  for (const line of ticks === null ? [first, ...rest] : rest) {
    if (ticks === null) {
      const [, pid, parent, percent] = /^\s*(\d+)\s+(\d+)\s+([\d.,]+)\s*$/.exec(line) ?? []
      if (pid !== undefined)
        found.set(Number(pid), {
          parent: Number(parent),
          seconds: null,
          percent: Number(percent?.replace(',', '.')),
        })
      continue
    }
    // The name of a program may hold anything, brackets too.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    const [pid, parent, user, system] = [Number.parseInt(line, 10), fields[1], fields[11], fields[12]].map(
      Number,
    )
    if (pid === undefined || !(pid > 0) || parent === undefined) continue
    const seconds = ((user ?? 0) + (system ?? 0)) / ticks
    if (Number.isFinite(seconds)) found.set(pid, { parent, seconds, percent: null })
  }
  return found
}

/** Percent of one processor that a process and all below it used between two looks; null where that is not known. */
export function percentOf(pid: number, before: UsageSample | null, now: UsageSample): number | null {
  if (!now.processes.has(pid)) return null
  const children = new Map<number, number[]>()
  for (const [own, { parent }] of now.processes) children.set(parent, [...(children.get(parent) ?? []), own])
  let percent = 0
  const open = [pid]
  const seen = new Set<number>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(children.get(next) ?? []))
    const usage = now.processes.get(next)
    if (usage === undefined) continue
    if (usage.seconds === null) percent += usage.percent ?? 0
    else {
      if (before === null || now.at <= before.at) return null
      // One that began in between has used all of it in between.
      const used = usage.seconds - (before.processes.get(next)?.seconds ?? 0)
      percent += (Math.max(0, used) / (now.at - before.at)) * 1000 * 100
    }
  }
  return percent
}
