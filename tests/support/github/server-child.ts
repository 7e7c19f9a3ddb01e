import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { compileScript } from '../../../scripts/bench/compile.mjs'
import type { RequestsAnswer, SeedAnswer, ServerAddress, ServerCommand } from './server-process'

export interface GitHubProcess extends ServerAddress {
  seed(seed: Extract<ServerCommand, { do: 'seed' }>['seed']): Promise<SeedAnswer>
  requests(): Promise<RequestsAnswer>
  /** Any other command. */
  send(command: ServerCommand): Promise<unknown>
  close(): Promise<void>
}

/** Starts GitHub in a process of its own, so that it takes no time from what is measured. */
export async function startGitHubProcess(): Promise<GitHubProcess> {
  const script = await compileScript('tests/support/github/server-process.ts', 'github-server')
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async (): Promise<unknown> => {
    const line = await lines.next()
    if (line.done === true) throw new Error('The GitHub of the tests ended.')
    return JSON.parse(line.value)
  }
  const address = (await read()) as ServerAddress
  // One after the other: answers come in the order of the commands.
  let last: Promise<unknown> = Promise.resolve()
  const send = (command: ServerCommand): Promise<unknown> => {
    const ask = async (): Promise<unknown> => {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const reply = (await read()) as { answer: unknown } | { error: string }
      if ('error' in reply) throw new Error(reply.error)
      return reply.answer
    }
    const answer = last.then(ask, ask)
    last = answer.catch(() => undefined)
    return answer
  }
  return {
    ...address,
    send,
    seed: (seed) => send({ do: 'seed', seed }) as Promise<SeedAnswer>,
    requests: () => send({ do: 'requests' }) as Promise<RequestsAnswer>,
    async close() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
