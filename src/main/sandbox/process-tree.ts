import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { errorCode } from './http'

const run = promisify(execFile)

export interface ProcessInfo {
  pid: number
  parent: number
  /** Process group; 0 where the system has none. */
  group: number
  /** As the system tells it: equal for the same process, different for another with a reused pid. */
  startedAt: string
}

/** Set in the environment of every server we start, and by inheritance of all that it starts. */
export const SANDBOX_MARKER = 'FOUNDRY_SANDBOX'

const GRACE_MS = 3000
const LOOK_MS = 25

/** All processes of this machine that we may see. */
export async function listProcesses(): Promise<ProcessInfo[]> {
  if (process.platform === 'linux') return listLinux()
  if (process.platform === 'win32') return listWindows()
  const { stdout } = await run('/bin/ps', ['-A', '-o', 'pid=,ppid=,pgid=,lstart='], {
    maxBuffer: 16 * 1024 * 1024,
    // `lstart` is a date in words; the language must not change between two looks.
    env: { LC_ALL: 'C' },
  })
  return parsePs(stdout)
}

/** When a process started, or null when there is none with this pid. */
export async function processStartedAt(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return (await readLinux(pid))?.startedAt ?? null
  return (await listProcesses()).find((entry) => entry.pid === pid)?.startedAt ?? null
}

export interface TreeRoot {
  pid: number
  /** Null when it was never learned: then only the marker tells what belongs to it. */
  startedAt: string | null
  marker: string
  /** Its process group is ours even when it has itself ended: we started it in this run. */
  startedByUs: boolean
}

/**
 * Ends a server and everything it started: its descendants, its process group, and what has left both
 * (a daemon, a background job of an agent's shell) but carries the marker. SIGTERM first, SIGKILL to what is
 * left after `graceMs`. A pid that now belongs to another process is left alone.
 */
export async function endProcessTree(root: TreeRoot, graceMs = GRACE_MS): Promise<void> {
  const victims = new Map<number, ProcessInfo>()
  const isOurs = await collect(root, victims)
  if (process.platform === 'win32') return endWindows([...victims.values()])
  for (const victim of victims.values()) signal(victim, 'SIGTERM')
  await gone(victims, graceMs)
  // What a dying process started in the meantime is found by the marker, or by the group that was seen to be ours.
  await collect({ ...root, startedByUs: isOurs }, victims)
  if (victims.size === 0) return
  for (const victim of victims.values()) signal(victim, 'SIGKILL')
  await gone(victims, 1000)
}

/** Answers whether the process group is ours. */
async function collect(root: TreeRoot, victims: Map<number, ProcessInfo>): Promise<boolean> {
  const all = await listProcesses()
  const own = new Set<number>()
  const leader = all.find((entry) => entry.pid === root.pid)
  // A process group outlives its leader, and its number is not given out again while it does.
  const ours = leader === undefined ? root.startedByUs : leader.startedAt === root.startedAt
  for (const entry of all) {
    const marked = entry.pid !== process.pid && (await carriesMarker(entry.pid, root.marker))
    if (marked || (ours && (entry.pid === root.pid || entry.group === root.pid))) own.add(entry.pid)
  }
  // Parents may stand behind their children in the list: look until nothing is added.
  for (let size = -1; size !== own.size;) {
    size = own.size
    for (const entry of all) if (own.has(entry.parent)) own.add(entry.pid)
  }
  for (const entry of all) if (own.has(entry.pid) && entry.pid !== process.pid) victims.set(entry.pid, entry)
  return ours
}

/** Waits until the processes are gone, and forgets those that are. */
async function gone(victims: Map<number, ProcessInfo>, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs
  for (;;) {
    await forgetEnded(victims)
    if (victims.size === 0 || Date.now() >= deadline) return
    await sleep(LOOK_MS)
  }
}

async function forgetEnded(victims: Map<number, ProcessInfo>): Promise<void> {
  const now =
    process.platform === 'linux'
      ? await Promise.all(Array.from(victims.keys(), readLinux))
      : await listProcesses()
  const alive = new Set(now.map((entry) => (entry === null ? '' : identity(entry))))
  for (const victim of victims.values()) if (!alive.has(identity(victim))) victims.delete(victim.pid)
}

const identity = ({ pid, startedAt }: ProcessInfo): string => `${pid} ${startedAt}`

/** Just looked at: no other process can have the pid yet. */
function signal(victim: ProcessInfo, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(victim.pid, name)
  } catch (error) {
    // It ended between the look and the signal.
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

// ---- Linux -----------------------------------------------------------------------------------------

async function listLinux(): Promise<ProcessInfo[]> {
  const names = await readdir('/proc')
  const found = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => readLinux(Number(name))),
  )
  return found.filter((entry) => entry !== null)
}

async function readLinux(pid: number): Promise<ProcessInfo | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // It has ended since it was listed.
    return null
  }
}

/** One line of `/proc/<pid>/stat`. The program's name in it may hold spaces and brackets. Null for a zombie. */
export function parseStat(line: string): ProcessInfo | null {
  const pid = Number.parseInt(line, 10)
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  // Field 22 of the line; the fields after the name begin with the third.
  const startedAt = fields[19]
  if (!Number.isInteger(pid) || startedAt === undefined || state === 'Z' || state === 'X') return null
  return { pid, parent: Number(parent), group: Number(group), startedAt }
}

async function carriesMarker(pid: number, marker: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1')
    return environment.split('\0').includes(`${SANDBOX_MARKER}=${marker}`)
  } catch {
    // Ended, or another person's.
    return false
  }
}

// ---- macOS -----------------------------------------------------------------------------------------

/** Output of `ps -o pid=,ppid=,pgid=,lstart=`. */
export function parsePs(output: string): ProcessInfo[] {
  const found: ProcessInfo[] = []
  for (const line of output.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S.*?)\s*$/.exec(line)
    if (match === null) continue
    const [, pid, parent, group, startedAt] = match
    found.push({ pid: Number(pid), parent: Number(parent), group: Number(group), startedAt: startedAt ?? '' })
  }
  return found
}

// ---- Windows ---------------------------------------------------------------------------------------

async function listWindows(): Promise<ProcessInfo[]> {
  const query =
    'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) 0 $($_.CreationDate.Ticks)" }'
  const { stdout } = await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', query], {
    windowsHide: true,
    maxBuffer: 16 * 1024 * 1024,
  })
  return parsePs(stdout)
}

async function endWindows(victims: ProcessInfo[]): Promise<void> {
  if (victims.length === 0) return
  try {
    await run('taskkill', ['/F', '/T', ...victims.flatMap(({ pid }) => ['/PID', String(pid)])], {
      windowsHide: true,
    })
  } catch {
    // taskkill fails when one of them ended by itself meanwhile; the rest it has ended.
  }
}
