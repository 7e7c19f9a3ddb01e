import { expect, it } from 'vitest'
import { prose } from '../../../src/main/history/export/html'

it('reads what is written as markdown', () => {
  expect(prose('# Title\n\n- one\n- two')).toContain('<li>one</li>')
  expect(prose(`| a |\n| ${'-'.repeat(60)} |\n| b |`)).toContain('<table>')
})

it('leaves text alone that is nested too deeply', () => {
  expect(prose(`${'> '.repeat(40)}x`)).toMatch(/^<div class="text">/)
  expect(prose(`${'- '.repeat(4000)}x`)).toMatch(/^<div class="text">/)
})

// Each space could once be read in two ways: this one took for ever.
it('decides at once what nearly is nested too deeply', () => {
  expect(prose(`${'- '.repeat(39)}x`)).toContain('x')
})
