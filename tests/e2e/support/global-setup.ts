import { access } from 'node:fs/promises'
import { ensureOpenCode } from '../../../scripts/bootstrap/runtime.mjs'
import { say } from '../../../scripts/bootstrap/say.mjs'
import { ensureBrowser, ensureKeyring } from '../../../scripts/bootstrap/system-libraries.mjs'
import { hasDisplay, startXvfb } from '../../../scripts/run/xvfb.mjs'
import { appExecutable } from './app'

/** Says early what is missing, and brings a display where there is none. Returns what ends it. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const executable = appExecutable()
  await access(executable).catch(() => {
    throw new Error(`There is no packaged app at ${executable}; FOUNDRY_E2E_APP names another place.`)
  })
  process.env['FOUNDRY_E2E_OPENCODE'] ??= await ensureOpenCode()
  const noKeyring = (process.env['FOUNDRY_E2E_NO_KEYRING'] ??= (await ensureKeyring()) ?? '')
  const noBrowser = (process.env['FOUNDRY_E2E_NO_BROWSER'] ??= (await ensureBrowser()) ?? '')
  if (noBrowser !== '') say(`tests that need a browser are skipped: ${noBrowser}`)
  if (noKeyring !== '') say(`tests that need a keyring are skipped: ${noKeyring}`)
  if (hasDisplay()) return undefined
  const display = await startXvfb()
  Object.assign(process.env, display.env)
  return () => display.stop()
}
