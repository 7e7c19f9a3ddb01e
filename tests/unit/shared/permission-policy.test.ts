import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  commandOf,
  commandPrefix,
  decide,
  isInside,
  noPolicy,
  policyKinds,
  type PolicyQuestion,
  proposal,
  withProposal,
  withRule,
} from '../../../src/shared/permission-policy'
import { permissionPolicySchema, type PermissionPolicy } from '../../../src/shared/permission-policy-schema'

const cwd = '/work/tree'
const options: PolicyQuestion['options'] = [
  { id: 'once', kind: 'allow_once' },
  { id: 'always', kind: 'allow_always' },
  { id: 'no', kind: 'reject_once' },
]
const question = (toolCall: Record<string, unknown>, more: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  toolCall,
  options,
  mode: null,
  cwd,
  ...more,
})
const run = (command: unknown, more: Record<string, unknown> = {}) =>
  question({ kind: 'execute', rawInput: { command, ...more } })
const edit = (path: string) => question({ kind: 'edit', locations: [{ path }] })
const allowing = (...commands: string[]): PermissionPolicy =>
  permissionPolicySchema.parse({ rules: [], commands })
const rule = (
  kind: (typeof policyKinds)[number],
  decision: 'ask' | 'allow' | 'reject',
  mode: PolicyQuestion['mode'] = null,
): PermissionPolicy['rules'][number] => ({ kind, mode, decision })
const answers = (policy: PermissionPolicy, asked: PolicyQuestion) => decide(policy, asked)?.optionId ?? 'ask'

const anyQuestion = fc.record({
  toolCall: fc.dictionary(
    fc.constantFrom('kind', 'title', 'rawInput', 'locations', 'content'),
    fc.oneof(fc.constantFrom(...policyKinds), fc.jsonValue()),
  ),
  options: fc.array(
    fc.record({
      id: fc.string(),
      kind: fc.constantFrom('allow_once', 'allow_always', 'reject_once', 'reject_always'),
    }),
  ),
  mode: fc.option(fc.record({ agentId: fc.constantFrom('a', 'b'), modeId: fc.constantFrom('x', 'y') })),
  cwd: fc.constant(cwd),
}) as fc.Arbitrary<PolicyQuestion>

const anyPolicy: fc.Arbitrary<PermissionPolicy> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...policyKinds),
      mode: fc.option(fc.record({ agentId: fc.constantFrom('a', 'b'), modeId: fc.constantFrom('x', 'y') })),
      decision: fc.constantFrom('ask' as const, 'allow' as const, 'reject' as const),
    }),
  )
  .map((rules) => rules.reduce((policy, one) => withRule(policy, one), noPolicy))

describe('a policy', () => {
  it('asks by itself, whatever is asked', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        expect(decide(noPolicy, asked)).toBeNull()
      }),
    )
  })

  it('answers only with the one option that says its decision once', () => {
    fc.assert(
      fc.property(anyPolicy, anyQuestion, (policy, asked) => {
        const decided = decide(policy, asked)
        if (decided === null) return
        const fitting = asked.options.filter(({ kind }) => kind === `${decided.grounds.decision}_once`)
        expect(fitting.map(({ id }) => id)).toEqual([decided.optionId])
        expect(policyKinds).toContain(asked.toolCall['kind'])
        expect(
          policy.rules.some(
            (one) => one.kind === decided.grounds.kind && one.decision === decided.grounds.decision,
          ),
        ).toBe(true)
      }),
    )
  })

  it('decides by kind, and by mode before that', () => {
    const plan = { agentId: 'claude', modeId: 'plan' }
    let policy = withRule(noPolicy, rule('edit', 'allow'))
    policy = withRule(policy, rule('edit', 'reject', plan))
    expect(answers(policy, edit('a.txt'))).toBe('once')
    expect(answers(policy, { ...edit('a.txt'), mode: plan })).toBe('no')
    expect(answers(policy, { ...edit('a.txt'), mode: { agentId: 'codex', modeId: 'plan' } })).toBe('once')
    expect(answers(policy, question({ kind: 'delete', locations: [{ path: 'a.txt' }] }))).toBe('ask')
    policy = withRule(policy, rule('edit', 'ask', plan))
    expect(answers(policy, { ...edit('a.txt'), mode: plan })).toBe('ask')
    expect(withRule(withRule(noPolicy, rule('edit', 'allow')), rule('edit', 'ask'))).toEqual(noPolicy)
  })

  it.each(['think', 'switch_mode', 'teleport', '', null, 7, undefined])('asks about the kind %j', (kind) => {
    const policy = policyKinds.reduce((all, one) => withRule(all, rule(one, 'allow')), noPolicy)
    expect(answers(policy, question({ kind }))).toBe('ask')
  })

  it('asks where the agent offers no such answer, or several', () => {
    const policy = withRule(withRule(noPolicy, rule('fetch', 'allow')), rule('search', 'reject'))
    const of = (kind: string, ...kinds: PolicyQuestion['options'][number]['kind'][]) =>
      answers(
        policy,
        question({ kind }, { options: kinds.map((one, nth) => ({ id: `${one}${nth}`, kind: one })) }),
      )
    expect(of('fetch', 'allow_always', 'reject_once')).toBe('ask')
    expect(of('fetch', 'allow_once', 'allow_once')).toBe('ask')
    expect(of('fetch', 'reject_once', 'allow_once')).toBe('allow_once1')
    expect(of('search', 'allow_once', 'reject_always')).toBe('ask')
    expect(of('search', 'allow_once', 'reject_once')).toBe('reject_once1')
  })

  it.each([
    ['/work/tree/src/a.ts', 'once'],
    ['src/a.ts', 'once'],
    ['/work/tree/src/../../tree/a.ts', 'once'],
    ['/work/tree/../other/a.ts', 'ask'],
    ['../a.ts', 'ask'],
    ['/work/treehouse/a.ts', 'ask'],
    ['/etc/passwd', 'ask'],
    ['~/.bashrc', 'ask'],
    ['$HOME/.bashrc', 'ask'],
    ['file:///work/tree/a.ts', 'ask'],
    ['.git/hooks/pre-commit', 'ask'],
    ['/work/tree/sub/.GIT/config', 'ask'],
    ['', 'ask'],
    ['/work/tree/a\0', 'ask'],
  ])('allows an edit of %j: %s', (path, answer) => {
    expect(answers(withRule(noPolicy, rule('edit', 'allow')), edit(path))).toBe(answer)
  })

  it('asks where a change names no place, or one of several is elsewhere', () => {
    const policy = withRule(withRule(noPolicy, rule('edit', 'allow')), rule('read', 'allow'))
    expect(answers(policy, question({ kind: 'edit' }))).toBe('ask')
    expect(answers(policy, question({ kind: 'read' }))).toBe('once')
    expect(answers(policy, question({ kind: 'read', rawInput: { filePath: '/etc/shadow' } }))).toBe('ask')
    expect(
      answers(
        policy,
        question({
          kind: 'edit',
          locations: [{ path: 'a' }],
          content: [{ type: 'diff', path: '/etc/hosts', newText: '' }],
        }),
      ),
    ).toBe('ask')
    expect(answers(policy, question({ kind: 'edit', locations: [{ path: 1 }] }))).toBe('ask')
    expect(
      answers(
        policy,
        question({ kind: 'edit', locations: [{ path: 'a' }], rawInput: { paths: ['b', '/c'] } }),
      ),
    ).toBe('ask')
    // To refuse no place has to be known.
    expect(answers(withRule(noPolicy, rule('edit', 'reject')), question({ kind: 'edit' }))).toBe('no')
  })
})

describe('allowed commands', () => {
  const policy = allowing('npm test', 'git log')

  it.each([
    'npm test',
    '  npm   test  ',
    'npm test -- --watch=false src/a.test.ts',
    "git log --format='one line' --since=yesterday",
    'npm test "a b"',
  ])('hold for %j', (command) => {
    expect(answers(policy, run(command))).toBe('once')
    expect(decide(policy, run(command))?.grounds).toMatchObject({ decision: 'allow', mode: null })
  })

  it.each([
    'npm',
    'npm tests',
    'npm testing',
    'npmtest',
    'npm "test"',
    'sudo npm test',
    'FOO=1 npm test',
    './npm test',
    'npm test; rm -rf /',
    'npm test;rm -rf /',
    'npm test && rm -rf /',
    'npm test & rm -rf /',
    'npm test || rm -rf /',
    'npm test | sh',
    'npm test > ~/.bashrc',
    'npm test < /etc/passwd',
    'npm test\nrm -rf /',
    'npm test\r\nrm -rf /',
    'npm test $(rm -rf /)',
    'npm test `rm -rf /`',
    'npm test "$(rm -rf /)"',
    'npm test "`rm -rf /`"',
    'npm test $HOME',
    'npm test ${IFS}x',
    'npm test {a,b}',
    'npm test <(rm -rf /)',
    'npm test *',
    'npm test \\\nrm',
    'npm test # x',
    'npm test !1',
    'npm test %PATH%',
    'npm test ^& del',
    'npm test "a',
    "npm test 'a",
    'npm test\u0000',
    'npm\u00a0test',
    'npm test\u2028rm',
    'npm test\u000brm',
    '',
    ' ',
  ])('do not hold for %j', (command) => {
    expect(answers(policy, run(command))).toBe('ask')
  })

  it('never hold for what has a character a shell acts on in it, wherever it stands', () => {
    const acted = ';&|<>`$(){}[]*?!#%^\\\n\r\0\v\f\u2028\u2029\u0085\u00a0'.split('')
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(...acted),
        fc.string(),
        fc.constantFrom('', '"', "'", ' '),
        (before, character, after, quote) => {
          const command = `npm test ${quote}${before}${character}${after}${quote}`
          expect(answers(policy, run(command))).toBe('ask')
          expect(answers(policy, run(['bash', '-lc', command]))).toBe('ask')
        },
      ),
    )
  })

  it('hold for exactly the commands whose first words are theirs', () => {
    const part = fc.stringMatching(/^[a-z./=-]{1,6}$/)
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.array(part, { minLength: 1 }), (prefix, words) => {
        const begins = prefix.every((one, nth) => words[nth] === one)
        expect(answers(allowing(prefix.join(' ')), run(words.join(' ')))).toBe(begins ? 'once' : 'ask')
        expect(answers(allowing(prefix.join(' ')), run([...prefix, ...words].join('\t')))).toBe('once')
      }),
    )
  })

  it('are read from a list of words, and from a shell that runs one', () => {
    expect(answers(policy, run(['npm', 'test']))).toBe('once')
    expect(answers(policy, run(['bash', '-lc', 'npm test']))).toBe('once')
    expect(answers(policy, run(['/bin/sh', '-c', 'npm test && x']))).toBe('ask')
    expect(answers(policy, run(['npm', 'test; rm -rf /']))).toBe('ask')
    expect(answers(policy, run(['npm test', 'x']))).toBe('ask')
    expect(answers(policy, run(['npm', 7]))).toBe('ask')
    expect(commandOf({ rawInput: 'npm test' })).toBeNull()
  })

  it('do not hold in another folder or with other variables', () => {
    expect(answers(policy, run('npm test', { cwd }))).toBe('once')
    expect(answers(policy, run('npm test', { cwd: '/elsewhere' }))).toBe('ask')
    expect(answers(policy, run('npm test', { workdir: '..' }))).toBe('ask')
    expect(answers(policy, run('npm test', { env: { PATH: '/evil' } }))).toBe('ask')
    expect(answers(policy, run('npm test', { env: {} }))).toBe('once')
  })

  it('stand beside what is said of all commands', () => {
    expect(answers(withRule(policy, rule('execute', 'reject')), run('npm test'))).toBe('once')
    expect(answers(withRule(policy, rule('execute', 'reject')), run('npm run x'))).toBe('no')
    expect(answers(withRule(policy, rule('execute', 'allow')), run('npm run x && y'))).toBe('once')
    const mode = { agentId: 'claude', modeId: 'plan' }
    const strict = withRule(policy, rule('execute', 'ask', mode))
    expect(answers(strict, { ...run('npm test'), mode })).toBe('ask')
  })

  it('are only such as can be matched', () => {
    expect(commandPrefix('  npm   run\tx ')).toBe('npm run x')
    for (const text of ['', 'a; b', 'a && b', 'a\nb', '$(a)', 'a *']) {
      expect(commandPrefix(text)).toBeNull()
      expect(permissionPolicySchema.safeParse({ rules: [], commands: [text] }).success).toBe(false)
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const prefix = commandPrefix(text)
        expect(prefix === null ? null : commandPrefix(prefix)).toBe(prefix)
      }),
    )
  })
})

describe('what "always allow" proposes', () => {
  it('answers the question it was made for, and nothing of another kind', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const proposed = proposal(asked)
        if (proposed === null) return
        const policy = withProposal(noPolicy, proposed)
        expect(decide(policy, asked)?.grounds).toMatchObject({ decision: 'allow', kind: proposed.kind })
        for (const kind of policyKinds.filter((one) => one !== proposed.kind))
          expect(decide(policy, question({ kind, locations: [{ path: 'a' }] }))).toBeNull()
      }),
    )
  })

  it('is the very command, and nothing where that is not plain', () => {
    expect(proposal(run('npm  test --watch'))).toEqual({ kind: 'execute', command: 'npm test --watch' })
    expect(withProposal(noPolicy, { kind: 'execute', command: 'npm test' })).toEqual(allowing('npm test'))
    expect(proposal(run('npm test && x'))).toBeNull()
    expect(proposal(edit('a.txt'))).toEqual({ kind: 'edit', command: null })
    expect(proposal(edit('/etc/passwd'))).toBeNull()
    expect(proposal(question({ kind: 'other' }))).toBeNull()
    expect(proposal(question({ kind: 'delete', locations: [{ path: 'a' }] }))).toBeNull()
    expect(proposal(question({ kind: 'fetch' }, { options: [{ id: 'x', kind: 'allow_always' }] }))).toBeNull()
  })
})

it('tells places on Windows apart', () => {
  const root = 'C:\\work\\tree'
  expect(isInside(root, 'c:\\WORK\\tree\\a.txt')).toBe(true)
  expect(isInside(root, 'src/a.txt')).toBe(true)
  expect(isInside(root, 'C:\\work\\tree\\..\\x')).toBe(false)
  expect(isInside(root, 'D:\\work\\tree\\a')).toBe(false)
  expect(isInside(root, '\\\\server\\share\\a')).toBe(false)
  expect(isInside(root, '\\windows\\a')).toBe(false)
})
