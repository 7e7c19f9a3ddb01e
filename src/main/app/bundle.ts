import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

/** A file of the built app, below `out`. Not beside the module that asks: a bundler may put that anywhere. */
export function bundled(...path: string[]): URL {
  return pathToFileURL(join(app.getAppPath(), 'out', ...path))
}
