import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { eventually } from '../sandbox/support'
import { createWorld, type World } from './world'

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
