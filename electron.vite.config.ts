import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

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
    plugins: [react(), tailwindcss()],
    build: {
      minify: true,
      rollupOptions: {
        input: {
          index: resolve(import.meta.dirname, 'src/renderer/index.html'),
          recovery: resolve(import.meta.dirname, 'src/renderer/recovery.html'),
        },
      },
    },
  },
})

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
