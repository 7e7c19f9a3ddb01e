import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The sandbox-agent server this machine's npm packages brought. */
export function serverBinary(): string {
  const name = `@sandbox-agent/cli-${process.platform}-${process.arch}`
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'sandbox-agent.exe' : 'sandbox-agent')
}

export interface AgentHome {
  /** `XDG_DATA_HOME`: the server looks for agents below it. */
  data: string
  environment: Record<string, string>
  /** Puts a launcher in place, so that the server counts the agent as installed. */
  installAgent(id: string, script: string): Promise<void>
  /** Processes the scripted agent ran as. */
  agentPids(): Promise<number[]>
  remove(): Promise<void>
}

/** Folders of its own for a server and its agents, with the scripted agent installed as OpenCode. */
export async function createAgentHome(): Promise<AgentHome> {
  const root = await mkdtemp(join(tmpdir(), 'foundry-agents-'))
  const data = join(root, 'data')
  const home = join(root, 'home')
  await mkdir(join(data, 'sandbox-agent', 'bin', 'agent_processes'), { recursive: true })
  await mkdir(home)
  const installAgent = async (id: string, script: string): Promise<void> => {
    const bin = join(data, 'sandbox-agent', 'bin')
    for (const [file, text] of [
      [join(bin, id), '#!/bin/sh\necho 1.2.3\n'],
      [join(bin, 'agent_processes', `${id}-acp`), script],
    ] as const) {
      await writeFile(file, text)
      await chmod(file, 0o755)
    }
  }
  const agent = resolve(import.meta.dirname, 'scripted-agent.mjs')
  await installAgent('opencode', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
  return {
    data,
    environment: { PATH: process.env['PATH'] ?? '', HOME: home, XDG_DATA_HOME: data },
    installAgent,
    async agentPids() {
      const text = await readFile(join(data, 'agent-pids'), 'utf8').catch(() => '')
      return text.split('\n').filter(Boolean).map(Number)
    },
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export interface TestServer {
  port: number
  baseUrl: string
  token: string
  process: ChildProcess
  stop(): Promise<void>
}

/** A bare server, for tests of what talks to it. */
export async function startServer(home: AgentHome, environment: Record<string, string>): Promise<TestServer> {
  const port = await freePort()
  const child = spawn(
    serverBinary(),
    ['server', '--host', '127.0.0.1', '--port', String(port), '--token', 't', '--no-telemetry'],
    { env: { ...home.environment, ...environment }, stdio: 'ignore' },
  )
  const baseUrl = `http://127.0.0.1:${port}`
  await eventually(async () => {
    const health = await fetch(`${baseUrl}/v1/health`, { headers: { authorization: 'Bearer t' } })
    return health.ok
  })
  return {
    port,
    baseUrl,
    token: 't',
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Asks again until the answer is yes; the test's own time limit is the end of it. */
export async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  for (;;) {
    if (await tried(check)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // A zombie whose parent has not looked yet is dead for our purposes.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/\) Z /.test(status)
}

export interface Proxy {
  url: string
  connections: number
  /** Breaks every connection that runs through it. */
  dropAll(): void
  /** Breaks them and takes no more. */
  close(): Promise<void>
}

export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    proxy.connections++
    const upstream = createConnection({ port, host: '127.0.0.1' })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const dropAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 0,
    dropAll,
    async close() {
      server.close()
      dropAll()
      await once(server, 'close')
    },
  }
  return proxy
}

async function tried(check: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await check()
  } catch {
    return false
  }
}
