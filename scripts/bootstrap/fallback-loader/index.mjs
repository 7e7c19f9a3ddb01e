// Stands in for the default app of Electron, which the fallback build comes without: `electron <folder>`
// runs the app in that folder. A module with top-level await, because Electron does not become ready
// before its entry module has finished, and an app registers its protocol schemes before that.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { app } from 'electron'

const argument = process.argv.slice(1).find((value) => !value.startsWith('-'))
if (!argument) {
  process.stderr.write('usage: electron <folder of an app>\n')
  process.exit(2)
}
const folder = path.resolve(argument)
const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
process.defaultApp = true
app.name = manifest.productName ?? manifest.name
app.setVersion?.(manifest.version)
app.setPath('userData', path.join(app.getPath('appData'), app.name))
app.setAppPath(folder)
await import(pathToFileURL(path.join(folder, manifest.main ?? 'index.js')).href)
