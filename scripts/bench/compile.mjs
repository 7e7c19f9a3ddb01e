import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { build } from 'vite'

import { checkout } from '../bootstrap/paths.mjs'

/** Inside node_modules, so that packages are found from there as they are from the source. */
const output = path.join(checkout, 'node_modules', '.cache', 'bench')

/** Compiles bench/<name>.ts with what it imports of src/, tests/ and scripts/ into one file; its path. */
export function compileBench(name) {
  return compileScript(`bench/${name}.ts`, name)
}

/** Compiles a TypeScript file outside src/, by its path in the checkout, into `<name>.mjs`; its path. */
export async function compileScript(entry, name) {
  await build({
    configFile: false,
    root: checkout,
    logLevel: 'warn',
    resolve: { alias: { '@shared': path.join(checkout, 'src/shared') } },
    plugins: [keepPlaces()],
    build: {
      ssr: path.join(checkout, entry),
      outDir: output,
      emptyOutDir: false,
      target: 'node24',
      rollupOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  })
  return path.join(output, `${name}.mjs`)
}

/** `import.meta.url` and its like stay what they are in the source, although the code now runs elsewhere. */
function keepPlaces() {
  return {
    name: 'keep-places',
    transform(code, id) {
      if (id.includes('node_modules') || !code.includes('import.meta.')) return undefined
      const file = id.split('?')[0]
      const places = { url: pathToFileURL(file).href, filename: file, dirname: path.dirname(file) }
      return code.replaceAll(/\bimport\.meta\.(url|filename|dirname)\b/g, (_, key) =>
        JSON.stringify(places[key]),
      )
    },
  }
}
