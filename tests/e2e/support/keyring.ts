import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from '@playwright/test'
import { describeProcesses, processesOf } from './processes'
import type { StartOptions } from './app'

/** A real keyring on a session bus of its own, unlocked, as a person's desktop has it. It outlives the app. */
export interface Keyring {
  /** Its folder is apart from the test's world: it is the computer's, not the app's. */
  readonly folder: string
  /** What makes an app that is started with it use this keyring. */
  readonly start: StartOptions
  close(): Promise<void>
}

/** Why there is none on this machine; empty where there is one. Set before any test runs. */
export const noKeyring = (): string => process.env['FOUNDRY_E2E_NO_KEYRING'] ?? ''

/** The session bus ends with this script, and the keyring with its bus. */
const SESSION = `printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
echo "bus $DBUS_SESSION_BUS_ADDRESS"
exec cat`

export async function startKeyring(): Promise<Keyring> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'foundry-keyring-')))
  const run = join(folder, 'run')
  await mkdir(run, { mode: 0o700 })
  const session = spawn('dbus-run-session', ['--', 'sh', '-c', SESSION], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: run },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said: string[] = []
  session.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const address = await new Promise<string>((resolve, reject) => {
    session.once('error', reject)
    session.once('exit', (code) =>
      reject(new Error(`The keyring ended with ${String(code)}.\n${said.join('')}`)),
    )
    createInterface({ input: session.stdout }).on('line', (line) => {
      if (line.startsWith('bus ')) resolve(line.slice('bus '.length))
    })
  })
  return {
    folder,
    start: { args: ['--password-store=gnome-libsecret'], env: { DBUS_SESSION_BUS_ADDRESS: address } },
    async close() {
      session.stdin.end()
      await expect
        .poll(async () => describeProcesses(await processesOf(folder)), { timeout: 10_000 })
        .toBe('')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
