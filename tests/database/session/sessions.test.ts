import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TranscriptRow } from '@shared/domain'
import { createWorld, task, type World } from './world'
import { eventually } from '../sandbox/support'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  await world.close()
})

const types = (rows: TranscriptRow[]): string[] => rows.map((row) => row.event.type)
const ends = (rows: TranscriptRow[]) =>
  rows.flatMap((row) => (row.event.type === 'turn_ended' ? [row.event] : []))
const errors = (rows: TranscriptRow[]) =>
  rows.flatMap((row) => (row.event.type === 'error' ? [row.event.error] : []))

it('runs a turn, stores it and keeps what the agent says about itself', async () => {
  const id = world.create()
  expect(world.summary(id).status).toBe('starting')
  world.send(id, 'hello there')
  await world.turns(id, 1)
  await world.idle(id)
  expect(types(world.rows(id))).toEqual(['prompt', 'update', 'turn_ended'])
  expect(world.said(id)).toBe('You said: hello there')
  expect(ends(world.rows(id))[0]).toMatchObject({
    stopReason: 'end_turn',
    usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
  })
  const detail = world.sessions.detail(id)
  expect(detail).toMatchObject({ name: 'hello there', memory: 'live', usage: { totalTokens: 7 } })
  expect(detail?.commands).toEqual([{ name: 'review', description: 'Look', hint: 'what' }])
  expect(detail?.options[0]?.values).toEqual([
    { value: 'small', name: 'Small', group: 'Group' },
    { value: 'large', name: 'Large', group: 'Others' },
  ])
  expect(world.problems).toEqual([])
  expect(world.notices.map((notice) => notice.what)).toContain('finished')
})

it('is starting while its prompt waits for the checkout, and not idle', async () => {
  world.preparing = true
  const id = world.database.transaction(() =>
    world.sessions.insert({ taskId: task, agentId: 'claude', modelId: null, modeId: null, prompt: 'hello' }),
  )
  const empty = world.database.transaction(() =>
    world.sessions.insert({ taskId: task, agentId: 'claude', modelId: null, modeId: null, prompt: null }),
  )
  expect([world.summary(id).status, world.summary(empty).status]).toEqual(['starting', 'idle'])
  world.preparing = false
  expect(world.summary(id).status).toBe('idle')
  world.sessions.wake(task)
  await world.turns(id, 1)
  expect(world.said(id)).toBe('You said: hello')
})

it('shows a transcript from its stream as it is stored', async () => {
  const id = world.create()
  const rows = new Map<number, TranscriptRow>()
  const stream = world.sessions.attach(id, {
    post(message) {
      if (message.type === 'tail') return
      for (const change of message.changes) {
        if (change.type === 'row') rows.set(change.row.first, change.row)
        else {
          const row = rows.get(change.first)
          if (row?.event.type !== 'update') throw new Error('appended to nothing')
          ;(row.event.update['content'] as { text: string }).text += change.text
          row.last = change.last
        }
      }
      queueMicrotask(() => stream.ack(message.sequence))
    },
  })
  world.send(id, 'slowly 50')
  await world.turns(id, 1)
  await eventually(() => rows.size === 3)
  stream.detach()
  await world.restart()
  expect([...rows.values()]).toEqual(world.rows(id))
})

it('runs two sessions at once and stops one alone, with its context', async () => {
  const first = world.create()
  const second = world.create()
  world.send(first, 'slowly 100000')
  world.send(second, 'slowly 40')
  await eventually(() => world.said(first) !== '' && world.said(second) !== '')
  world.send(first, 'hello')
  await world.sessions.handlers.stop({ sessionId: first })
  await world.turns(first, 1)
  expect(ends(world.rows(first))[0]?.stopReason).toBe('cancelled')
  await world.turns(second, 1)
  // What waits is not sent behind the person's back.
  expect(world.sessions.queuedPrompts(first).map((prompt) => prompt.text)).toEqual(['hello'])
  expect(world.summary(first).status).toBe('idle')
  world.send(first, 'remember')
  await world.turns(first, 3)
  expect(world.said(first)).toContain('[["slowly 100000"],["hello"],["remember"]]')
  expect(await world.home.agentPids()).toHaveLength(1)
})

it('changes, moves and sends at once what waits in the queue', async () => {
  const id = world.create()
  world.send(id, 'slowly 100000')
  await eventually(() => world.said(id) !== '')
  const { handlers, queuedPrompts } = world.sessions
  const first = await handlers.send({ sessionId: id, text: 'one' })
  const second = await handlers.send({ sessionId: id, text: 'two' })
  const third = await handlers.send({ sessionId: id, text: 'hello' })
  await handlers.editQueued({ promptId: second.id, text: 'remember' })
  await handlers.moveQueued({ promptId: first.id, place: 9 })
  expect(queuedPrompts(id).map(({ text }) => text)).toEqual(['remember', 'hello', 'one'])
  await handlers.sendQueuedNow({ promptId: third.id })
  await world.turns(id, 2)
  expect(ends(world.rows(id))[0]?.stopReason).toBe('cancelled')
  // What waits behind it goes on by itself: nobody stopped the session.
  await world.turns(id, 4)
  expect(queuedPrompts(id)).toEqual([])
  expect(world.said(id)).toContain('[["slowly 100000"],["hello"],["remember"]]')
  expect(() => void handlers.editQueued({ promptId: second.id, text: 'late' })).toThrow('already sent')
})

it('ends an agent that does not answer a stop, and says so', { timeout: 20_000 }, async () => {
  const id = world.create()
  world.send(id, 'deaf')
  await eventually(() => world.said(id) !== '')
  await world.sessions.handlers.stop({ sessionId: id })
  await world.turns(id, 1)
  expect(ends(world.rows(id))[0]?.stopReason).toBe('cancelled')
  expect(errors(world.rows(id))[0]?.message).toContain('did not answer')
  await world.idle(id)
  world.send(id, 'hello')
  await world.turns(id, 2)
  expect(world.said(id)).toContain('You said: hello')
})

it('asks for permission, takes one of the offered answers and says when it is too late', async () => {
  const id = world.create()
  world.send(id, 'ask')
  await world.status(id, 'needs_input')
  const [permission] = world.sessions.permissions(id)
  if (permission === undefined) throw new Error('no permission')
  expect(permission).toMatchObject({ title: 'Remove everything', state: 'pending' })
  expect(world.sessions.activity().get(permission && world.summary(id).taskId)).toEqual({
    running: true,
    needsInput: true,
    error: false,
  })
  expect(world.sessions.waiting()).toEqual([{ taskId: task, sessionId: id }])
  const answer = (optionId: string) =>
    world.sessions.handlers.answerPermission({ permissionId: permission.id, optionId })
  expect(() => answer('always')).toThrow('did not offer')
  await answer('once')
  expect(world.sessions.waiting()).toEqual([])
  await world.turns(id, 1)
  expect(world.said(id)).toContain('"optionId":"once"')
  expect(() => answer('once')).toThrow('already answered: Allow')
  const row = world.rows(id).find(({ event }) => event.type === 'permission')
  expect(row?.event).toMatchObject({ permission: { state: 'answered', answer: 'once' } })
})

it('cancels a permission with its turn, and expires it with a crash', async () => {
  const id = world.create()
  world.send(id, 'ask')
  await world.status(id, 'needs_input')
  await world.sessions.handlers.stop({ sessionId: id })
  await world.turns(id, 1)
  expect(world.said(id)).toContain('"cancelled"')
  world.send(id, 'ask')
  await world.status(id, 'needs_input')
  await world.crash()
  expect(world.summary(id).status).toBe('idle')
  const [permission] = world.sessions.permissions(id)
  if (permission === undefined) throw new Error('no permission')
  expect(permission.state).toBe('expired')
  expect(ends(world.rows(id)).at(-1)?.stopReason).toBe('interrupted')
  const answer = { permissionId: permission.id, optionId: 'once' }
  expect(() => world.sessions.handlers.answerPermission(answer)).toThrow('no longer waits')
  await world.sessions.handlers.askAgain({ permissionId: permission.id })
  await world.turns(id, 3)
  expect(world.rows(id).findLast(({ event }) => event.type === 'prompt')?.event).toMatchObject({
    text: expect.stringContaining('Remove everything'),
  })
})

it('loads the session after a restart, stores nothing twice and sends nothing by itself', async () => {
  const id = world.create()
  world.send(id, 'hello')
  await world.turns(id, 1)
  const before = world.rows(id)
  await world.restart()
  expect(world.sessions.detail(id)?.memory).toBe('loadable')
  expect(world.rows(id)).toEqual(before)
  await world.sessions.handlers.retry({ sessionId: id })
  await world.idle(id)
  // Its answer comes after everything the agent repeats, before and after the answer to the load.
  await world.sessions.handlers.setOption({ sessionId: id, optionId: 'model', value: 'large' })
  expect(world.rows(id)).toEqual(before)
  expect(world.sessions.detail(id)?.memory).toBe('live')
  world.send(id, 'remember')
  await world.turns(id, 2)
  expect(types(world.rows(id))).toEqual([...types(before), 'prompt', 'update', 'turn_ended'])
  expect(world.said(id)).toContain('[["hello"],["remember"]]')
  expect(world.said(id)).not.toContain('late')
})

it.each(['FORGETFUL', 'NO_LOAD'])('draws the boundary and tells the agent what it lost: %s', async (flag) => {
  await writeFile(join(world.home.data, flag), '')
  const id = world.create()
  world.send(id, 'hello')
  await world.turns(id, 1)
  await world.restart()
  world.send(id, 'remember')
  await world.turns(id, 2)
  const boundary = world.rows(id).find(({ event }) => event.type === 'memory_boundary')?.event
  expect(boundary).toMatchObject({ turnsTold: 1, turnsTotal: 1 })
  if (boundary?.type !== 'memory_boundary') throw new Error('no boundary')
  expect(boundary.brief).toContain('You said: hello')
  // The brief was a block of its own in front of the prompt.
  expect(world.said(id)).toContain(JSON.stringify([[boundary.brief, 'remember']]))
  world.send(id, 'remember')
  await world.turns(id, 3)
  expect(types(world.rows(id)).filter((type) => type === 'memory_boundary')).toHaveLength(1)
})

it('draws no boundary for a session without turns, and starts afresh on demand', async () => {
  await writeFile(join(world.home.data, 'NO_LOAD'), '')
  const id = world.create()
  await world.idle(id)
  await world.restart()
  expect(() => world.sessions.handlers.tellMore({ sessionId: id, characters: 100 })).toThrow('no earlier')
  world.send(id, 'hello')
  await world.turns(id, 1)
  expect(types(world.rows(id))).toEqual(['prompt', 'update', 'turn_ended'])
  await world.idle(id)
  await world.sessions.handlers.tellMore({ sessionId: id, characters: 5000 })
  await world.idle(id)
  expect(types(world.rows(id)).at(-1)).toBe('memory_boundary')
  expect(world.sessions.detail(id)?.memory).toBe('brief')
  world.send(id, 'remember')
  await world.turns(id, 2)
  expect(world.said(id)).toContain('record')
})

it('shows the words of an agent that cannot start, and starts it on retry', async () => {
  const broken = join(world.home.data, 'BROKEN')
  await writeFile(broken, '')
  const id = world.create()
  world.send(id, 'hello')
  await world.status(id, 'error')
  expect(errors(world.rows(id))[0]?.kind).toBe('agent')
  expect(JSON.stringify(errors(world.rows(id))[0])).toMatch(/exit code 7|no key/)
  expect(world.sessions.queuedPrompts(id)).toHaveLength(1)
  const { rm } = await import('node:fs/promises')
  await rm(broken)
  await world.sessions.handlers.retry({ sessionId: id })
  await world.turns(id, 1)
  expect(world.summary(id)).toMatchObject({ status: 'idle', error: null })
})

it('marks a turn interrupted whose agent died or whose server went, and goes on', async () => {
  const id = world.create()
  const other = world.create()
  world.send(other, 'slowly 100000')
  await eventually(() => world.said(other) !== '')
  world.send(id, 'die')
  await world.turns(id, 1)
  await world.turns(other, 1)
  expect(ends(world.rows(id))[0]?.stopReason).toBe('interrupted')
  expect(ends(world.rows(other))[0]?.stopReason).toBe('interrupted')
  expect(errors(world.rows(id))[0]?.message).toMatch(/ended/)
  world.send(id, 'slowly 100000')
  await eventually(() => world.said(id).includes('w3'))
  const queued = world.sessions.handlers.send({ sessionId: id, text: 'hello' })
  expect(queued).toMatchObject({ text: 'hello' })
  await world.provider.stop(world.summary(id).taskId)
  await world.turns(id, 2)
  await world.idle(id)
  expect(world.sessions.queuedPrompts(id)).toHaveLength(1)
  await world.sessions.handlers.retry({ sessionId: id })
  await world.turns(id, 3)
  expect(world.said(id)).toContain('You said: hello')
  expect(world.problems).toEqual([])
})

it('turns refused prompts into failed turns with the words of the agent', async () => {
  const id = world.create()
  world.send(id, 'unauthorized')
  await world.status(id, 'error')
  expect(world.summary(id).error).toMatchObject({
    kind: 'credentials',
    detail: expect.stringContaining('Run `scripted login`'),
  })
  world.send(id, 'overloaded')
  await world.turns(id, 2)
  await world.status(id, 'error')
  expect(JSON.stringify(world.summary(id).error)).toContain('try later')
  world.send(id, 'hello')
  await world.turns(id, 3)
  expect(world.summary(id)).toMatchObject({ status: 'idle', error: null })
})

it('survives every shape an agent can send', async () => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  const id = world.create()
  world.send(id, 'weird')
  await world.turns(id, 1)
  world.send(id, 'hello')
  await world.turns(id, 2)
  process.off('unhandledRejection', onRejection)
  expect(rejections).toEqual([])
  expect(world.said(id)).toContain('nul \u0000 end')
  expect(world.summary(id).name).toBe('Nice name second')
  expect(JSON.stringify(world.rows(id))).toContain('from_the_future')
  await world.restart()
  expect(world.said(id)).toContain('nul \u0000 end')
})

it('stores output that grows once, cut for the page and whole on demand', async () => {
  const id = world.create()
  world.send(id, 'output 300')
  await world.turns(id, 1)
  const rows = world.rows(id)
  expect(types(rows)).toEqual(['prompt', 'update', 'update', 'update', 'turn_ended'])
  await world.restart()
  const row = world.rows(id)[2]
  if (row === undefined) throw new Error('no row')
  expect(row.cut).toBeGreaterThan(300_000)
  expect(JSON.stringify(row).length).toBeLessThan(20_000)
  let text = ''
  for (let offset: number | null = 0; offset !== null;) {
    const piece: { text: string; nextOffset: number | null } = await world.sessions.handlers.eventPayload({
      sessionId: id,
      first: row.first,
      offset,
    })
    expect(piece.text.length).toBeLessThanOrEqual(256 * 1024)
    text += piece.text
    offset = piece.nextOffset
  }
  const whole = JSON.parse(text) as { update: { content: { content: { text: string } }[] } }
  expect(whole.update.content[0]?.content.text).toBe('x'.repeat(307_200))
  const bytes = world.database.commands.$client
    .prepare('SELECT sum(length(payload) + coalesce(length(full), 0)) AS bytes FROM session_events')
    .get() as { bytes: number }
  expect(bytes.bytes).toBeLessThan(100_000)
})

it('sets options now or at the next start, and says when the agent refuses', async () => {
  const id = world.create('claude', { modelId: 'large' })
  await world.idle(id)
  const model = (): string | null | undefined => world.sessions.detail(id)?.options[0]?.currentValue
  expect(model()).toBe('large')
  await world.sessions.handlers.setOption({ sessionId: id, optionId: 'model', value: 'small' })
  expect(world.summary(id).modelId).toBe('small')
  expect(model()).toBe('small')
  await expect(
    world.sessions.handlers.setOption({ sessionId: id, optionId: 'model', value: 'huge' }),
  ).rejects.toThrow('does not offer')
  const other = world.create('claude', { modelId: 'refused' })
  await world.idle(other)
  expect(errors(world.rows(other))[0]?.message).toContain('did not accept')
})

it('closes and reopens, in the middle of a turn too', async () => {
  const id = world.create()
  world.send(id, 'slowly 100000')
  await eventually(() => world.said(id) !== '')
  await world.sessions.handlers.close({ sessionId: id })
  expect(world.summary(id).status).toBe('closed')
  await world.turns(id, 1)
  await eventually(async () => world.summary(id).runningSince === null)
  expect(() => world.sessions.handlers.send({ sessionId: id, text: 'x' })).toThrow('closed')
  await world.sessions.handlers.reopen({ sessionId: id })
  expect(world.summary(id).status).toBe('idle')
  world.send(id, 'remember')
  await world.turns(id, 2)
  expect(world.said(id)).toContain('[["slowly 100000"],["remember"]]')
})

it('names itself after the agent only until a person names it', async () => {
  const id = world.create()
  await world.sessions.handlers.rename({ sessionId: id, name: 'Mine' })
  world.send(id, 'weird')
  await world.turns(id, 1)
  expect(world.summary(id).name).toBe('Mine')
})

it('keeps the name a person gave, whatever the agent calls the session, also after a restart', async () => {
  const id = world.create()
  world.send(id, 'title Parser')
  await world.turns(id, 1)
  expect(world.summary(id).name).toBe('Parser')
  await world.restart()
  world.send(id, 'title Lexer')
  await world.turns(id, 2)
  expect(world.summary(id).name).toBe('Lexer')
  await world.sessions.handlers.rename({ sessionId: id, name: 'Mine' })
  await world.restart()
  world.send(id, 'title Theirs')
  await world.turns(id, 3)
  expect(world.summary(id).name).toBe('Mine')
})

it('puts sessions where a person wants them, and new ones behind', async () => {
  const names = new Map<string, string>()
  const add = (name: string) => {
    const id = world.create()
    names.set(id, name)
    return id
  }
  const order = () =>
    world.sessions
      .ofTask(task)
      .map(({ id }) => names.get(id))
      .join('')
  const [a, b, c] = [add('a'), add('b'), add('c')]
  expect(order()).toBe('abc')
  await world.sessions.handlers.move({ sessionId: c, before: a })
  expect(order()).toBe('cab')
  await world.sessions.handlers.move({ sessionId: c, before: b })
  expect(order()).toBe('acb')
  await world.sessions.handlers.move({ sessionId: a, before: null })
  expect(order()).toBe('cba')
  add('d')
  expect(order()).toBe('cbad')
  await world.restart()
  expect(order()).toBe('cbad')
})

it('keeps what is attached with the draft, gives it to the prompt, and back when that is taken back', async () => {
  const id = world.create()
  const handlers = () => world.sessions.handlers
  const attach = (name: string, text: string) =>
    handlers().attach({
      sessionId: id,
      name,
      mimeType: 'text/plain',
      content: new TextEncoder().encode(text),
    })
  const names = () => world.sessions.detail(id)?.attachments.map(({ name }) => name)
  await attach('one.txt', 'first file')
  const two = await attach('two.txt', 'second file')
  expect(names()).toEqual(['one.txt', 'two.txt'])
  await handlers().detach({ attachmentId: two.id })
  await world.restart()
  expect(names()).toEqual(['one.txt'])

  world.send(id, 'slowly 200')
  expect(names()).toEqual([])
  await eventually(() => types(world.rows(id)).includes('prompt'))
  await attach('three.txt', 'third file')
  world.send(id, 'hello')
  const [queued] = world.sessions.queuedPrompts(id)
  expect(queued?.attachments).toMatchObject([{ name: 'three.txt', bytes: 10 }])
  await handlers().dropQueued({ promptId: queued?.id ?? 'prompt_00000000' })
  expect(names()).toEqual(['three.txt'])
  await handlers().stop({ sessionId: id })
  await world.turns(id, 1)
  const [prompt] = world.rows(id)
  expect(prompt?.event).toMatchObject({ type: 'prompt', attachments: [{ name: 'one.txt' }] })
  const attached = prompt?.event.type === 'prompt' ? prompt.event.attachments?.[0] : undefined
  const content = await handlers().attachment({ attachmentId: attached?.id ?? 'attachment_00000000' })
  expect(new TextDecoder().decode(content)).toBe('first file')
  // What went with a turn belongs to it for good.
  await handlers().detach({ attachmentId: attached?.id ?? 'attachment_00000000' })
  expect(await handlers().attachment({ attachmentId: attached?.id ?? 'attachment_00000000' })).toMatchObject({
    byteLength: 10,
  })
})

it('refuses what is too large or too much, and loses nothing by it', async () => {
  const id = world.create()
  const { attach } = world.sessions.handlers
  const file = (bytes: number) => ({
    sessionId: id,
    name: 'large.bin',
    mimeType: 'application/octet-stream',
    content: new Uint8Array(bytes),
  })
  expect(() => attach(file(10 * 1024 * 1024 + 1))).toThrow(/larger than 10 MB/)
  for (let nth = 0; nth < 20; nth++) await attach(file(1))
  expect(() => attach(file(1))).toThrow(/No more than 20/)
  expect(world.sessions.detail(id)?.attachments).toHaveLength(20)
})

it('finds what was sent before, each prompt once, the one sent last first', async () => {
  const [one, other] = [world.create(), world.create()]
  for (const text of ['fix 100% of it', 'say_more', 'fix 100% of it']) {
    world.send(one, text)
    await world.idle(one)
  }
  world.send(other, 'Say more')
  await world.idle(other)
  const find = (words: string) => world.sessions.handlers.history({ words })
  expect(await find('')).toEqual(['Say more', 'fix 100% of it', 'say_more'])
  expect(await find(' SAY')).toEqual(['Say more', 'say_more'])
  // Signs of a pattern are words like others.
  expect(await find('y_m')).toEqual(['say_more'])
  expect(await find('0%')).toEqual(['fix 100% of it'])
})
