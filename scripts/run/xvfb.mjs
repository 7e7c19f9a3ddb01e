import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { ExpectedError } from '../bootstrap/say.mjs'

const SCREEN = '1440x900x24'
const START_MS = 15_000

export function hasDisplay(env = process.env, platform = process.platform) {
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** A display of our own that ends with us: `{ env, stop() }`. Xvfb itself picks a number that is free. */
export async function startXvfb() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'foundry-display-'))
  const authority = path.join(folder, 'authority')
  await writeFile(authority, authorityFile(randomBytes(16)), { mode: 0o600 })
  const args = ['-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-auth', authority, '-noreset']
  // A process group of its own: Ctrl-C must not take the display away from an app that is still quitting.
  const server = spawn('Xvfb', args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const end = () => {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', end)
  const stop = async () => {
    process.off('exit', end)
    end()
  }
  try {
    const number = await displayNumber(server)
    return { env: { DISPLAY: `:${number}`, XAUTHORITY: authority }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Runs `work` with the environment of a display of its own, so that nobody's desktop has a say in the outcome. */
export async function withDisplay(work) {
  if (process.platform !== 'linux') return work({})
  const display = await startXvfb()
  try {
    return await work(display.env)
  } finally {
    await display.stop()
  }
}

function displayNumber(server) {
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new ExpectedError(`the virtual display (Xvfb) did not start: ${reason}`))
    const limit = setTimeout(() => fail('no answer'), START_MS)
    server.once('error', (error) => fail(error.code))
    server.once('exit', (code) => fail(`ended with ${code}`))
    let text = ''
    server.stdio[3].on('data', (chunk) => {
      text += chunk
      if (!text.endsWith('\n')) return
      clearTimeout(limit)
      resolve(Number.parseInt(text, 10))
    })
  })
}

/** An X authority file with one entry: any host, any display. Without one every local user could look in. */
export function authorityFile(cookie) {
  const FAMILY_WILD = 0xffff
  const counted = (bytes) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const family = Buffer.alloc(2)
  family.writeUInt16BE(FAMILY_WILD)
  const none = Buffer.alloc(0)
  return Buffer.concat([
    family,
    counted(none),
    counted(none),
    counted(Buffer.from('MIT-MAGIC-COOKIE-1')),
    counted(cookie),
  ])
}
