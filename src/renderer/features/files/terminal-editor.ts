import type { TaskId } from '@shared/ids'
import { useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'
import { chooseTerminal } from '../terminal/terminal-state'

/** The editor that the person's own shell names, else the one of git: what both programs and people go by. */
const SCRIPT = `editor=$("\${SHELL:-sh}" -lic 'printenv VISUAL || printenv EDITOR' 2>/dev/null | tail -n 1)
eval "exec \${editor:-$(git var GIT_EDITOR)} \\"\\$@\\""`

/** Opens a file in a terminal of the task, in the editor that the person uses there, at a line. */
export async function openInTerminal(taskId: TaskId, path: string, line: number | null): Promise<void> {
  const started = await call('terminal.run', {
    taskId,
    command: 'sh',
    args: ['-c', SCRIPT, 'sh', ...(line === null ? [] : [`+${line}`]), `./${path}`],
    cwd: '',
    env: {},
    timeoutSeconds: null,
    name: `Edit ${path.slice(path.lastIndexOf('/') + 1)}`.slice(0, 200),
  })
  if (!started.ok) return showError(started.error)
  chooseTerminal(taskId, started.value.id)
  useWorkspace.setState(({ terminalAsked }) => ({ terminalOpen: true, terminalAsked: terminalAsked + 1 }))
}
