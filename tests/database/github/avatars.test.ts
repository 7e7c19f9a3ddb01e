import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAvatars } from '../../../src/main/github/avatars/avatars'
import type { Account, AvatarAnswer } from '../../../src/shared/github'
import { startGitHub } from '../../support/github/server'
import { startAnsweringServer } from './answering-server'
import { startApp } from './app-world'

const WEEK = 7 * 24 * 3_600_000

function picture(bytes = 40, fill = 1): Buffer {
  const content = Buffer.alloc(bytes, fill)
  content.write('\x89PNG\r\n\x1a\n', 'latin1')
  return content
}

const shown = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString('base64')}`

/** A server of pictures, and the pictures kept of it in a folder of their own. */
async function open({ maxBytes, timeoutMs }: { maxBytes?: number; timeoutMs?: number } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'foundry-avatars-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const server = await startAnsweringServer()
  onTestFinished(() => server.close())
  server.answer = (response) => void response.end(picture())
  let time = Date.parse('2026-11-24T10:00:00Z')
  let online = true
  let onMissing = (_url: string): void => undefined
  const errors: unknown[] = []
  const start = () => {
    const avatars = createAvatars({
      directory: join(directory, 'avatars'),
      fetch: (url, init) => (online ? fetch(url, init) : Promise.reject(new TypeError('net::ERR_FAILED'))),
      hosts: () => [server.host],
      now: () => time,
      missing: (url) => onMissing(url),
      reportError: (error) => void errors.push(error),
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    onTestFinished(() => avatars.close())
    return avatars
  }
  let avatars = start()
  onTestFinished(() => expect(errors).toEqual([]))
  return {
    server,
    /** Resolves with the next that could not be had. */
    missed: () => new Promise<string>((resolve) => (onMissing = resolve)),
    directory: join(directory, 'avatars'),
    url: (name: string): string => `${server.url}/${name}`,
    async restart() {
      await avatars.close()
      avatars = start()
    },
    setOnline: (is: boolean) => void (online = is),
    wait: (milliseconds: number) => void (time += milliseconds),
    read: (...urls: string[]) => avatars.read(urls),
    /** Asks until all is settled, as the window does. */
    async all(...urls: string[]): Promise<(string | null | undefined)[]> {
      const images = new Map<string, string | null>()
      for (let left = urls; left.length > 0;) {
        const { found, later } = await avatars.read(left)
        expect(found.length).toBeGreaterThan(0)
        for (const { url, image } of found) images.set(url, image)
        left = later
      }
      return urls.map((url) => images.get(url))
    },
  }
}

describe('pictures on the disk', () => {
  it('are fetched once, and shown after a restart without network', async () => {
    const world = await open()
    const [first, again] = await Promise.all([world.all(world.url('a')), world.all(world.url('a'))])
    expect([first, again]).toEqual([[shown(picture())], [shown(picture())]])
    expect(world.server.asked).toMatchObject([{ method: 'GET', path: '/a?s=64' }])
    expect(Object.keys(world.server.asked[0]?.headers ?? {})).not.toContain('authorization')
    const [name = ''] = await readdir(world.directory)
    expect(name).toMatch(/^[0-9a-f]{64}$/)
    expect((await stat(join(world.directory, name))).mode & 0o777).toBe(0o600)

    await world.restart()
    world.setOnline(false)
    expect(await world.read(world.url('a'), world.url('b'))).toEqual({
      found: [{ url: world.url('a'), image: shown(picture()) }],
      later: [world.url('b')],
    })
    expect(await world.all(world.url('a'), world.url('b'))).toEqual([shown(picture()), null])
    expect(world.server.asked).toHaveLength(1)
  })

  it('are asked for again after a week, the old one shown meanwhile', async () => {
    const world = await open()
    await world.all(world.url('a'))
    world.wait(WEEK - 1)
    await world.restart()
    expect(await world.all(world.url('a'))).toEqual([shown(picture())])
    expect(world.server.asked).toHaveLength(1)

    world.wait(1)
    world.server.answer = (response) => void response.writeHead(404).end()
    const missed = world.missed()
    expect(await world.all(world.url('a'))).toEqual([shown(picture())])
    expect(await missed).toBe(`${world.url('a')}?s=64`)
    expect(await world.all(world.url('a'))).toEqual([shown(picture())])
    expect(world.server.asked).toHaveLength(2)

    world.wait(60_000)
    const newer = picture(60, 2)
    world.server.answer = (response) => void response.end(newer)
    const first = await world.read(world.url('a'))
    expect(first).toEqual({
      found: [{ url: world.url('a'), image: shown(picture()) }],
      later: [world.url('a')],
    })
    expect(await world.all(world.url('a'))).toEqual([shown(newer)])
    expect(world.server.asked).toHaveLength(3)
  })

  it('stay within their bound: those not used for the longest time go', async () => {
    const world = await open({ maxBytes: 1000 })
    world.server.answer = (response) => void response.end(picture(300))
    for (const name of ['a', 'b', 'c']) {
      await world.all(world.url(name))
      world.wait(7_200_000)
    }
    // Used later than the others, which is known after a restart as well.
    await world.all(world.url('a'))
    await world.restart()
    world.wait(7_200_000)
    await world.all(world.url('d'))
    expect(await readdir(world.directory)).toHaveLength(3)
    world.setOnline(false)
    const images = await world.all(...['a', 'b', 'c', 'd'].map(world.url))
    expect(images.map((image) => image !== null)).toEqual([true, false, true, true])
  })

  it('come from files of ours alone', async () => {
    const world = await open()
    await world.all(world.url('a'))
    const [name = ''] = await readdir(world.directory)
    const other = join(world.directory, `${'0'.repeat(64)}.partial`)
    await writeFile(other, 'half')
    await writeFile(join(world.directory, 'notes.txt'), 'mine')
    await symlink('/etc/passwd', join(world.directory, 'f'.repeat(64)))
    await writeFile(join(world.directory, name), '<svg/>')
    await world.restart()
    // What is no picture any more is fetched again.
    expect(await world.all(world.url('a'))).toEqual([shown(picture())])
    expect((await readdir(world.directory)).toSorted()).toEqual(
      ['f'.repeat(64), name, 'notes.txt'].toSorted(),
    )
    await rm(join(world.directory, name))
    expect(await world.all(world.url('a'))).toEqual([shown(picture())])
    expect(world.server.asked).toHaveLength(3)
  })
})

describe('pictures from the network', () => {
  it.each([
    ['an SVG that says it is a PNG', 'image/png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a page', 'text/html', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['nothing', 'image/png', Buffer.alloc(0)],
    ['a huge picture', 'image/png', picture(100_001)],
  ])('%s is none', async (_what, type, body) => {
    const world = await open()
    world.server.answer = (response) => void response.writeHead(200, { 'content-type': type }).end(body)
    expect(await world.all(world.url('a'))).toEqual([null])
    expect(await readdir(world.directory).catch(() => [])).toEqual([])
    // It is not asked for again at once.
    expect(await world.all(world.url('a'))).toEqual([null])
    expect(world.server.asked).toHaveLength(1)
    world.wait(60_000)
    await world.all(world.url('a'))
    expect(world.server.asked).toHaveLength(2)
  })

  it('a redirect is followed on the same host, and to no other', async () => {
    const world = await open()
    const other = await startAnsweringServer()
    onTestFinished(() => other.close())
    world.server.answer = (response, { path }) => {
      const to = path.startsWith('/away') ? `${other.url}/stolen` : '/here'
      if (path.startsWith('/here')) response.end(picture())
      else response.writeHead(302, { location: to }).end()
    }
    expect(await world.all(world.url('away'), world.url('near'))).toEqual([null, shown(picture())])
    expect(await world.all(`${other.url}/other`, 'file:///etc/passwd', 'data:image/svg+xml,<svg/>')).toEqual([
      null,
      null,
      null,
    ])
    expect(other.asked).toEqual([])
  })

  it('four are under way at a time, and one that never ends is given up', async () => {
    const world = await open({ timeoutMs: 200 })
    let under = 0
    let most = 0
    world.server.answer = (response, { path }) => {
      under += 1
      most = Math.max(most, under)
      response.on('close', () => (under -= 1))
      if (path.startsWith('/silent')) response.write(picture())
      else setImmediate(() => response.end(picture()))
    }
    const urls = Array.from({ length: 20 }, (_, index) => world.url(`u${index}`))
    expect(await world.all(world.url('silent'), ...urls)).toEqual([null, ...urls.map(() => shown(picture()))])
    expect(most).toBeLessThanOrEqual(4)
  })

  it('an answer stays small: what does not fit comes with the next', async () => {
    const world = await open()
    const large = picture(100_000)
    world.server.answer = (response) => void response.end(large)
    const urls = Array.from({ length: 20 }, (_, index) => world.url(`u${index}`))
    await world.all(...urls)
    const { found, later } = await world.read(...urls)
    expect([found.length, later.length]).toEqual([8, 12])
    expect(await world.all(...urls)).toEqual(urls.map(() => shown(large)))
  })
})

it('the app shows the picture of an account, offline and signed out as well', async () => {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const ada = github.model.addUser('ada', { name: 'Ada' })
  const token = github.model.addToken(ada)
  const world = await startApp()
  const account = await world.app.call<Account>('account.addToken', { host: github.host, token: token.value })
  const url = account.avatarUrl ?? ''
  const pictures = `GET /avatars/u/${ada.id}`
  expect(github.requested(pictures)).toEqual([])
  const read = (): Promise<AvatarAnswer> => world.app.call('account.avatars', { urls: [url] })
  const { found } = await read()
  expect(found[0]?.image).toMatch(/^data:image\/png;base64,/)
  const [request, ...more] = github.requested(pictures)
  expect(more).toEqual([])
  expect(request?.headers['authorization']).toBeUndefined()
  expect(github.leaks()).toEqual([])

  world.setOnline(false)
  await world.restart()
  expect(await read()).toEqual({ found, later: [] })
  world.setOnline(true)
  await world.app.call('account.signOut', { accountId: account.id, data: 'delete' })
  expect(await read()).toEqual({ found, later: [] })
  expect(await world.app.call('account.avatars', { urls: [`${url}&other`] })).toMatchObject({
    found: [{ image: null }],
  })
  expect(github.requested(pictures)).toHaveLength(1)
})
