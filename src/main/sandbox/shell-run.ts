import { randomBytes } from 'node:crypto'
import { FoundryError } from '@shared/errors'
import { plainText } from './plain-text'
import { sendHttp, sendWith } from './http'
import type { ServerClient } from './server-client'
import { ServerSentEventParser } from './sse'
import type { SandboxEndpoint, ShellRequest } from './types'

/** How long what does not listen to SIGTERM may go on. */
const PATIENCE_SECONDS = 5
/** So often in a row a connection may break off without a word. */
const CONNECTIONS = 5
/**
 * What is printed while the server begins to follow a log can get lost on the way: after such a silence, and ever longer
 * ones, or after so long without an entry that others came before, the log is followed anew from where it was.
 */
const QUIET_MS = 1000
const LONGEST_QUIET_MS = 30_000

/**
 * The server ends one process and not what that started, and its log says nothing of an end. So a shell of ours runs the
 * command in a process group of its own, ends the group with it, and says with which code it ended: on both streams, for
 * nothing orders one by the other.
 */
const WRAPPER = `
if command -v setsid >/dev/null 2>&1
then setsid /bin/sh -c "$1" </dev/null &
else set -m; /bin/sh -c "$1" </dev/null &
fi
child=$!
late=
trap 'kill -TERM "-$child" 2>/dev/null; (sleep ${PATIENCE_SECONDS}; kill -KILL "-$child" 2>/dev/null) & late=$!' TERM INT
wait "$child"; code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
kill -KILL "-$child" 2>/dev/null
[ -z "$late" ] || kill "$late" 2>/dev/null
printf '%s %s\\n' "$2" "$code"
printf '%s %s\\n' "$2" "$code" >&2
`

interface LogEntry {
  sequence: number
  stream: string
  data: string
}

/** Runs a command line by a shell of the sandbox, with its output as it comes. */
export async function runShell(
  client: ServerClient,
  server: { endpoint: SandboxEndpoint; gone: AbortSignal },
  cwd: string,
  { command, env, onOutput, signal }: ShellRequest,
): Promise<{ exitCode: number }> {
  signal.throwIfAborted()
  // It begins with a character that nobody prints, so that nearly never anything is held back for it.
  const mark = `\ue000${randomBytes(16).toString('hex')}`
  const { id } = await client.ask(
    (sdk) =>
      sdk.createProcess({ command: '/bin/sh', args: ['-c', WRAPPER, 'script', command, mark], cwd, env }),
    (detail) =>
      new FoundryError('sandbox', 'The script could not be started.', { next: 'Try again.', detail }),
  )
  const done = new AbortController()
  const stop = (): void => {
    const refused = (detail: string): FoundryError =>
      new FoundryError('sandbox', 'The script could not be stopped.', { detail })
    client.ask((sdk) => sdk.stopProcess(id), refused).catch((error: unknown) => done.abort(error))
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exitCode = await follow(server, id, mark, onOutput, done.signal)
    signal.throwIfAborted()
    return { exitCode }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * Reads the log to the mark at the end of both streams; a connection that breaks off is opened again where it was. The two
 * streams are numbered together and sent apart, so the later of two entries can come first.
 */
async function follow(
  { endpoint, gone }: { endpoint: SandboxEndpoint; gone: AbortSignal },
  id: string,
  mark: string,
  onOutput: (text: string) => void,
  done: AbortSignal,
): Promise<number> {
  const send = endpoint.fetch === undefined ? sendHttp : sendWith(endpoint.fetch)
  const over = AbortSignal.any([gone, done])
  const reading = new AbortController()
  const headers = { authorization: `Bearer ${endpoint.token}`, accept: 'text/event-stream' }
  const streams = new Map([
    ['stdout', streamOf(mark)],
    ['stderr', streamOf(mark)],
  ])
  let last = 0
  const early = new Map<number, LogEntry>()
  let quietMs = QUIET_MS
  let ended: number | null = null
  for (let broken = 0; broken < CONNECTIONS; broken++) {
    over.throwIfAborted()
    const quiet = new AbortController()
    const silence = setTimeout(() => quiet.abort(), quietMs)
    const url = `${endpoint.baseUrl}/v1/processes/${encodeURIComponent(id)}/logs?follow=true&since=${last}`
    // What the record has is sent first and in order: where an entry is missing in it too, it was forgotten.
    let forgotten = early.size > 0
    early.clear()
    try {
      const request = {
        method: 'GET',
        headers,
        signal: AbortSignal.any([over, reading.signal, quiet.signal]),
      } as const
      const { status, body } = await send(url, request)
      if (status !== 200) throw new FoundryError('sandbox', 'The output of the script cannot be read.')
      const parser = new ServerSentEventParser()
      for await (const bytes of body) {
        for (const { data } of parser.push(bytes)) {
          const came = JSON.parse(data) as LogEntry
          if (came.sequence <= last) continue
          if (forgotten && came.sequence > last + 1) {
            onOutput('\n[The sandbox does not have some of the output any more.]\n')
            last = came.sequence - 1
          }
          forgotten = false
          early.set(came.sequence, came)
          for (let entry = early.get(last + 1); entry !== undefined; entry = early.get(last + 1)) {
            early.delete(entry.sequence)
            last = entry.sequence
            broken = 0
            quietMs = QUIET_MS
            silence.refresh()
            const read = streams.get(entry.stream)?.(entry.data)
            if (read === undefined) continue
            if (read.text !== '') onOutput(read.text)
            if (read.exitCode === null) continue
            streams.delete(entry.stream)
            if (streams.size > 0) continue
            ended = read.exitCode
            reading.abort()
            return ended
          }
        }
      }
    } catch (error) {
      // Leaving what is still being read can fail, and changes nothing any more.
      if (ended !== null) return ended
      over.throwIfAborted()
      if (error instanceof FoundryError) throw error
    } finally {
      clearTimeout(silence)
    }
    if (!quiet.signal.aborted) continue
    // That was no failure.
    broken -= 1
    quietMs = Math.min(quietMs * 2, LONGEST_QUIET_MS)
  }
  throw new FoundryError('sandbox', 'The output of the script cannot be read any more.', {
    next: 'It may still run in the sandbox, and ends with it.',
  })
}

/** Finds the mark, also where it comes in pieces; what may be its beginning is held back. */
function streamOf(mark: string): (base64: string) => { text: string; exitCode: number | null } {
  const plain = plainText()
  let held = ''
  return (base64) => {
    held += plain(base64)
    const at = held.indexOf(mark)
    const code = at < 0 ? undefined : /^ (\d+)\n/.exec(held.slice(at + mark.length))?.[1]
    if (code !== undefined) return { text: held.slice(0, at), exitCode: Number(code) }
    const tail = held.lastIndexOf(mark[0] ?? '')
    const begins = at >= 0 ? at : tail >= 0 && mark.startsWith(held.slice(tail)) ? tail : held.length
    const shown = held.slice(0, begins)
    held = held.slice(begins)
    return { text: shown, exitCode: null }
  }
}
