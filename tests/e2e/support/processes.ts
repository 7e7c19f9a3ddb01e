import { readdir, readFile, readlink } from 'node:fs/promises'

export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  /** Start time in clock ticks: tells a process from a later one with the same number. */
  readonly started: string
  readonly command: string
  readonly environment: string
  readonly cwd: string
}

/** What runs on this machine now, without zombies. */
export async function runningProcesses(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(readProcess))
  return found.filter((one) => one !== null)
}

/**
 * Everything that belongs to a test: its folder is in the process's environment, arguments or working
 * directory, or it descends from such a process.
 */
export async function processesOf(folder: string): Promise<RunningProcess[]> {
  const all = await runningProcesses()
  const ours = new Set(
    all
      .filter((one) => one.pid !== process.pid)
      .filter((one) => [one.command, one.environment, one.cwd].some((text) => text.includes(folder)))
      .map((one) => one.pid),
  )
  for (let size = -1; size !== ours.size;) {
    size = ours.size
    for (const one of all) if (ours.has(one.parent)) ours.add(one.pid)
  }
  return all.filter((one) => ours.has(one.pid))
}

export async function isRunning({ pid, started }: RunningProcess): Promise<boolean> {
  return (await readProcess(pid))?.started === started
}

export function describeProcesses(processes: readonly RunningProcess[]): string {
  return processes.map((one) => `${one.pid} (parent ${one.parent}): ${one.command.slice(0, 300)}`).join('\n')
}

async function readProcess(pid: number): Promise<RunningProcess | null> {
  const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const stat = await read('stat')
  // The name in parentheses may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent] = fields
  if (state === undefined || state === 'Z' || state === 'X' || parent === undefined) return null
  const [command, environment, cwd] = await Promise.all([
    read('cmdline'),
    read('environ'),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
  ])
  return {
    pid,
    parent: Number(parent),
    started: fields[19] ?? '',
    command: command.replaceAll('\0', ' ').trim(),
    environment,
    cwd,
  }
}
