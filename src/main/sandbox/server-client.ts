import { isAbsolute, join } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { SandboxAgent, SandboxAgentError } from 'sandbox-agent'
import { readBytes, sendHttp, type HttpRequest } from './http'
import { parseProblem, problemText } from './problem'
import type { ProcessRequest, ProcessResult, SandboxEndpoint, ServerProcessInfo } from './types'

/** What we ask of a running server, with its failures as `FoundryError`s. */
export class ServerClient {
  readonly #library = import('sandbox-agent')
  readonly #sdk: Promise<SandboxAgent>

  constructor(
    endpoint: SandboxEndpoint,
    private readonly gone: AbortSignal,
    private readonly cwd: string,
  ) {
    // Our own fetch: the global one gives up after 300 s, and a git run may take longer.
    const fetcher = endpoint.fetch ?? fetchUntil(gone)
    this.#sdk = this.#library.then((library) =>
      library.SandboxAgent.connect({ ...endpoint, fetch: fetcher, skipHealthCheck: true }),
    )
  }

  async run(request: ProcessRequest): Promise<ProcessResult> {
    const cwd = request.cwd ?? this.cwd
    const answer = await this.ask(
      (sdk) => sdk.runProcess({ ...request, cwd }),
      (detail) =>
        new FoundryError('sandbox', `${request.command} could not be run in ${cwd}.`, {
          next: `Check that the folder is there and that ${request.command} is installed.`,
          detail,
        }),
    )
    return { ...answer, exitCode: answer.exitCode ?? null }
  }

  async processes(): Promise<ServerProcessInfo[]> {
    const { processes } = await this.ask(
      (sdk) => sdk.listProcesses(),
      (detail) =>
        new FoundryError('sandbox', 'The processes of the sandbox could not be listed.', { detail }),
    )
    return processes.map(({ id, command, args, cwd, pid, status, exitCode, createdAtMs }) => ({
      id,
      command,
      args,
      cwd: cwd ?? null,
      pid: pid ?? null,
      running: status === 'running',
      exitCode: exitCode ?? null,
      startedAt: createdAtMs,
    }))
  }

  async endProcess(id: string, force: boolean): Promise<void> {
    await this.ask(
      (sdk) => (force ? sdk.killProcess(id) : sdk.stopProcess(id)),
      (detail) =>
        new FoundryError('sandbox', 'The process could not be ended.', { next: 'Try again.', detail }),
    )
  }

  async processOutput(id: string, pieces: number): Promise<string[]> {
    const { entries } = await this.ask(
      (sdk) => sdk.getProcessLogs(id, { tail: pieces }),
      (detail) => new FoundryError('sandbox', 'The output of the process could not be read.', { detail }),
    )
    return entries.map(({ data }) => data)
  }

  async readFile(path: string): Promise<Uint8Array> {
    return this.ask(
      (sdk) => sdk.readFsFile({ path: this.#absolute(path) }),
      (detail) =>
        detail.includes('not found')
          ? new FoundryError('not_found', `There is no file ${path}.`, { detail })
          : new FoundryError('sandbox', `The file ${path} could not be read.`, { detail }),
    )
  }

  async kindOf(path: string): Promise<'file' | 'directory' | null> {
    try {
      const { entryType } = await this.ask(
        (sdk) => sdk.statFs({ path: this.#absolute(path) }),
        (detail) =>
          detail.includes('not found')
            ? new FoundryError('not_found', `There is nothing at ${path}.`, { detail })
            : new FoundryError('sandbox', `${path} could not be looked at.`, { detail }),
      )
      return entryType
    } catch (error) {
      if (error instanceof FoundryError && error.kind === 'not_found') return null
      throw error
    }
  }

  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const body = typeof content === 'string' ? content : Uint8Array.from(content)
    await this.ask(
      (sdk) => sdk.writeFsFile({ path: this.#absolute(path) }, body),
      (detail) => new FoundryError('sandbox', `The file ${path} could not be written.`, { detail }),
    )
  }

  /** @param refused the error for an answer that says no, given the server's words */
  async ask<Value>(
    call: (sdk: SandboxAgent) => Promise<Value>,
    refused: (detail: string, error: SandboxAgentError) => FoundryError,
  ): Promise<Value> {
    this.gone.throwIfAborted()
    try {
      return await call(await this.#sdk)
    } catch (error) {
      this.gone.throwIfAborted()
      if (!(error instanceof (await this.#library).SandboxAgentError))
        throw new FoundryError('sandbox', 'The sandbox server could not be reached.', {
          next: 'Try again.',
          detail: error instanceof Error ? error.message : String(error),
          cause: error,
        })
      const detail = problemText(parseProblem(JSON.stringify(error.problem ?? {}))) || error.message
      throw diskError(detail, error) ?? refused(detail, error)
    }
  }

  #absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.cwd, path)
  }
}

function diskError(detail: string, cause: unknown): FoundryError | null {
  if (/No space left on device|Disk quota exceeded/i.test(detail))
    return new FoundryError('disk_full', 'The disk is full.', {
      next: 'Free some space, then try again.',
      detail,
      cause,
    })
  if (/Read-only file system/i.test(detail))
    return new FoundryError('read_only', 'The disk cannot be written to.', { detail, cause })
  return null
}

/** `fetch` over a connection of its own without time limits, ended when `gone` is. */
function fetchUntil(gone: AbortSignal): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal == null ? gone : AbortSignal.any([gone, init.signal])
    const body = init?.body
    const request: HttpRequest = {
      method: methodOf(init?.method),
      headers: Object.fromEntries(new Headers(init?.headers).entries()),
      signal,
    }
    if (typeof body === 'string' || body instanceof Uint8Array) request.body = body
    else if (body != null) throw new TypeError('Only text and bytes can be sent to a sandbox.')
    const url = input instanceof Request ? input.url : input.toString()
    const answer = await sendHttp(url, request)
    const bytes = await readBytes(answer.body)
    return new Response(bytes.length === 0 ? null : Uint8Array.from(bytes), { status: answer.status })
  }
}

function methodOf(method = 'GET'): HttpRequest['method'] {
  if (method === 'GET' || method === 'POST' || method === 'PUT' || method === 'DELETE') return method
  throw new TypeError(`No ${method} requests are made to a sandbox.`)
}
