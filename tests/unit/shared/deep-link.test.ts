import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDeepLink, parseDeepLink } from '../../../src/shared/deep-link'
import { taskIdSchema } from '../../../src/shared/ids'

const task = 'task_0f8fad5b-d9cb-469f-a165-70867728950e'
const session = 'session_7c9e6679-7425-40de-944b-e07fc1f90ae7'
const turn = 'turn_9b2d1c3e-1111-4222-8333-444455556666'
const one = { type: 'pull_request', host: 'github.com', owner: 'acme', repository: 'engine', number: 12 }

describe('links to tasks', () => {
  it.each([
    [`foundry://task/${task}`, { type: 'task', taskId: task }],
    [`foundry://task/${task}/`, { type: 'task', taskId: task }],
    [`FOUNDRY://Task/${task}`, { type: 'task', taskId: task }],
    [`  foundry://task/${task}\n`, { type: 'task', taskId: task }],
    [`foundry://task/${task}/session/${session}`, { type: 'task', taskId: task, sessionId: session }],
    [
      `foundry://task/${task}/session/${session}/turn/${turn}`,
      { type: 'task', taskId: task, sessionId: session, turnId: turn },
    ],
    [`foundry://task/${task}/file?path=src/a.ts`, { type: 'file', taskId: task, path: 'src/a.ts' }],
    [
      `foundry://task/${task}/file?path=src%2Fd%C3%A9j%C3%A0%20vu.ts&line=12`,
      { type: 'file', taskId: task, path: 'src/déjà vu.ts', line: 12 },
    ],
  ])('reads %s', (link, expected) => {
    expect(parseDeepLink(link)).toEqual(expected)
  })

  it.each([
    '',
    ' ',
    'foundry://',
    'foundry://task',
    'foundry://task/',
    'foundry:///task',
    `foundry://task/${session}`,
    `foundry://task/${task}/session/${task}`,
    `foundry://task/${task}/session/${session}/turn/${session}`,
    `foundry://task/${task}/session/${session}/turn/${turn}/more`,
    `foundry://task/${task}/turn/${turn}`,
    `foundry://task/${task}/archive`,
    `foundry://task/${task}?run=1`,
    `foundry://task/${task}#x`,
    `foundry://task/../${task}`,
    `foundry://task/%74ask_0f8fad5b-d9cb-469f-a165-70867728950e`,
    `foundry://task/${task}\0`,
    `foundry://task/${task} --flag`,
    `https://task/${task}`,
    `foundry:task/${task}`,
    `xfoundry://task/${task}`,
    `foundry://user@task/${task}`,
    `foundry://task:80/${task}`,
    `foundry://task/${task}/file`,
    `foundry://task/${task}/file?path=`,
    `foundry://task/${task}/file?path=/etc/passwd`,
    `foundry://task/${task}/file?path=../x`,
    `foundry://task/${task}/file?path=a/%2e%2e/b`,
    `foundry://task/${task}/file?path=a%2F..%2Fb`,
    `foundry://task/${task}/file?path=a\\b`,
    `foundry://task/${task}/file?path=a%5C..%5Cb`,
    `foundry://task/${task}/file?path=C:x`,
    `foundry://task/${task}/file?path=a%00b`,
    `foundry://task/${task}/file?path=a%E2%80%AEb`,
    `foundry://task/${task}/file?path=a%`,
    `foundry://task/${task}/file?path=a%C3`,
    `foundry://task/${task}/file?path=a//b`,
    `foundry://task/${task}/file?path=a&path=b`,
    `foundry://task/${task}/file?path=a&line=0`,
    `foundry://task/${task}/file?path=a&line=-1`,
    `foundry://task/${task}/file?path=a&line=1e3`,
    `foundry://task/${task}/file?path=a&line=99999999`,
    `foundry://task/${task}/file?path=a&run=1`,
    `foundry://task/${task}/file?path=${'a'.repeat(1001)}`,
  ])('does not know %j', (link) => {
    expect(parseDeepLink(link).type).toBe('unknown_link')
  })
})

it('takes what is an id elsewhere for an id', () => {
  const ids = fc.oneof(
    fc.stringMatching(/^task_[0-9a-f-]{6,66}$/),
    fc.stringMatching(/^(task_)?[0-9a-gA-F-]{8}$/),
  )
  fc.assert(
    fc.property(ids, (id) => {
      const { type } = parseDeepLink(`foundry://task/${id}`)
      expect(type).toBe(taskIdSchema.safeParse(id).success ? 'task' : 'unknown_link')
    }),
  )
})

describe('links to pull requests', () => {
  it.each([
    'https://github.com/acme/engine/pull/12',
    'https://github.com/acme/engine/pull/12/',
    'https://github.com/acme/engine/pull/12/files',
    'https://github.com/acme/engine/pull/12/files?w=1&diff=split#diff-abc',
    'https://github.com/acme/engine/pull/12/commits/0123abc',
    'https://github.com/acme/engine/pull/12#discussion_r123',
    'https://github.com/acme/engine/pull/12?notification_referrer_id=x',
    'https://www.github.com/acme/engine/pull/12',
    'HTTPS://GitHub.COM/acme/engine/pull/12',
    'https://github.com:443/acme/engine/pull/12',
    ' \thttps://github.com/acme/engine/pull/12\r\n',
    '<https://github.com/acme/engine/pull/12>',
    '"https://github.com/acme/engine/pull/12"',
    '`https://github.com/acme/engine/pull/12`',
    '[Start faster (#12)](https://github.com/acme/engine/pull/12)',
    '[Start faster](<https://github.com/acme/engine/pull/12> "a title")',
    'foundry://pull?url=https%3A%2F%2Fgithub.com%2Facme%2Fengine%2Fpull%2F12',
    'foundry://pull/?url=https://github.com/acme/engine/pull/12',
    'foundry://pull?url=https://github.com/acme/engine/pull/12/files?w=1&diff=split#diff-abc',
    'foundry://open?url=https%3A%2F%2Fgithub.com%2Facme%2Fengine%2Fpull%2F12%23issuecomment-1',
  ])('reads %j', (link) => {
    expect(parseDeepLink(link)).toEqual(one)
  })

  it('keeps the host, with its port where it has one, and the name as it is written', () => {
    const read = (link: string): unknown => parseDeepLink(link)
    expect(read('https://GHE.example.com:8443/Acme/The.Engine_2/pull/7')).toEqual({
      type: 'pull_request',
      host: 'ghe.example.com:8443',
      owner: 'Acme',
      repository: 'The.Engine_2',
      number: 7,
    })
    expect(read('https://acme.ghe.com/o/r/pull/1')).toMatchObject({ host: 'acme.ghe.com' })
    expect(read('http://127.0.0.1:8080/o/r/pull/1')).toMatchObject({ host: '127.0.0.1:8080' })
    expect(read('https://intranet/o/r/pull/1')).toMatchObject({ host: 'intranet' })
  })

  it.each([
    'http://github.com/acme/engine/pull/12',
    'github.com/acme/engine/pull/12',
    '//github.com/acme/engine/pull/12',
    'ftp://github.com/acme/engine/pull/12',
    'javascript:https://github.com/acme/engine/pull/12',
    'https://github.com/acme/engine/pulls/12',
    'https://github.com/acme/engine/issues/12',
    'https://github.com/acme/engine/pull/',
    'https://github.com/acme/engine/pull/0',
    'https://github.com/acme/engine/pull/012',
    'https://github.com/acme/engine/pull/12x',
    'https://github.com/acme/engine/pull/9999999999',
    'https://github.com/acme/../pull/12',
    'https://github.com/acme/./pull/12',
    'https://github.com/a.b/engine/pull/12',
    'https://github.com//engine/pull/12',
    'https://github.com/acme/eng%69ne/pull/12',
    'https://github.com\\@evil.example/acme/engine/pull/12',
    'https://ada@github.com/acme/engine/pull/12',
    'https://ada:secret@github.com/acme/engine/pull/12',
    'https://github.com:0/acme/engine/pull/12',
    'https://github.com:65536/acme/engine/pull/12',
    'https://github..com/acme/engine/pull/12',
    'https://-github.com/acme/engine/pull/12',
    'https://gіthub.com/acme/engine/pull/12',
    'https://github.com/acme/engine/pull/12\u202e',
    'https://github.com/acme/engine/pull/12 and more',
    'https://github.com/acme/engine/pull/12\nhttps://github.com/acme/engine/pull/13',
    `https://${'a'.repeat(64)}.example/acme/engine/pull/12`,
    `https://github.com/acme/engine/pull/12?${'x'.repeat(80_000)}`,
    'foundry://pull',
    'foundry://pull?url=',
    'foundry://pull?url=foundry%3A%2F%2Fpull%3Furl%3Dx',
    'foundry://pull?url=https%3A%2F%2Fgithub.com%2Facme%2Fengine%2Fpull%2F12%0A',
    'foundry://pull?url=https%3A%2F%2Fgithub.com%2Facme%2Fengine%2Fpull%2F12%20x',
    'foundry://pull?url=javascript%3Aalert(1)',
    'foundry://pull?url=a&url=https://github.com/acme/engine/pull/12',
    'foundry://pull/acme?url=https://github.com/acme/engine/pull/12',
    'foundry://open?path=/etc/passwd',
  ])('does not know %j', (link) => {
    expect(parseDeepLink(link).type).toBe('unknown_link')
  })
})

describe('links to new tasks', () => {
  const read = (query: string): unknown => parseDeepLink(`foundry://new${query}`)

  it('reads what the task could be', () => {
    expect(read('')).toEqual({ type: 'new_task' })
    expect(read('?prompt=Fix+the%20parser%0A%0Aand%20its%20tests')).toEqual({
      type: 'new_task',
      prompt: 'Fix the parser\n\nand its tests',
    })
    expect(read('?repo=acme/engine&title=Faster&branch=faster/start')).toEqual({
      type: 'new_task',
      repository: { host: 'github.com', owner: 'acme', name: 'engine' },
      title: 'Faster',
      branch: 'faster/start',
    })
    for (const repo of ['ghe.example.com/acme/engine', 'https://GHE.example.com/acme/engine.git'])
      expect(read(`?repo=${encodeURIComponent(repo)}`)).toEqual({
        type: 'new_task',
        repository: { host: 'ghe.example.com', owner: 'acme', name: 'engine' },
      })
  })

  it('leaves out of a prompt what nobody could read before agreeing to it', () => {
    const tags = Array.from('run this', (letter) =>
      String.fromCodePoint(0xe0000 + letter.charCodeAt(0)),
    ).join('')
    const prompt = `Fix\u202e it${tags}\u200b\u0000\u001b[31m 👩‍💻\ufeff\u{e0101}\r\nnow`
    expect(read(`?prompt=${encodeURIComponent(prompt)}`)).toEqual({
      type: 'new_task',
      prompt: 'Fix it[31m 👩‍💻\nnow',
    })
    expect(read(`?title=${encodeURIComponent('One\nline\u2066')}`)).toEqual({
      type: 'new_task',
      title: 'One line',
    })
  })

  it.each([
    '?run=1',
    '?prompt=a&start=true',
    '?prompt=a&prompt=b',
    '?prompt=%',
    '?prompt=%ff',
    '/x?prompt=a',
    '#x',
    '?repo=engine',
    '?repo=acme/engine/more/x',
    '?repo=../engine',
    '?repo=acme/..',
    '?repo=http://github.com/acme/engine',
    '?repo=/home/ada/engine',
    '?repo=',
    '?branch=-delete',
    '?branch=a..b',
    '?branch=a%20b',
    '?branch=a%E2%80%AEb',
    `?prompt=${'a'.repeat(8001)}`,
    `?title=${'a'.repeat(201)}`,
  ])('does not know %j', (query) => {
    expect(parseDeepLink(`foundry://new${query}`).type).toBe('unknown_link')
  })
})

describe('whatever the text is', () => {
  /** Strings that broke an earlier version of the parser, or would have. */
  const broken = [
    'foundry://new?repo=acme/x.git.git',
    'foundry://new?repo=acme/..git',
    'foundry://new?prompt=%20%E2%80%8B%20a%20%E2%80%8B',
    'foundry://new?title=%C2%A0a%0D%0Db',
    'foundry://new?__proto__=x',
    'https://github.com/constructor/__proto__/pull/1',
    '[](',
    '[x]( )',
    `[${'a'.repeat(2000)}](${'b'.repeat(70_000)}`,
    '<>',
    '""',
    '\ud800',
    'foundry://new?prompt=\ud800',
    `${'https://a.'.repeat(7000)}/o/r/pull/1`,
  ]
  const pieces = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'foundry://',
      'https://',
      'http://',
      'task/',
      task,
      '/session/',
      session,
      '/turn/',
      turn,
      '/file',
      '?path=',
      '&line=',
      'pull',
      'new',
      'open',
      '?url=',
      '?repo=',
      '&prompt=',
      '&title=',
      '&branch=',
      'github.com',
      'localhost:80',
      '/acme',
      '/engine.git',
      '/pull/12',
      '%2F',
      '%2e%2e',
      '%00',
      '%E2%80%AE',
      '%F3%A0%81%A1',
      '..',
      '\\',
      '/',
      '#',
      '+',
      '<',
      '>',
      '[x](',
      ')',
      '"',
      ' ',
      '\n',
      '\0',
      '\u202e',
      '\ud83d',
      '7',
    ),
  )
  const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''))

  /** What is wrong with what was made of a text; empty when nothing is. */
  function flaws(text: string): string[] {
    const link = parseDeepLink(text)
    if (link.type === 'unknown_link') {
      const { length } = link.link
      return length > 200 || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(link.link)
        ? ['is shown with what cannot be seen']
        : []
    }
    const written = formatDeepLink(link)
    const again = parseDeepLink(written)
    return [
      isDeepStrictEqual(again, link) ? '' : `becomes ${JSON.stringify(again)}`,
      /^foundry:\/\/(?:task|pull|new)\b[\x21-\x7e]*$/.test(written) ? '' : `is written ${written}`,
      /(?![\u200c\u200d])[\p{Cf}\p{Cs}]/u.test(JSON.stringify(link)) ? 'has something unseen in it' : '',
      link.type === 'file' && /\/\.{0,2}\/|\\/.test(`/${link.path}/`) ? 'leads out of the checkout' : '',
    ].filter((flaw) => flaw !== '')
  }

  it('is a link that can be written and read again, or is not known', () => {
    for (const link of broken) expect({ link, flaws: flaws(link) }).toEqual({ link, flaws: [] })
    fc.assert(
      fc.property(text, (link) => {
        expect(flaws(link)).toEqual([])
      }),
      { numRuns: 3000 },
    )
  })

  it('keeps what it was given', () => {
    const prompt = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
    const link = fc.record({ type: fc.constant('new_task' as const), prompt, title: prompt })
    fc.assert(
      fc.property(link, (wanted) => {
        const read = parseDeepLink(formatDeepLink(wanted))
        expect(read).toMatchObject({ type: 'new_task' })
        expect(parseDeepLink(formatDeepLink(read as typeof wanted))).toEqual(read)
      }),
    )
  })

  it('takes time in proportion to what it holds, however long', () => {
    const long = 79_000
    for (const link of [
      `[${']('.repeat(long / 2)}`,
      `https://${'a-'.repeat(long / 2)}`,
      `https://${'a.'.repeat(long / 2)}`,
      `foundry://new?prompt=${'%20'.repeat(long / 3 - 100)}`,
      `foundry://new?${'&'.repeat(long)}`,
      `<${'<'.repeat(long)}`,
      `[a](${'b "'.repeat(long / 3)}`,
      ' '.repeat(long),
    ]) {
      // One that tries all ways to split it would take longer than the test may.
      expect(flaws(link)).toEqual([])
    }
  })
})
