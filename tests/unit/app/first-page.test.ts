import { expect, it } from 'vitest'
import { bodyOf, createFirstPage } from '../../../src/main/app/first-page'

async function settled(promise: Promise<void>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(resolve, false))
  return Promise.race([promise.then(() => true), later])
}

it('a page is served once its scripts were taken, whatever failed beside them', async () => {
  const page = createFirstPage()
  const html = page.asked('/index.html')
  html()
  expect(await settled(page.served)).toBe(false)
  const script = page.asked('/assets/index.js')
  const style = page.asked('/assets/index.css')
  script()
  script()
  expect(await settled(page.served)).toBe(false)
  style()
  expect(await settled(page.served)).toBe(true)
})

it('a body comes whole, and says when it was taken', async () => {
  let taken = 0
  const content = new Uint8Array([1, 2, 3])
  const response = new Response(bodyOf(content, () => taken++))
  expect(taken).toBe(0)
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(content)
  expect(taken).toBe(1)
})

it('a body nobody wants any more counts as taken', async () => {
  let taken = 0
  await bodyOf(new Uint8Array(1), () => taken++).cancel()
  expect(taken).toBe(1)
})
