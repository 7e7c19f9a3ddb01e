import type { DomainHandlers } from '../ipc/handlers'
import type { Terminals } from '../task/terminals/terminals'

/** What stands behind the operations on terminals. */
export function terminalHandlers(terminals: Terminals): DomainHandlers<'terminal'> {
  return {
    open: ({ taskId, beside }) => terminals.open(taskId, beside),
    run: (request) => terminals.run(request),
    start: ({ terminalId }) => terminals.start(terminalId),
    stop: ({ terminalId }) => terminals.stop(terminalId),
    kill: ({ terminalId }) => terminals.kill(terminalId),
    restart: ({ terminalId }) => terminals.restart(terminalId),
    rename: ({ terminalId, name }) => terminals.rename(terminalId, name),
    move: ({ terminalId, before }) => terminals.move(terminalId, before),
    close: ({ terminalId, force }) => terminals.close(terminalId, force),
    processes: ({ taskId }) => terminals.processes(taskId),
    stopProcess: ({ taskId, processId, force }) => terminals.stopProcess(taskId, processId, force),
    processLog: ({ taskId, processId }) => terminals.processLog(taskId, processId),
  }
}
