import { readFile } from 'node:fs/promises'
import { processesOf } from '../../tests/e2e/support/processes'

/** Proportional set size, in MB, of everything that runs for a folder but the servers of sandboxes. */
export async function pssMb(folder: string): Promise<number> {
  const processes = await processesOf(folder)
  let kilobytes = 0
  for (const { pid, command } of processes) {
    if (command.includes('sandbox-agent')) continue
    // A process may end while we look.
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    kilobytes += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0)
  }
  return kilobytes / 1024
}
