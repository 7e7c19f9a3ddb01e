import { join, resolve } from 'node:path'
import { build } from 'vite'

const CHECKOUT = resolve(import.meta.dirname, '../..')

/**
 * Compiles an entry with what it imports of src/ into one file that plain Node runs, for tests that need a
 * process or a thread of their own. Returns its path.
 */
export async function bundle(entry: string, name: string): Promise<string> {
  // Inside node_modules, so that packages are found from there as they are from the source.
  const outDir = join(CHECKOUT, 'node_modules/.cache/tests')
  await build({
    configFile: false,
    root: CHECKOUT,
    logLevel: 'warn',
    resolve: { alias: { '@shared': join(CHECKOUT, 'src/shared') } },
    build: {
      ssr: join(CHECKOUT, entry),
      outDir,
      emptyOutDir: false,
      target: 'node24',
      rollupOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  })
  return join(outDir, `${name}.mjs`)
}
