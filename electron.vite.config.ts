import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

const shared = { '@shared': resolve(import.meta.dirname, 'src/shared') }

export default defineConfig({
  main: {
    resolve: { alias: shared },
    build: {
      // Everything that is not native is bundled: one file to read at start, and a small package.
      externalizeDeps: { exclude: bundledDependencies() },
      rollupOptions: {
        input: {
          index: resolve(import.meta.dirname, 'src/main/index.ts'),
          'database-worker': resolve(import.meta.dirname, 'src/main/database/worker.ts'),
          'terminal-worker': resolve(import.meta.dirname, 'src/main/sandbox/terminal-worker.ts'),
          'insights-worker': resolve(import.meta.dirname, 'src/main/history/insights/worker.ts'),
          'record-worker': resolve(import.meta.dirname, 'src/main/history/record/worker.ts'),
          'search-worker': resolve(import.meta.dirname, 'src/main/history/search/worker.ts'),
          'transfer-worker': resolve(import.meta.dirname, 'src/main/history/transfer/worker.ts'),
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    resolve: { alias: shared },
    build: {
      minify: true,
      externalizeDeps: false,
      rollupOptions: {
        input: { index: resolve(import.meta.dirname, 'src/preload/index.ts') },
        // Sandboxed preloads cannot be ES modules.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    resolve: { alias: shared },
    plugins: [react(), tailwindcss(), oneHighlighter(), noHighlighterOnPages()],
    worker: {
      plugins: () => [oneHighlighter()],
      // Their scripts are served with a policy of their own (src/main/app/content-security-policy.ts).
      rollupOptions: { output: { entryFileNames: 'workers/[name]-[hash].js' } },
    },
    build: {
      minify: true,
      rollupOptions: {
        input: {
          index: resolve(import.meta.dirname, 'src/renderer/index.html'),
          recovery: resolve(import.meta.dirname, 'src/renderer/recovery.html'),
        },
        // Main serves every file while the app starts: what the pages need at once is one, but for the two lines that
        // start each of them.
        output: {
          codeSplitting: {
            groups: [
              {
                name: 'start',
                tags: ['$initial'],
                test: /^(?!.*(?:\.html|\/app\/main\.tsx|\/recovery\.tsx)$)/,
              },
            ],
          },
        },
      },
    },
  },
})

/**
 * The diff library brings two highlighters, of which we use the one in WebAssembly, with themes of our own. The other
 * one is left out, as are all other themes: they would be 20 MB in the package, half of them in its worker.
 */
function oneHighlighter(): Plugin {
  const empty = resolve(import.meta.dirname, 'src/renderer/ui/code/no-shiki.ts')
  return {
    name: 'one-highlighter',
    enforce: 'pre',
    resolveId: (source) =>
      /^shiki(\/|$)|^@pierre\/(theming\/themes|highlights\/themes\/loader)$/.test(source) ? empty : null,
  }
}

/** Pages may not compile WebAssembly, workers may: what the library draws on a page by itself is plain text. */
function noHighlighterOnPages(): Plugin {
  const plain = resolve(import.meta.dirname, 'src/renderer/ui/code/plain-highlighter.ts')
  return {
    name: 'no-highlighter-on-pages',
    enforce: 'pre',
    resolveId: (source) => (source === '@pierre/highlights' ? plain : null),
  }
}

/** Dependencies of main that go into its bundle. `better-sqlite3` is native and stays a package. */
function bundledDependencies(): string[] {
  return [
    '@octokit/auth-oauth-device',
    '@octokit/rest',
    'acp-http-client',
    'drizzle-orm',
    'electron-log',
    'marked',
    'sandbox-agent',
    'ws',
    'zod',
  ]
}
