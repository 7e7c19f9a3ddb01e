import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createGh } from '../../../src/main/github/accounts/gh'
import { openAccountsWorld } from './accounts-world'

describe('a pasted token', () => {
  it('is checked at once and says whose it is, what it may do and what it lacks', async () => {
    const world = await openAccountsWorld()
    const ends = Date.parse('2099-01-01T00:00:00Z')
    const token = world.github.model.addToken(world.ada, { scopes: ['repo'], expiresAt: ends })

    const account = await world.accounts.addToken(`http://${world.github.host}`, token.value)

    expect(account).toMatchObject({
      host: world.github.host,
      login: 'ada',
      name: 'Ada',
      source: 'pasted',
      scopes: ['repo'],
      expiresAt: ends,
      state: 'connected',
      problem: null,
      stored: true,
    })
    expect(account.missing.map(({ scope }) => scope)).toEqual(['read:org', 'workflow'])
    expect(world.accounts.list()).toEqual([account])
    expect(world.told).toEqual([`changed ${account.id}`, `connected ${account.id}`])
    expect(world.audit()).toMatchObject([
      { kind: 'account.added', payload: { accountId: account.id, login: 'ada', source: 'pasted' } },
    ])
    expect(world.keychain.names()).toEqual([`github-token:${account.id}`])
  })

  it('is refused when GitHub does not know it, and nothing is kept', async () => {
    const world = await openAccountsWorld()
    await expect(world.accounts.addToken(world.github.host, 'ghp_wrongwrongwrong')).rejects.toMatchObject({
      kind: 'credentials',
      reason: 'unauthorized',
    })
    expect(world.accounts.list()).toEqual([])
    expect(world.keychain.names()).toEqual([])
    expect(world.audit()).toEqual([])
  })

  it.each(['ftp://example.com', 'https://user:pass@example.com', 'http://example.com', 'a b'])(
    'goes to no host %j',
    async (host) => {
      const world = await openAccountsWorld()
      await expect(world.accounts.addToken(host, 'ghp_whatever')).rejects.toMatchObject({
        kind: 'invalid_input',
      })
    },
  )

  it('takes the place of the token of the same person, also after a rename; twice at once is one account', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const [first, second] = await Promise.all([
      world.accounts.addToken(host, model.addToken(world.ada).value),
      world.accounts.addToken(host, model.addToken(world.ada, { scopes: ['repo'] }).value),
    ])
    expect(second.id).toBe(first.id)
    model.renameOwner(world.ada, 'countess')
    const fine = model.addToken(world.ada, { kind: 'fine-grained' })
    const third = await world.accounts.addToken(host, fine.value)
    expect(third).toMatchObject({ id: first.id, login: 'countess', scopes: null, missing: [] })
    expect(world.accounts.list()).toHaveLength(1)
    expect(world.keychain.values()).toEqual([fine.value])
    expect(world.audit().map(({ kind }) => kind)).toEqual([
      'account.reconnected',
      'account.reconnected',
      'account.added',
    ])
  })

  it('of somebody else is another account', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const grace = model.addUser('grace')
    await world.accounts.addToken(host, model.addToken(world.ada).value)
    await world.accounts.addToken(host, model.addToken(grace).value)
    expect(world.accounts.list().map(({ login }) => login)).toEqual(['ada', 'grace'])
  })
})

describe('an account', () => {
  it('asks to be connected again once GitHub refuses its token, and is well again after that', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const token = model.addToken(world.ada)
    const { id } = await world.accounts.addToken(host, token.value)
    model.revoke(token)

    const checked = await world.accounts.check(id)

    expect(checked).toMatchObject({
      state: 'reconnect',
      problem: { kind: 'credentials', message: expect.stringContaining('ada') as string },
    })
    expect(world.accounts.isConnected(id)).toBe(false)
    const again = await world.restart()
    expect(again.get(id)).toMatchObject({ login: 'ada', state: 'reconnect' })
    world.told.length = 0
    expect(await again.addToken(host, model.addToken(world.ada).value)).toMatchObject({
      id,
      state: 'connected',
      problem: null,
    })
    expect(world.told).toContain(`connected ${id}`)
    expect(await again.check(id)).toMatchObject({ state: 'connected' })
  })

  it('keeps its state while GitHub cannot be asked', async () => {
    const world = await openAccountsWorld()
    const { id } = await world.accounts.addToken(
      world.github.host,
      world.github.model.addToken(world.ada).value,
    )
    world.setOnline(false)
    await expect(world.accounts.check(id)).rejects.toMatchObject({ kind: 'offline' })
    expect(world.accounts.get(id)).toMatchObject({ state: 'connected', problem: null })
  })

  it('lasts for one run without a keychain, and says so', async () => {
    const world = await openAccountsWorld({ keychain: false })
    const { model, host } = world.github
    const account = await world.accounts.addToken(host, model.addToken(world.ada).value)
    expect(account).toMatchObject({ state: 'connected', stored: false })
    const again = await world.restart()
    expect(again.get(account.id)).toMatchObject({
      state: 'reconnect',
      problem: { kind: 'credentials', next: expect.stringContaining('keychain') as string },
    })
    await expect(
      again.client(account.id).get('/user', { purpose: 'sync', read: () => 0 }),
    ).rejects.toMatchObject({
      reason: 'unauthorized',
    })
  })

  it('names the keychain when that does not open, and is well once it does', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const { id } = await world.accounts.addToken(host, model.addToken(world.ada).value)
    const again = await world.restart()
    world.keychain.lock(true)
    expect(await again.check(id)).toMatchObject({
      state: 'reconnect',
      problem: { message: 'The keychain cannot open it.' },
    })
    world.keychain.lock(false)
    expect(await again.check(id)).toMatchObject({ state: 'connected', problem: null })
  })

  it('loses its token when it is signed out, and is itself again after the next sign-in', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const { id } = await world.accounts.addToken(host, model.addToken(world.ada).value)
    await world.accounts.signOut(id)
    expect(world.keychain.names()).toEqual([])
    expect(world.accounts.list()).toEqual([])
    expect(world.accounts.isSignedIn(id)).toBe(false)
    expect(() => world.accounts.get(id)).toThrow(expect.objectContaining({ kind: 'not_found' }))
    await expect(world.accounts.check(id)).rejects.toMatchObject({ kind: 'not_found' })
    const back = await world.accounts.addToken(host, model.addToken(world.ada).value)
    expect(back.id).toBe(id)
    expect(world.audit().map(({ kind }) => kind)).toEqual([
      'account.reconnected',
      'account.signed_out',
      'account.added',
    ])
  })

  it('leaves no token of nobody in the keychain', async () => {
    const world = await openAccountsWorld()
    await world.keychain.secrets.set('github-token:account_0badc0de', 'ghp_orphan')
    await world.keychain.secrets.set('github-token:nonsense', 'ghp_orphan')
    await world.restart()
    expect(world.keychain.names()).toEqual([])
  })
})

describe('a token', () => {
  it('is in the keychain and nowhere else', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const token = model.addToken(world.ada)
    const account = await world.accounts.addToken(host, token.value)
    model.revoke(token)
    const checked = await world.accounts.check(account.id)
    const refused: unknown = await world.accounts.addToken(host, token.value).catch((error: unknown) => error)
    await world.accounts.signOut(account.id)
    const secret = token.value.slice(4)
    for (const text of [
      world.dump(),
      JSON.stringify([account, checked, refused]),
      String(refused),
      world.told,
    ])
      expect(String(text)).not.toContain(secret)
    expect(JSON.stringify(world.github.requests.map(({ url, body }) => [url, body]))).not.toContain(secret)
  })
})

describe('the gh command', () => {
  /** A program of that name on a PATH of its own, and what its files say. */
  async function gh(script: string, hosts: string | null, environment: Record<string, string> = {}) {
    const root = await mkdtemp(join(tmpdir(), 'foundry-gh-'))
    onTestFinished(() => rm(root, { recursive: true, force: true }))
    const file = join(root, 'bin', 'gh')
    await mkdir(dirname(file))
    await writeFile(file, `#!${process.execPath}\n${script}`)
    await chmod(file, 0o755)
    const config = join(root, 'config', 'gh')
    await mkdir(config, { recursive: true })
    if (hosts !== null) await writeFile(join(config, 'hosts.yml'), hosts)
    return createGh({
      environment: () =>
        Promise.resolve({
          PATH: [dirname(file), '/nonexistent'].join(delimiter),
          XDG_CONFIG_HOME: dirname(config),
          HOME: root,
          ...environment,
        }),
    })
  }

  it('is signed in by its variables too, which come before what it has stored', async () => {
    const stored = 'github.com:\n    user: ada\nghe.example.com:\n    user: grace\n'
    const hosts = async (environment: Record<string, string>, text: string | null = null) =>
      (await (await gh('', text, environment)).hosts()).hosts
    expect(await hosts({ GH_TOKEN: 'x' })).toEqual([{ host: 'github.com', login: null }])
    expect(await hosts({ GITHUB_TOKEN: 'x' }, stored)).toEqual([
      { host: 'github.com', login: null },
      { host: 'ghe.example.com', login: 'grace' },
    ])
    expect(await hosts({ GH_ENTERPRISE_TOKEN: 'x', GH_HOST: 'GHE.example.com' }, stored)).toEqual([
      { host: 'ghe.example.com', login: null },
      { host: 'github.com', login: 'ada' },
    ])
    expect(await hosts({ GH_TOKEN: 'x', GH_HOST: 'acme.ghe.com' })).toEqual([
      { host: 'github.com', login: null },
      { host: 'acme.ghe.com', login: null },
    ])
    // Of which host this is a token nobody says.
    expect(await hosts({ GH_ENTERPRISE_TOKEN: 'x', GH_TOKEN: ' ' })).toEqual([])
  })

  it('tells where it is signed in, and gives its token', async () => {
    const world = await openAccountsWorld()
    const { model, host } = world.github
    const token = model.addToken(world.ada, { kind: 'oauth' })
    const command = await gh(
      `const [a, b, c, host] = process.argv.slice(2)
       if (a === 'auth' && b === 'token' && c === '--hostname' && host === '${host}') console.log('${token.value}')
       else process.exit(1)`,
      `${host}:\n    user: ada\n`,
    )
    const signedIn = await openAccountsWorld({ gh: command })
    expect(await signedIn.accounts.signInWays()).toEqual({
      gh: [{ host, login: 'ada' }],
      ghProblem: null,
      device: [signedIn.github.host],
    })
    expect(await signedIn.accounts.useGh(host)).toMatchObject({
      login: 'ada',
      source: 'gh',
      state: 'connected',
    })
    expect(world.github.requests.length).toBe(1)
  })

  it('that fails is quoted, but not what it printed as a token', async () => {
    const command = await gh(
      `console.log('gho_secretsecret'); console.error('no oauth token found for example.com'); process.exit(1)`,
      null,
    )
    expect(await command.hosts()).toEqual({
      hosts: [],
      problem: expect.stringContaining('gh auth login') as string,
    })
    const error = await command.token('example.com').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      kind: 'credentials',
      detail: 'no oauth token found for example.com',
      next: 'Sign in with: gh auth login --hostname example.com',
    })
    expect(JSON.stringify(error) + String(error)).not.toContain('secretsecret')
  })

  it('that is not there is no failure of the list', async () => {
    const command = createGh({
      environment: () => Promise.resolve({ PATH: '/nonexistent', HOME: '/nonexistent' }),
    })
    expect(await command.hosts()).toEqual({
      hosts: [],
      problem: expect.stringContaining('not installed') as string,
    })
    await expect(command.token('github.com')).rejects.toMatchObject({ kind: 'credentials' })
  })
})

describe('a sign-in with a code', () => {
  async function open() {
    const world = await openAccountsWorld()
    world.github.devices.interval = 0
    const states: (string | undefined)[] = []
    let wake: () => void = () => undefined
    world.onDevice(() => {
      states.push(world.accounts.deviceSignIn()?.state)
      wake()
    })
    /** Resolves once the sign-in is no longer waited for. */
    const ended = async (): Promise<void> => {
      while (world.accounts.deviceSignIn()?.state === 'waiting')
        await new Promise<void>((resolve) => (wake = resolve))
    }
    return { ...world, states, ended }
  }

  it('shows the code, waits, and brings the account of whoever entered it', async () => {
    const world = await open()
    const signIn = await world.accounts.startDeviceSignIn(world.github.host)
    expect(signIn).toMatchObject({
      id: 'device',
      host: world.github.host,
      state: 'waiting',
      verificationUrl: `${world.github.url}/login/device`,
    })
    expect(world.github.devices.waiting).toEqual([signIn.userCode])
    await world.github.answered('POST /login/oauth/access_token')
    world.github.devices.approve(signIn.userCode, world.ada)
    await world.ended()
    expect(world.accounts.deviceSignIn()).toMatchObject({ state: 'succeeded', problem: null })
    expect(world.accounts.list()).toMatchObject([
      { login: 'ada', source: 'device', missing: [], state: 'connected' },
    ])
    expect(world.states).toEqual(['waiting', 'succeeded'])
  })

  it('ends as denied when the person denies it, and as expired when nobody answers', async () => {
    const world = await open()
    const denied = await world.accounts.startDeviceSignIn(world.github.host)
    world.github.devices.deny(denied.userCode)
    await world.ended()
    expect(world.accounts.deviceSignIn()).toMatchObject({ state: 'denied', problem: { kind: 'credentials' } })
    world.github.devices.lifetime = 0.001
    await world.accounts.startDeviceSignIn(world.github.host)
    await world.ended()
    expect(world.accounts.deviceSignIn()).toMatchObject({
      state: 'expired',
      problem: { kind: 'credentials' },
    })
    expect(world.accounts.list()).toEqual([])
  })

  it('is cancelled by the person, and by the next one', async () => {
    const world = await open()
    const first = await world.accounts.startDeviceSignIn(world.github.host)
    const second = await world.accounts.startDeviceSignIn(world.github.host)
    expect(second.userCode).not.toBe(first.userCode)
    world.github.devices.approve(first.userCode, world.ada)
    world.accounts.cancelDeviceSignIn()
    expect(world.accounts.deviceSignIn()).toMatchObject({ state: 'cancelled', userCode: second.userCode })
    // Nobody asks for either any more; the next sign-in is the only one that goes on.
    const third = await world.accounts.startDeviceSignIn(world.github.host)
    world.github.devices.approve(third.userCode, world.github.model.addUser('grace'))
    await world.ended()
    expect(world.accounts.list().map(({ login }) => login)).toEqual(['grace'])
  })

  it('fails in words when the host has none, and leaves no state behind', async () => {
    const world = await open()
    await expect(world.accounts.startDeviceSignIn('github.com')).rejects.toMatchObject({
      kind: 'unsupported',
    })
    world.github.devices.clientIds.add('somebody-else')
    await expect(world.accounts.startDeviceSignIn(world.github.host)).rejects.toMatchObject({
      kind: 'github',
    })
    expect(world.accounts.deviceSignIn()).toBeNull()
  })
})
