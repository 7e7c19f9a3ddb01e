import { array, assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bodyWith,
  closesIssue,
  proposedTitle,
  lacksFooter,
  publishedBody,
  withFooter,
  summaryOf,
} from '../../../src/main/repository/publish-text'
import { isTemplate } from '../../../src/main/task/git/templates'

describe('the summary of a task', () => {
  it('has the last words of the agent, then what was asked for', () => {
    expect(
      summaryOf('Make it fast', {
        prompts: ['Make it fast', 'Add a test\nfor it', ' '],
        answer: ' It is fast. ',
      }),
    ).toBe('It is fast.\n\n**Asked for**\n\n> Make it fast\n>\n> - Add a test')
  })

  it('is the prompt before the first turn, and nothing without one', () => {
    expect(summaryOf('One\n\ntwo', { prompts: [], answer: '' })).toBe('**Asked for**\n\n> One\n>\n> two')
    expect(summaryOf('  ', { prompts: [], answer: '' })).toBe('')
  })

  it('stays within bounds, whatever was said', () => {
    const long = 'é👩‍👩‍👧'.repeat(20_000)
    const summary = summaryOf(long, { prompts: Array.from({ length: 50 }, () => long), answer: long })
    expect(summary.length).toBeLessThan(12_000)
    expect(summary.isWellFormed()).toBe(true)
    expect(summary).toContain('> - and 41 more')
  })
})

describe('a description', () => {
  it.each([
    ['', 'S', 'S'],
    ['## What\n\n## Tests\n', 'S', '## What\n\nS\n\n## Tests'],
    ['## Description', 'S', '## Description\n\nS'],
    ['Please read this.\n## Checklist\n- [ ] a', 'S', 'S\n\nPlease read this.\n## Checklist\n- [ ] a'],
    [
      '<!--\n## What\n-->\n## Changes\r\n<!-- here -->',
      'S',
      '<!--\n## What\n-->\n## Changes\n\nS\n\n<!-- here -->',
    ],
    ['```\n## What\n```', 'S', 'S\n\n```\n## What\n```'],
    ['## What', '', '## What'],
  ])('of the template %j', (template, summary, body) => {
    expect(bodyWith(template, summary)).toBe(body)
  })

  it('keeps every line of a template', () => {
    assert(
      property(array(constantFrom('## What', 'text', '<!--', '-->', '```', '', '# Tests')), (lines) => {
        const template = lines.join('\n').trim()
        const kept = bodyWith(template, 'SUMMARY')
          .split('\n')
          .filter((line) => line !== 'SUMMARY' && line !== '')
        expect(kept).toEqual(template.split('\n').filter((line) => line !== ''))
      }),
    )
  })

  it('gets the way back once, and keeps what somebody wrote there since', () => {
    expect(withFooter('Text\n', 'back')).toBe('Text\n\nback')
    expect(withFooter('', 'back')).toBe('back')
    expect(lacksFooter({ body: 'a\r\nb\n' }, 'a\nb', true)).toBe(true)
    expect(lacksFooter({ body: '' }, '', false)).toBe(true)
    expect(lacksFooter({ body: '' }, '', true)).toBe(false)
    expect(lacksFooter({ body: withFooter('Text', 'back') }, 'Text', true)).toBe(false)
    expect(lacksFooter({ body: 'Text, and more' }, 'Text', true)).toBe(false)
  })

  it('closes its issue once', () => {
    expect(publishedBody('Text\n', 7)).toBe('Text\n\nCloses #7')
    expect(publishedBody('Fixes #7', 7)).toBe('Fixes #7')
    expect(publishedBody(publishedBody('', 7), 7)).toBe('Closes #7')
    expect(publishedBody('', null)).toBe('')
    for (const text of ['closes #7', 'Resolved: #7', 'It fixes  #7.']) expect(closesIssue(text, 7)).toBe(true)
    for (const text of ['closes #71', 'see #7', 'encloses #7', 'closes acme/engine#7'])
      expect(closesIssue(text, 7)).toBe(false)
  })
})

it('a title is one line GitHub takes', () => {
  expect(proposedTitle('  feat:\nfast ')).toBe('feat: fast')
  assert(
    property(string({ unit: 'grapheme', maxLength: 600 }), (text) => {
      const title = proposedTitle(text)
      expect(title.length).toBeLessThanOrEqual(256)
      expect(title).not.toContain('\n')
    }),
  )
})

it.each([
  ['pull_request_template.md', true],
  ['PULL_REQUEST_TEMPLATE', true],
  ['.github/Pull_Request_Template.md', true],
  ['docs/pull_request_template.txt', true],
  ['.github/PULL_REQUEST_TEMPLATE/fix.md', true],
  ['PULL_REQUEST_TEMPLATE/a.md', true],
  ['docs/pull_request_template/b.md', true],
  ['src/pull_request_template.md', false],
  ['.github/sub/pull_request_template.md', false],
  ['.github/PULL_REQUEST_TEMPLATE/sub/fix.md', false],
  ['.github/PULL_REQUEST_TEMPLATE/picture.png', false],
  ['.github/my_pull_request_template.md', false],
])('whether %s is a template: %s', (path, is) => {
  expect(isTemplate(path)).toBe(is)
})
