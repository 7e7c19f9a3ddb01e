import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createGitHubClient } from '../../../src/main/github/client/client'
import { GitHubError } from '../../../src/main/github/client/errors'
import type { Fetch } from '../../../src/main/github/client/exchange'
import { createHttpCache } from '../../../src/main/github/client/http-cache'
import { accounts } from '../../../src/main/github/tables'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { json, startAnsweringServer, type AnsweringServer } from './answering-server'
import type { AccountId } from '@shared/ids'

const id = 'account_00000001' as AccountId
const TOKEN = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
const PATH = '/repositories/1/actions/jobs/2/logs'

let server: AnsweringServer
let elsewhere: AnsweringServer
let opened: TestDatabase

beforeEach(async () => {
  opened = await openTestDatabase()
  server = await startAnsweringServer()
  elsewhere = await startAnsweringServer()
  opened.database.commands
    .insert(accounts)
    .values({
      id,
      host: server.host,
      apiUrl: `${server.url}/api/v3`,
      githubId: '1',
      login: 'ada',
      source: 'pasted',
      createdAt: 1,
      checkedAt: 1,
    })
    .run()
})

afterEach(async () => {
  await server.close()
  await elsewhere.close()
  await opened.close()
})

/** Where https leads, as a certificate of this test's own is nobody's. */
const redirecting: Fetch = (url, init) =>
  fetch(url.replace(/^https:\/\/logs\.example\.com/, elsewhere.url), init)

function tail(more: { keepBytes?: number; signal?: AbortSignal } = {}) {
  const client = createGitHubClient({
    account: { id, host: server.host, apiUrl: `${server.url}/api/v3` },
    version: '1.2.3',
    token: async () => TOKEN,
    fetch: redirecting,
    cache: createHttpCache(opened.database),
    now: Date.now,
    refused: () => undefined,
  })
  return client.tail(PATH, { purpose: 'interactive', what: 'the log', keepBytes: 100, ...more })
}

const leadTo =
  (location: string, status = 302) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { location }).end()

async function failure(work: Promise<unknown>): Promise<GitHubError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof GitHubError)) throw error
  return error
}

it('reads the end of what is elsewhere, without the token, and keeps no more than was asked for', async () => {
  server.answer = leadTo('https://logs.example.com/2?sig=abc')
  elsewhere.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end(`${'x'.repeat(1_000_000)}end ä`)
  const { text, cut } = await tail()
  expect(text.endsWith('end ä')).toBe(true)
  expect(Buffer.byteLength(text)).toBe(100)
  expect(cut).toBe(true)
  expect(server.asked).toMatchObject([
    { path: `/api/v3${PATH}`, headers: { authorization: `Bearer ${TOKEN}` } },
  ])
  expect(elsewhere.asked).toMatchObject([{ path: '/2?sig=abc' }])
  expect(JSON.stringify(elsewhere.asked[0]?.headers)).not.toContain(TOKEN.slice(0, 10))

  elsewhere.answer = (response) => void response.end('short')
  expect(await tail()).toEqual({ text: 'short', cut: false })
  elsewhere.answer = (response) => void response.end('y'.repeat(150))
  expect(await tail()).toEqual({ text: 'y'.repeat(100), cut: true })
})

it('goes nowhere that is not encrypted, and no further than once', async () => {
  server.answer = leadTo(`${elsewhere.url}/2`)
  expect(await failure(tail())).toMatchObject({ reason: 'malformed' })
  for (const location of [
    'file:///etc/passwd',
    'https://a:b@logs.example.com/2',
    'http://logs.example.com/2',
  ]) {
    server.answer = leadTo(location)
    expect(await failure(tail())).toMatchObject({ reason: 'malformed' })
  }
  expect(elsewhere.asked).toEqual([])
  server.answer = leadTo('https://logs.example.com/2')
  elsewhere.answer = leadTo(`${elsewhere.url}/3`)
  expect(await failure(tail())).toMatchObject({ reason: 'server' })
  expect(elsewhere.asked).toHaveLength(1)
})

it('says what is in the way', async () => {
  server.answer = (response) => json(response, 410, { message: 'Gone' })
  expect(await failure(tail())).toMatchObject({ reason: 'not_found' })
  server.answer = leadTo('https://logs.example.com/2')
  elsewhere.answer = (response) => void response.writeHead(404).end()
  expect(await failure(tail())).toMatchObject({ reason: 'not_found' })
  elsewhere.answer = (response) => {
    response.write('half')
    response.socket?.destroy()
  }
  expect((await failure(tail())).reason).toMatch(/^(malformed|offline)$/)
  server.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end('here at once')
  expect(await tail({ keepBytes: 7 })).toEqual({ text: 'at once', cut: true })
})
