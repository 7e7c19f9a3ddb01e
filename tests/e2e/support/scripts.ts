import { join } from 'node:path'
import type { Script } from '../../support/scripted-model'

/** Something a test opens when it has seen enough. */
export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

/** What the model answers one request with. Paths are inside the directory the agent works in. */
export const steps = {
  /** Says something; with `hold` the answer stays open behind it, until the agent or the test ends that. */
  text:
    (text: string, hold?: () => Promise<void>): Script =>
    async ({ request, ...answer }) => {
      answer.text(text)
      if (hold !== undefined) await Promise.race([hold(), request.closed])
    },
  write:
    (path: string, content: string): Script =>
    ({ request, tool }) =>
      tool('write', { filePath: join(request.cwd, path), content }),
  /** OpenCode wants to have read a file before it edits it. */
  read:
    (path: string): Script =>
    ({ request, tool }) =>
      tool('read', { filePath: join(request.cwd, path) }),
  edit:
    (path: string, oldString: string, newString: string): Script =>
    ({ request, tool }) =>
      tool('edit', { filePath: join(request.cwd, path), oldString, newString }),
  run:
    (command: string, description = 'Runs a command'): Script =>
    ({ tool }) =>
      tool('bash', { command, description }),
  /** Several of these in one answer. An answer without a tool call is the last of its turn. */
  together:
    (...scripts: Script[]): Script =>
    async (answer) => {
      for (const script of scripts) await script(answer)
    },
  /** Says a word every few milliseconds, until the agent ends it. Stands for a model that is busy. */
  stream:
    (word: string): Script =>
    async ({ request, text }) => {
      for (let count = 0; !request.aborted; count++) {
        text(`${word} ${count} `)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
}
