import { expect, it } from 'vitest'
import { createSerial } from '../../../src/main/task/serial'

function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

it('commands of one task run one after the other, in the order they came', async () => {
  const serial = createSerial()
  const first = gate()
  const order: string[] = []
  const one = serial('a', async () => {
    order.push('one starts')
    await first.opened
    order.push('one ends')
  })
  const two = serial('a', async () => {
    order.push('two')
  })
  first.open()
  await Promise.all([one, two])
  expect(order).toEqual(['one starts', 'one ends', 'two'])
})

it('another task does not wait', async () => {
  const serial = createSerial()
  const first = gate()
  const held = serial('a', () => first.opened)
  expect(await serial('b', async () => 'done')).toBe('done')
  first.open()
  await held
})

it('a failure reaches its own caller and nobody else', async () => {
  const serial = createSerial()
  const failing = serial('a', () => Promise.reject(new Error('no')))
  const next = serial('a', async () => 'fine')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('fine')
})
