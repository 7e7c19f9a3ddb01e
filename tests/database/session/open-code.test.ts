import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { SessionId, TurnId } from '@shared/ids'
import { eventually } from '../sandbox/support'
import { createWorld, task, type World } from './world'

let world: World
afterEach(async () => {
  await world.close()
})

it(
  'works with a real agent: edits a file, remembers across a restart, stops at once',
  { timeout: 120_000 },
  async () => {
    world = await createWorld({ openCode: true })
    world.model.answer(
      'WRITE',
      ({ tool }) => tool('write', { filePath: join(world.checkout, 'hello.txt'), content: 'hi\n' }),
      ({ text }) => text('Written, the secret is plum.'),
    )
    world.model.answer('SLOW', async ({ text, request }) => {
      for (let index = 0; !request.aborted; index++) {
        text(`w${index} `)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    const id = world.create('opencode', { modelId: 'scripted/two' })
    world.send(id, 'WRITE it')
    await world.turns(id, 1)
    expect(await readFile(join(world.checkout, 'hello.txt'), 'utf8')).toBe('hi\n')
    expect(world.said(id)).toBe('Written, the secret is plum.')
    expect(world.model.requests[0]?.model).toBe('two')
    const before = world.rows(id)
    const [turn] = world.sessions.spans(task)
    if (turn === undefined) throw new Error('No turn is known')
    expect(await world.sessions.edits(turn)).toMatchObject([
      { path: join(world.checkout, 'hello.txt'), text: { new: 'hi\n' } },
    ])
    expect(world.sessions.author(turn.id)).toMatchObject({ agentId: 'opencode', prompt: 'WRITE it' })

    const other = world.create('opencode')
    await world.idle(other)
    world.send(id, 'SLOW')
    await eventually(() => world.said(id).includes('w3'))
    await world.sessions.handlers.stop({ sessionId: id })
    await world.turns(id, 2)
    const stopped = world.rows(id)

    await world.restart()
    expect(world.rows(id)).toEqual(stopped)
    expect(stopped.slice(0, before.length)).toEqual(before)
    world.send(id, 'what was the secret?')
    await world.turns(id, 3)
    const last = world.model.requests.at(-1)
    expect(last?.conversation).toContain('WRITE it')
    expect(last?.conversation).toContain('the secret is plum')
    // What OpenCode repeated while it loaded is not stored again.
    expect(world.rows(id).slice(0, stopped.length)).toEqual(stopped)
    expect(world.said(id).match(/plum/g)).toHaveLength(1)
    expect(world.rows(id).some(({ event }) => event.type === 'memory_boundary')).toBe(false)
    expect(world.problems).toEqual([])
  },
)

it('asks before it edits and goes on with the answer', { timeout: 120_000 }, async () => {
  world = await createWorld({ openCode: true, ask: true })
  world.model.answer('WRITE', ({ tool }) =>
    tool('write', { filePath: join(world.checkout, 'asked.txt'), content: 'yes\n' }),
  )
  const id = world.create('opencode')
  world.send(id, 'WRITE it')
  await world.status(id, 'needs_input')
  const [permission] = world.sessions.permissions(id)
  if (permission === undefined) throw new Error('no permission')
  const option = permission.options.find(({ kind }) => kind === 'allow_once')
  await world.sessions.handlers.answerPermission({ permissionId: permission.id, optionId: option?.id ?? '' })
  await world.turns(id, 1)
  expect(await readFile(join(world.checkout, 'asked.txt'), 'utf8')).toBe('yes\n')
})

it(
  'is answered by the policy of the repository, which says so and asks for all else',
  { timeout: 120_000 },
  async () => {
    world = await createWorld({ openCode: true, ask: true })
    const write = (name: string) => join(world.checkout, name)
    world.policy = {
      rules: [
        { kind: 'edit', mode: null, decision: 'allow' },
        { kind: 'edit', mode: { agentId: 'opencode', modeId: 'plan' }, decision: 'reject' },
      ],
      commands: ['git status'],
    }
    world.model.answer(
      'WORK',
      ({ tool }) => tool('write', { filePath: write('a.txt'), content: 'a\n' }),
      ({ tool }) => tool('bash', { command: 'git status --short', description: 'look' }),
      ({ text }) => text('Done.'),
    )
    world.model.answer('MORE', ({ tool }) =>
      tool('bash', { command: 'git status --short; touch b.txt', description: 'look' }),
    )
    const id = world.create('opencode')
    world.send(id, 'WORK')
    await world.turns(id, 1)
    expect(await readFile(write('a.txt'), 'utf8')).toBe('a\n')
    const decided = () =>
      world.rows(id).flatMap(({ event }) => (event.type === 'permission' ? [event.permission] : []))
    expect(decided()).toMatchObject([
      { state: 'answered', answer: 'once', policy: { decision: 'allow', kind: 'edit', command: null } },
      { state: 'answered', answer: 'once', policy: { kind: 'execute', command: 'git status' } },
    ])
    expect(world.notices.some(({ what }) => what === 'needs_input')).toBe(false)
    expect(world.audited.filter(({ kind }) => kind.startsWith('task.permission'))).toMatchObject([
      { kind: 'task.permission.decided', actor: 'system', payload: { decision: 'allow', kind: 'edit' } },
      { kind: 'task.permission.decided', actor: 'system', payload: { command: 'git status' } },
    ])

    world.send(id, 'MORE')
    await world.status(id, 'needs_input')
    const pending = decided().at(-1)
    expect(pending).toMatchObject({ state: 'pending', policy: null, proposal: null })
    await expect(async () =>
      world.sessions.handlers.allowAlways({ permissionId: pending?.id ?? 'permission_x' }),
    ).rejects.toMatchObject({ kind: 'invalid_input' })
    // Open questions are answered by a policy that comes to answer them.
    world.policy = { ...world.policy, rules: [{ kind: 'execute', mode: null, decision: 'reject' }] }
    world.sessions.policyChanged()
    await world.turns(id, 2)
    expect(decided().at(-1)).toMatchObject({
      state: 'answered',
      answer: 'reject',
      policy: { decision: 'reject' },
    })
    await expect(readFile(write('b.txt'))).rejects.toThrow('ENOENT')
  },
)

it('goes on when something is allowed once and for all', { timeout: 120_000 }, async () => {
  world = await createWorld({ openCode: true, ask: true })
  const write = (name: string) => join(world.checkout, name)
  world.model.answer(
    'WORK',
    ({ tool }) => tool('write', { filePath: write('a.txt'), content: 'a\n' }),
    ({ tool }) => tool('write', { filePath: write('b.txt'), content: 'b\n' }),
    ({ text }) => text('Done.'),
  )
  const id = world.create('opencode')
  world.send(id, 'WORK')
  await world.status(id, 'needs_input')
  const [permission] = world.sessions.permissions(id)
  expect(permission?.proposal).toEqual({ kind: 'edit', command: null })
  await world.sessions.handlers.allowAlways({ permissionId: permission?.id ?? 'permission_x' })
  await world.turns(id, 1)
  expect(await readFile(write('b.txt'), 'utf8')).toBe('b\n')
  const [first] = world
    .rows(id)
    .flatMap(({ event }) => (event.type === 'permission' ? [event.permission] : []))
  expect(first).toMatchObject({ state: 'answered', policy: { kind: 'edit' }, proposal: null })
  await expect(async () =>
    world.sessions.handlers.allowAlways({ permissionId: permission?.id ?? 'permission_x' }),
  ).rejects.toMatchObject({ kind: 'conflict' })
})

it(
  'forks a session from a turn: by itself from the last one, told the record from an earlier one',
  { timeout: 120_000 },
  async () => {
    world = await createWorld({ openCode: true })
    world.model.answer('FIRST', ({ text }) => text('The fruit is plum.'))
    world.model.answer('SECOND', ({ text }) => text('The colour is teal.'))
    const id = world.create('opencode')
    world.send(id, 'FIRST')
    await world.turns(id, 1)
    world.send(id, 'SECOND')
    await world.turns(id, 2)
    const turnIds = world
      .rows(id)
      .flatMap(({ event, turnId }) => (event.type === 'turn_ended' && turnId !== null ? [turnId] : []))
    const before = world.rows(id)
    const fork = async (turnId: TurnId, again = false): Promise<SessionId> => {
      const made = await world.sessions.handlers.fork({ turnId, again, agentId: 'opencode', modelId: null })
      await world.idle(made.id)
      return made.id
    }
    const boundaries = (sessionId: SessionId) =>
      world.rows(sessionId).flatMap(({ event }) => (event.type === 'memory_boundary' ? [event] : []))
    const [first, second] = turnIds
    if (first === undefined || second === undefined) throw new Error('no turns')

    const late = await fork(second)
    expect(world.sessions.detail(late)).toMatchObject({ memory: 'live' })
    world.send(late, 'what do you know?')
    await world.turns(late, 1)
    expect(world.model.requests.at(-1)?.conversation).toContain('The colour is teal.')
    // It knows by itself: nothing was told, and nothing it repeated is in the record.
    expect(boundaries(late)).toEqual([])
    expect(world.rows(late).map(({ event }) => event.type)).toEqual(
      expect.arrayContaining(['forked', 'prompt', 'turn_ended']),
    )
    expect(world.said(late)).not.toContain('teal')

    const early = await fork(first)
    expect(boundaries(early)).toMatchObject([{ turnsTold: 1, turnsTotal: 1 }])
    world.send(early, 'and you?')
    await world.turns(early, 1)
    const told = world.model.requests.at(-1)?.conversation
    expect(told).toContain('The fruit is plum.')
    expect(told).not.toContain('teal')

    // Asked again: what was before is known, the prompt is the turn's.
    const retried = await fork(second, true)
    await world.turns(retried, 1)
    expect(world.said(retried)).toBe('The colour is teal.')
    expect(boundaries(retried)[0]?.brief).toContain('plum')
    const anew = await fork(first, true)
    await world.turns(anew, 1)
    expect(world.said(anew)).toBe('The fruit is plum.')
    expect(boundaries(anew)).toEqual([])

    // A fork of a fork that lost its memory is told all of it.
    await world.restart()
    const deep = await fork(
      world.rows(early).find(({ event }) => event.type === 'turn_ended')?.turnId ?? second,
    )
    world.send(deep, 'go on')
    await world.turns(deep, 1)
    expect(world.model.requests.at(-1)?.conversation).toContain('plum')
    expect(world.rows(id)).toEqual(before)
    const brief = await world.sessions.handlers.brief({ sessionId: deep, characters: 10_000 })
    expect(brief).toContain('and you?')

    // The same once more, in the session itself.
    await world.sessions.handlers.askTurnAgain({ turnId: first })
    await world.turns(id, 3)
    expect(world.said(id)).toBe('The fruit is plum.The colour is teal.The fruit is plum.')
    expect(world.problems).toEqual([])
  },
)
