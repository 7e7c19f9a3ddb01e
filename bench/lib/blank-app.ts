import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createPackage } from '@electron/asar'
import { appExecutable } from '../../tests/e2e/support/app'

/** Says in the page when it was painted, as the app does. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Blank</title><body><p>Blank</p><script>
  requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      performance.mark('foundry:shell')
      document.documentElement.dataset.ready = 'true'
      channel.port1.close()
    }
    channel.port2.postMessage(null)
  })
</script></body></html>`

const PRELOAD = `const { contextBridge, ipcRenderer } = require('electron')
contextBridge.exposeInMainWorld('raw', { invoke: (channel, payload) => ipcRenderer.invoke(channel, payload) })`

/**
 * Packages an app of one window beside the app under test: the same binary, fuses and window preferences, and
 * nothing in it. Returns its executable, and the function that takes it away.
 *
 * @param main runs in its main process, after the window was opened
 */
export async function packageBlankApp(main = ''): Promise<{ executable: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'foundry-blank-'))
  const source = join(folder, 'source')
  const target = join(folder, 'app')
  await mkdir(source)
  await cp(dirname(appExecutable()), target, { recursive: true })
  await rm(join(target, 'resources'), { recursive: true })
  await mkdir(join(target, 'resources'))
  await writeFile(
    join(source, 'package.json'),
    JSON.stringify({ name: 'blank', version: '1.0.0', main: 'main.cjs' }),
  )
  await writeFile(join(source, 'preload.cjs'), PRELOAD)
  await writeFile(
    join(source, 'main.cjs'),
    `const { app, BrowserWindow, ipcMain, protocol } = require('electron')
protocol.registerSchemesAsPrivileged([{ scheme: 'blank', privileges: { standard: true, secure: true } }])
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
app.setPath('userData', process.env.FOUNDRY_DATA_DIR)
app.whenReady().then(() => {
  const page = ${JSON.stringify(PAGE)}
  protocol.handle('blank', () => new Response(page, { headers: { 'content-type': 'text/html' } }))
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      preload: require('node:path').join(__dirname, 'preload.cjs'),
    },
  })
  ${main}
  window.loadURL('blank://page/')
})
app.on('window-all-closed', () => app.quit())
`,
  )
  await createPackage(source, join(target, 'resources', 'app.asar'))
  return {
    executable: join(target, 'foundry'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
