import { readFile } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { protocol } from 'electron'
import { APP_SCHEME, locateAppFile } from './app-protocol-path'
import { systemErrorCode } from './atomic-file'
import { securityHeaders, WORKER_FOLDER, workerHeaders } from './content-security-policy'

/** Must run before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

/** Serves the built renderer, and only files below `root`. */
export function serveAppProtocol(root: string): void {
  const workers = resolve(root, WORKER_FOLDER) + sep
  protocol.handle(APP_SCHEME, async (request) => {
    if (request.method !== 'GET') return answer(405)
    const located = locateAppFile(root, request.url)
    if (located.status !== 200) return answer(located.status)
    try {
      const content = await readFile(located.path)
      return new Response(content, {
        headers: {
          ...(located.path.startsWith(workers) ? workerHeaders : securityHeaders),
          'Content-Type': located.type,
        },
      })
    } catch (error) {
      const code = systemErrorCode(error)
      if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return answer(404)
      throw error
    }
  })
}

function answer(status: number): Response {
  return new Response(null, { status, headers: securityHeaders })
}
