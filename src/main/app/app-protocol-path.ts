import { extname, resolve, sep } from 'node:path'

export const APP_SCHEME = 'app'
export const APP_HOST = 'foundry'
/** The origin of every page of ours, and of nothing else. */
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`

export type Located =
  | { readonly status: 200; readonly path: string; readonly type: string }
  | { readonly status: 400 | 403 | 404 }

/** Types of what a build of the renderer contains. A file of another type is not served. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** The file below `root` that a url of the `app://` protocol names. */
export function locateAppFile(root: string, requested: string): Located {
  if (!URL.canParse(requested)) return { status: 400 }
  const url = new URL(requested)
  if (url.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST) return { status: 404 }
  const pathname = decode(url.pathname)
  // A backslash separates folders on Windows, a NUL ends a path in C.
  if (pathname === null || /[\\\0]/.test(pathname)) return { status: 400 }
  const folder = resolve(root)
  const path = resolve(folder, `.${pathname}`)
  // With the separator: `<root>-other` begins like `<root>`.
  if (!path.startsWith(folder + sep)) return { status: 403 }
  const type = types[extname(path).toLowerCase()]
  return type === undefined ? { status: 404 } : { status: 200, path, type }
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}
