import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { missing } from './files.mjs'

/** The holder touches its lock this often; one that was not touched for STALE_MS belongs to nobody. */
const HEARTBEAT_MS = 5_000
const STALE_MS = 60_000
const POLL_MS = 300

/**
 * Runs `work` while no other process holds `file`. A lock whose holder died is taken over: at once when
 * the holder ran on this machine, after STALE_MS without a heartbeat when we cannot tell.
 */
export async function withLock(
  file,
  work,
  { onWait = () => undefined, pollMs = POLL_MS, staleMs = STALE_MS } = {},
) {
  await mkdir(path.dirname(file), { recursive: true })
  const token = JSON.stringify({ pid: process.pid, host: os.hostname(), id: randomUUID() })
  let waiting = false
  while (!(await acquire(file, token, pollMs, staleMs))) {
    if (!waiting) onWait()
    waiting = true
    await sleep(pollMs)
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    // Only somebody who declared us dead removes the file, and then there is nothing left to keep alive.
    utimes(file, now, now).catch(missing)
  }, HEARTBEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    if ((await readFile(file, 'utf8').catch(missing)) === token) await rm(file, { force: true })
  }
}

async function acquire(file, token, pollMs, staleMs) {
  try {
    await writeFile(file, token, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (!(await isAbandoned(file, staleMs))) return false
  // Two waiters may judge the same lock abandoned: the last rename wins, and who lost sees it here.
  const mine = `${file}.${randomUUID()}`
  await writeFile(mine, token)
  await rename(mine, file)
  await sleep(pollMs)
  return (await readFile(file, 'utf8').catch(missing)) === token
}

export async function isAbandoned(file, staleMs = STALE_MS) {
  const info = await stat(file).catch(missing)
  if (!info) return false
  if (Date.now() - info.mtimeMs > staleMs) return true
  const content = (await readFile(file, 'utf8').catch(missing)) ?? ''
  let holder
  try {
    holder = JSON.parse(content)
  } catch {
    return false // created this instant and not written yet
  }
  return holder.host === os.hostname() && !isAlive(holder.pid)
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
