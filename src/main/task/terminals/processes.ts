import type { TerminalId } from '@shared/ids'
import type { ProcessList } from '@shared/terminals'
import type { Sandbox, ServerProcessInfo } from '../../sandbox/types'
import { plainText } from '../../sandbox/plain-text'
import { isTerminal } from '../../sandbox/terminal-process'
import { PortFinder, type FoundPort } from './ports'
import { lookAtUsage, percentOf, type UsageSample } from './usage'

/** A server says where it listens soon after its start; what it said is looked for in so many of its last pieces. */
const PORT_PIECES = 200
/** A look that is older says too little of now. */
const OLD_MS = 15_000

/** What runs in one sandbox, looked at again and again while somebody watches. */
export class ProcessWatch {
  #before: UsageSample | null = null
  /** Ports that were found, of processes that still run. */
  readonly #ports = new Map<string, FoundPort[]>()

  constructor(private readonly options: { now: () => number; listens: (port: number) => Promise<boolean> }) {}

  async look(sandbox: Sandbox, terminals: readonly { id: TerminalId; pid: number }[]): Promise<ProcessList> {
    const others = (await sandbox.processes()).filter((one) => !isTerminal(one))
    const usage = await lookAtUsage(sandbox, this.options.now)
    const before =
      this.#before !== null && this.options.now() - this.#before.at < OLD_MS ? this.#before : null
    this.#before = usage
    const percent = (pid: number | null): number | null =>
      usage === null || pid === null ? null : percentOf(pid, before, usage)
    await this.#lookForPorts(sandbox, others)
    return {
      others: others.map(({ id, command, args, cwd, pid, running, exitCode, startedAt }) => ({
        id,
        command: [command, ...args].join(' ').slice(0, 1000),
        cwd,
        pid,
        state: running ? 'running' : 'exited',
        exitCode,
        startedAt,
        cpu: running ? percent(pid) : null,
        ports: this.#ports.get(id) ?? [],
      })),
      terminals: terminals.map(({ id, pid }) => ({ id, cpu: percent(pid) })),
    }
  }

  async #lookForPorts(sandbox: Sandbox, others: readonly ServerProcessInfo[]): Promise<void> {
    const running = new Set(others.filter((one) => one.running).map(({ id }) => id))
    for (const id of this.#ports.keys()) if (!running.has(id)) this.#ports.delete(id)
    for (const id of running) {
      const open: FoundPort[] = []
      for (const found of this.#ports.get(id) ?? (await said(sandbox, id)))
        if (await this.options.listens(found.port)) open.push(found)
      if (open.length > 0) this.#ports.set(id, open)
      else this.#ports.delete(id)
    }
  }
}

/** Where a process says that it listens. */
async function said(sandbox: Sandbox, id: string): Promise<FoundPort[]> {
  const finder = new PortFinder()
  const plain = plainText()
  const parts = await sandbox.processOutput(id, PORT_PIECES)
  return parts.flatMap((part) => finder.push(Buffer.from(plain(part))))
}
