import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitHubServer } from '../../support/github/server'
import type { App } from './app'
import { processesOf } from './processes'

/** Where a secret was found, in words that do not repeat it. */
export type Finding = string

/** A text that a secret may stand in, and what that text is. */
export interface Haystack {
  readonly name: string
  readonly content: Buffer
}

/** Every way in which a secret may have been written down. */
export function formsOf(secret: string): ReadonlyMap<string, Buffer> {
  const forms = new Map<string, Buffer>([
    ['in clear', Buffer.from(secret)],
    ['in clear, two bytes a character', Buffer.from(secret, 'utf16le')],
    // Tokens have no character that has to be encoded, but some encode them all.
    ['url-encoded', Buffer.from([...Buffer.from(secret)].map(percent).join(''))],
    ['in hexadecimal', Buffer.from(Buffer.from(secret).toString('hex'))],
  ])
  for (const offset of [0, 1, 2]) {
    const { plain, url } = base64At(secret, offset)
    forms.set(`in base64, ${offset} bytes in`, Buffer.from(plain))
    forms.set(`in base64 for urls, ${offset} bytes in`, Buffer.from(url))
  }
  return forms
}

const percent = (byte: number): string => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`

/**
 * What base64 makes of a secret that something stands before and after, as in `user:secret`: without the characters at
 * its ends that hold bits of those neighbours.
 */
function base64At(secret: string, offset: number): { plain: string; url: string } {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const inside = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)] as const
  return {
    plain: bytes.toString('base64').slice(...inside),
    url: bytes.toString('base64url').slice(...inside),
  }
}

/** Which of the texts hold the secret, in whatever form. */
export function searchIn(secret: string, haystacks: Iterable<Haystack>): Finding[] {
  const forms = [...formsOf(secret)]
  const found: Finding[] = []
  for (const { name, content } of haystacks)
    for (const [form, needle] of forms) if (content.includes(needle)) found.push(`${name}: ${form}`)
  return [...new Set(found)]
}

/** Every file below the folders, whatever it is: databases with their logs, settings, caches, dumps; and its name. */
export async function searchFiles(secret: string, ...folders: readonly string[]): Promise<Finding[]> {
  const found: Finding[] = []
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      found.push(...searchIn(secret, [{ name: `name of ${path}`, content: Buffer.from(path) }]))
      if (entry.isFile()) found.push(...searchIn(secret, [{ name: path, content: await readFile(path) }]))
    }
  }
  return found
}

/** Command lines and environments of everything that runs for a test. */
export async function processTexts(folder: string): Promise<Haystack[]> {
  return (await processesOf(folder)).flatMap(({ pid, command, environment }) => [
    { name: `command line of ${pid} (${command.slice(0, 60)})`, content: Buffer.from(command) },
    { name: `environment of ${pid} (${command.slice(0, 60)})`, content: Buffer.from(environment) },
  ])
}

export interface ProcessWatch {
  /** So far. */
  found(): Finding[]
  /** Looks no more; what was found in all. */
  stop(): Promise<Finding[]>
}

/** Looks at the processes again and again while something runs: some live for a moment only, and none tells. */
export function watchProcesses(folder: string, secret: string): ProcessWatch {
  const found = new Set<Finding>()
  const stopped = new AbortController()
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const texts = await processTexts(folder)
      for (const one of searchIn(secret, texts)) found.add(one)
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
    }
  }
  const watched = watch()
  return {
    found: () => [...found],
    async stop() {
      stopped.abort()
      await watched
      return [...found]
    },
  }
}

const WATCH_MS = 200

/** What the server was asked, but for the header that carries the token by right. */
export function requestTexts(github: GitHubServer): Haystack[] {
  return github.requests.map(({ method, url, headers, body }) => ({
    name: `request ${method} ${url.split('?')[0] ?? ''}`,
    content: Buffer.from(
      JSON.stringify([url, Object.entries(headers).filter(([name]) => name !== 'authorization'), body]),
    ),
  }))
}

declare global {
  var foundryTestReceived: string[] | undefined
}

/**
 * Writes down everything that the window receives from now on: answers, updates, and what comes through ports. The
 * handlers of the main process are wrapped, because the page cannot change its bridge.
 */
export async function recordReceived(app: App): Promise<void> {
  await app.electron.evaluate(({ ipcMain, BrowserWindow, MessageChannelMain }) => {
    if (globalThis.foundryTestReceived !== undefined) return
    const received: string[] = (globalThis.foundryTestReceived = [])
    const keep = (value: unknown): void => void received.push(JSON.stringify(value) ?? '')
    type Handler = (...args: unknown[]) => unknown
    const handlers = (ipcMain as unknown as { _invokeHandlers?: Map<string, Handler> })._invokeHandlers
    if (handlers === undefined || handlers.size === 0) throw new Error('There are no handlers to listen to')
    for (const [channel, handler] of handlers) {
      handlers.set(channel, async (...args) => {
        const answer = await handler(...args)
        keep(answer)
        return answer
      })
    }
    for (const { webContents } of BrowserWindow.getAllWindows()) {
      const send = webContents.send.bind(webContents)
      webContents.send = (channel, ...args: unknown[]) => {
        keep(args)
        send(channel, ...args)
      }
    }
    const { port1 } = new MessageChannelMain()
    const ports = Object.getPrototypeOf(port1) as { postMessage: Handler }
    const post = ports.postMessage
    ports.postMessage = function postMessage(this: unknown, ...args) {
      keep(args)
      return post.apply(this, args)
    }
  })
}

/** What was received since `recordReceived`. */
export async function receivedTexts(app: App): Promise<Haystack[]> {
  const received = await app.electron.evaluate(() => globalThis.foundryTestReceived ?? [])
  return received.map((text, index) => ({
    name: `message ${index} to the window`,
    content: Buffer.from(text),
  }))
}

/** What the page holds where a script could read it: its document, what is typed in it, and its stores. */
export async function pageTexts(app: App): Promise<Haystack[]> {
  const { title, ...held } = await app.window.evaluate(() => ({
    title: document.title,
    document: document.documentElement.outerHTML,
    typed: JSON.stringify(
      [...document.querySelectorAll('input, textarea')].map((one) => ('value' in one ? one.value : '')),
    ),
    stores: JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      location.href,
    ]),
  }))
  return Object.entries(held).map(([name, text]) => ({
    name: `${name} of the page "${title}"`,
    content: Buffer.from(text),
  }))
}

/** Everything of a running app but its files. */
export async function textsOf(app: App): Promise<Haystack[]> {
  return [
    { name: 'output of the app', content: Buffer.from(app.output()) },
    ...(await receivedTexts(app)),
    ...(await pageTexts(app)),
  ]
}
