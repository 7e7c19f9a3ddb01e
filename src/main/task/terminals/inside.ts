import type { Sandbox } from '../../sandbox/types'

export interface Inside {
  readonly pid: number
  /** The name of its program. */
  readonly name: string
}

/** What runs below a process, by a list of lines `pid ppid program`. Parents may stand behind their children. */
export function below(pid: number, list: string): Inside[] {
  const children = new Map<number, Inside[]>()
  for (const line of list.split('\n')) {
    const [, own, parent, program] = /^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line) ?? []
    if (own === undefined || parent === undefined || program === undefined) continue
    const name = program.slice(program.lastIndexOf('/') + 1)
    const siblings = children.get(Number(parent)) ?? []
    siblings.push({ pid: Number(own), name })
    children.set(Number(parent), siblings)
  }
  const found: Inside[] = []
  const seen = new Set([pid])
  const open = [pid]
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const child of children.get(next) ?? []) {
      if (seen.has(child.pid)) continue
      seen.add(child.pid)
      found.push(child)
      open.push(child.pid)
    }
  return found
}

/** What a shell runs now. Null where the sandbox cannot say. */
export async function runsInside(sandbox: Sandbox, pid: number): Promise<Inside[] | null> {
  const { exitCode, stdout } = await sandbox.run({ command: 'ps', args: ['-A', '-o', 'pid=,ppid=,comm='] })
  return exitCode === 0 ? below(pid, stdout) : null
}

/** Tells processes that their terminal goes away, as closing a window of a terminal does. */
export async function hangUp(sandbox: Sandbox, pids: readonly number[]): Promise<void> {
  const script = 'for pid do kill -HUP "$pid" 2>/dev/null; kill -CONT "$pid" 2>/dev/null; done; true'
  await sandbox.run({ command: '/bin/sh', args: ['-c', script, 'sh', ...pids.map(String)] })
}

/** The folder a process is in. Null where the sandbox cannot say. */
export async function folderOf(sandbox: Sandbox, pid: number): Promise<string | null> {
  const script =
    'readlink "/proc/$1/cwd" 2>/dev/null || lsof -a -p "$1" -d cwd -Fn 2>/dev/null | sed -n "s/^n//p"'
  const { stdout } = await sandbox.run({ command: '/bin/sh', args: ['-c', script, 'sh', String(pid)] })
  const folder = stdout.replace(/\n$/, '')
  return folder.startsWith('/') && !folder.endsWith(' (deleted)') ? folder : null
}
