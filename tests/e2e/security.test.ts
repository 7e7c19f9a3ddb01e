import { execFile } from 'node:child_process'
import { chmod, chown, copyFile, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { readFuses } from '../../scripts/build/fuses.mjs'
import { appExecutable } from './support/app'
import { expect, test } from './support/test'
import { writeExecutable, type World } from './support/world'

const run = promisify(execFile)

test('the window is sandboxed, isolated and without node', async ({ foundry }) => {
  const app = await foundry.start()
  const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>
    }
    return contents.getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  })
  for (const name of [
    'nodeIntegrationInSubFrames',
    'nodeIntegrationInWorker',
    'allowRunningInsecureContent',
    'experimentalFeatures',
    'navigateOnDragDrop',
  ])
    expect(preferences[name] ?? false, name).toBe(false)
  expect(preferences['enableBlinkFeatures'] ?? '').toBe('')

  const reach = await app.window.evaluate(() => {
    const page = globalThis as unknown as Record<string, unknown>
    const bridge = page['foundry'] as Record<string, unknown>
    return {
      globals: ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron'].filter(
        (name) => typeof page[name] !== 'undefined',
      ),
      bridge: Object.fromEntries(Object.entries(bridge).map(([key, value]) => [key, typeof value])),
    }
  })
  expect(reach.globals).toEqual([])
  const { platform, ...functions } = reach.bridge
  expect(platform).toBe('string')
  expect(new Set(Object.values(functions))).toEqual(new Set(['function']))
})

test('pages come with a strict policy and nothing else is served', async ({ foundry }) => {
  const { window } = await foundry.start()
  const answers = await window.evaluate(async () => {
    const read = async (path: string) => {
      const response = await fetch(path).catch(() => null)
      return response === null
        ? null
        : { status: response.status, policy: response.headers.get('content-security-policy') ?? '' }
    }
    return {
      page: await read('index.html'),
      outside: await read('..%2f..%2fpackage.json'),
      encoded: await read('%2e%2e/%2e%2e/main/index.js'),
      absolute: await read('/etc/passwd'),
    }
  })
  expect(answers.page?.status).toBe(200)
  const policy = new Map(
    (answers.page?.policy ?? '').split(';').map((directive) => {
      const [name, ...values] = directive.trim().split(' ')
      return [name, values.join(' ')]
    }),
  )
  expect(policy.get('default-src')).toBe("'none'")
  expect(policy.get('script-src')).toBe("'self'")
  expect(policy.get('connect-src')).toBe("'self'")
  for (const name of ['base-uri', 'form-action', 'object-src', 'frame-src'])
    expect(policy.get(name), name).toBe("'none'")
  for (const refused of [answers.outside, answers.encoded, answers.absolute])
    expect(refused?.status ?? 403).toBeGreaterThanOrEqual(400)

  // The policy is not only said: inline script, eval and a foreign host are refused.
  const held = await window.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'globalThis.inlineRan = true'
    document.head.append(script)
    let evaluated = true
    try {
      ;(0, eval)('1')
    } catch {
      evaluated = false
    }
    const fetched = await fetch('https://example.com').then(
      () => true,
      () => false,
    )
    const file = await fetch('file:///etc/passwd').then(
      () => true,
      () => false,
    )
    // Only here, after something was waited for, does the policy hold for what a test runs.
    const compiled = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(
      () => true,
      () => false,
    )
    return { inline: 'inlineRan' in globalThis, evaluated, compiled, fetched, file }
  })
  expect(held.inline).toBe(false)
  expect(held.compiled).toBe(false)
  expect(held.fetched).toBe(false)
  expect(held.file).toBe(false)
})

test('windows, navigation, frames and permissions are denied', async ({ foundry, world }) => {
  const app = await foundry.start()
  const { electron, window } = app
  await electron.evaluate(({ shell }) => {
    const opened: string[] = []
    Object.assign(globalThis, { openedOutside: opened })
    shell.openExternal = async (url: string) => void opened.push(url)
  })
  const address = window.url()

  const opened = await window.evaluate(() =>
    [
      'https://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'foundry://task/x',
      location.href,
    ].map((url) => globalThis.open(url) === null),
  )
  expect(opened).toEqual([true, true, true, true, true])
  await expect
    .poll(() => electron.evaluate(() => (globalThis as unknown as { openedOutside: string[] }).openedOutside))
    .toEqual(['https://example.com/'])

  // The page that was marked is still the one on screen: it was never left. What Chromium refuses by itself
  // comes first; the last is refused by us, and logged when that is done.
  await window.evaluate(() => Object.assign(globalThis, { marked: true }))
  for (const target of ['file:///etc/passwd', 'data:text/html,x', 'https://example.com/'])
    await window.evaluate((url) => void (location.href = url), target)
  await expect
    .poll(() => readFile(join(world.foundry, 'logs', 'main.log'), 'utf8'))
    .toMatch(/refused navigation.* to https:\/\/example\.com\//)
  expect(window.url()).toBe(address)
  expect(await window.evaluate(() => 'marked' in globalThis)).toBe(true)
  expect(electron.windows()).toHaveLength(1)

  const permissions = await window.evaluate(async () => {
    const state = async (name: string) =>
      (await navigator.permissions.query({ name: name as PermissionName })).state
    const refused = async (run: () => Promise<unknown>) =>
      run().then(
        () => false,
        () => true,
      )
    return {
      states: await Promise.all(['geolocation', 'camera', 'microphone', 'notifications'].map(state)),
      media: await refused(() => navigator.mediaDevices.getUserMedia({ audio: true, video: true })),
      screen: await refused(() => navigator.mediaDevices.getDisplayMedia()),
      notification: await Notification.requestPermission(),
      clipboardRead: await refused(() => navigator.clipboard.readText()),
    }
  })
  expect(permissions.states).not.toContain('granted')
  expect(permissions).toMatchObject({ media: true, screen: true, clipboardRead: true })
  expect(permissions.notification).not.toBe('granted')

  const frame = await window.evaluate(async () => {
    const element = document.createElement('iframe')
    element.src = 'https://example.com/'
    const webview = document.createElement('webview')
    document.body.append(element, webview)
    const bridge = (element.contentWindow as unknown as Record<string, unknown> | null)?.['foundry']
    const found = { bridge: typeof bridge, webview: 'getURL' in webview }
    element.remove()
    webview.remove()
    return found
  })
  expect(frame).toEqual({ bridge: 'undefined', webview: false })
})

test('only the main frame of our own window is answered', async ({ foundry }) => {
  const { electron, window } = await foundry.start()
  const address = window.url()
  const answer = await electron.evaluate(async ({ app, BrowserWindow }, url) => {
    // The same page with the same preload, in a window that is not one of ours.
    const preload = `${app.getAppPath()}/out/preload/index.cjs`
    const stranger = new BrowserWindow({ show: false, webPreferences: { sandbox: true, preload } })
    await stranger.loadURL(url)
    const ask = (code: string): Promise<unknown> => stranger.webContents.executeJavaScript(code, true)
    const result = {
      call: await ask(`foundry.call('app.updateSettings', { zoom: 2 })`),
      subscribe: await ask(`foundry.subscribe('app')`),
      page: await ask(`foundry.page('app', '')`),
    }
    stranger.destroy()
    return result
  }, address)
  for (const [name, given] of Object.entries(answer)) expect(given, name).toMatchObject({ ok: false })

  const ours = await window.evaluate(async () => {
    const { foundry } = globalThis as unknown as {
      foundry: { call(operation: string, input: unknown): Promise<{ ok: boolean; error?: { kind: string } }> }
    }
    const attempts = [
      ['app.updateSettings', { zoom: 'large' }],
      ['app.updateSettings', { zoom: 99 }],
      ['nothing.here', {}],
      ['__proto__.toString', {}],
      ['app.constructor', {}],
      ['session.send', { sessionId: '../../etc', text: 'x' }],
      ['app.openExternal', { url: 'file:///etc/passwd' }],
      ['app.openExternal', { url: 'https://github.com@example.com/' }],
    ] as const
    const answers: Record<string, string> = {}
    for (const [operation, input] of attempts) {
      const answer = await foundry.call(operation, input)
      answers[`${operation} ${JSON.stringify(input)}`] = answer.ok ? 'accepted' : (answer.error?.kind ?? '')
    }
    return answers
  })
  for (const [attempt, kind] of Object.entries(ours))
    expect(['invalid_input', 'not_found', 'unsupported'], `${attempt}: ${kind}`).toContain(kind)
})

test('the database and the logs are private to the person', async ({ foundry, world }) => {
  const app = await foundry.start()
  const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
  expect(await mode(world.foundry)).toBe('700')
  const files = (await readdir(world.foundry)).filter((name) => /\.db(-wal|-shm)?$/.test(name))
  expect(files).toContain('foundry.db')
  for (const name of files) expect(await mode(join(world.foundry, name)), name).toBe('600')
  await app.quit()
})

/** The release that the tested build is a copy of. */
function releaseExecutable(): string {
  return resolve(
    process.env['FOUNDRY_RELEASE_APP'] ?? join(appExecutable(), '../../../release/linux-unpacked/foundry'),
  )
}

test('the fuses of the release are as they should be, and the tested build differs in one', async () => {
  const release = await readFuses(releaseExecutable())
  expect(release.filter(({ right }) => !right)).toEqual([])
  const tested = await readFuses(appExecutable())
  expect(tested.filter(({ right }) => !right).map(({ name }) => name)).toEqual([
    'EnableNodeCliInspectArguments',
  ])
})

test('an ordinary user gets the real sandbox of Chromium', async ({ foundry, world }) => {
  test.skip(process.getuid?.() !== 0, 'needs root once, to become an ordinary user')
  const user = await ordinaryUser()
  const helper = join(dirname(appExecutable()), 'chrome-sandbox')
  await chown(helper, 0, 0)
  await chmod(helper, 0o4755)
  await handOver(world, user)
  const launcher = world.path('as-user.sh')
  await writeExecutable(
    launcher,
    `#!/bin/sh\nexec setpriv --reuid=${user.uid} --regid=${user.gid} --clear-groups '${appExecutable()}' "$@"\n`,
  )
  const app = await foundry.start({ executable: launcher, withChromiumSandbox: true })
  await expectUsable(app.window)

  const processes = await app.processes()
  expect(processes.some((one) => one.command.includes('--no-sandbox'))).toBe(false)
  const renderers = processes.filter((one) => one.command.includes('--type=renderer'))
  expect(renderers.length).toBeGreaterThan(0)
  const namespaceOf = (pid: number): Promise<string> => readlink(`/proc/${pid}/ns/pid`)
  for (const { pid } of renderers) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    expect(status).toMatch(/^Seccomp:\s+2$/m)
    expect(status).toMatch(/^CapEff:\s+0+$/m)
    expect(await namespaceOf(pid)).not.toBe(await namespaceOf(app.pid))
  }
})

async function expectUsable(window: Page): Promise<void> {
  await expect(window.getByRole('navigation', { name: 'Tasks' })).toBeVisible()
}

/** Makes the user on its first use. */
async function ordinaryUser(): Promise<{ uid: number; gid: number }> {
  const name = 'foundry-tests'
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, name])).stdout)
  await run('id', [name]).catch(() => run('useradd', ['--system', '--no-create-home', name]))
  return { uid: await id('-u'), gid: await id('-g') }
}

/** The test's folders become the user's, and so does the way to the display. */
async function handOver(world: World, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const { XAUTHORITY: authority } = world.environment
  if (authority !== undefined) {
    const copy = world.path('authority')
    await copyFile(authority, copy)
    world.environment['XAUTHORITY'] = copy
  }
  await run('chown', ['-R', `${uid}:${gid}`, world.root])
}
