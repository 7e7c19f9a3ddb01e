import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The folders and the environment of one test: nothing of the machine's own user is seen or touched. */
export interface World {
  /** Everything of the test is below it, and every process of the test can be told by it. */
  readonly root: string
  readonly home: string
  /** `XDG_DATA_HOME`: the sandbox-agent server looks for agents below it. */
  readonly data: string
  /** `FOUNDRY_DATA_DIR`. */
  readonly foundry: string
  readonly environment: Record<string, string>
  /** A path for something of the test itself. */
  path(...names: string[]): string
  remove(): Promise<void>
}

/** Of the environment of whoever runs the tests, only this reaches the app. */
const KEPT = ['PATH', 'DISPLAY', 'XAUTHORITY', 'LANG', 'LC_ALL', 'TZ']

export async function createWorld(): Promise<World> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'foundry-e2e-')))
  const folder = async (...names: string[]): Promise<string> => {
    const path = join(root, ...names)
    await mkdir(path, { recursive: true, mode: 0o700 })
    return path
  }
  const home = await folder('home')
  const data = await folder('home', '.local', 'share')
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const foundry = join(root, 'foundry')
  const environment = {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_DATA_HOME: data,
    XDG_CONFIG_HOME: await folder('home', '.config'),
    XDG_CACHE_HOME: await folder('home', '.cache'),
    XDG_STATE_HOME: await folder('home', '.local', 'state'),
    XDG_RUNTIME_DIR: await folder('run'),
    TMPDIR: await folder('tmp'),
    FOUNDRY_DATA_DIR: foundry,
  }
  const world: World = {
    root,
    home,
    data,
    foundry,
    environment,
    path: (...names) => join(root, ...names),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
  await setGitIdentity(world, { name: 'Ada Person', email: 'ada@example.com' })
  return world
}

/** What git knows about the person; null takes it away, also what git would guess from the machine. */
export async function setGitIdentity(
  world: World,
  identity: { name: string; email: string } | null,
): Promise<void> {
  const lines =
    identity === null
      ? ['[user]', 'useConfigOnly = true']
      : ['[user]', `name = ${identity.name}`, `email = ${identity.email}`]
  await writeFile(join(world.home, '.gitconfig'), `${lines.join('\n')}\n`)
}

/** Puts a launcher in place of an agent, so that the server counts it as installed. */
export async function installLauncher(world: World, agent: string, script: string): Promise<void> {
  const bin = join(world.data, 'sandbox-agent', 'bin')
  await mkdir(join(bin, 'agent_processes'), { recursive: true })
  await writeExecutable(join(bin, agent), '#!/bin/sh\necho 1.0.0\n')
  await writeExecutable(join(bin, 'agent_processes', `${agent}-acp`), script)
}

export async function writeExecutable(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o755)
}
