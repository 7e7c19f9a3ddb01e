/**
 * What a page of ours may load and do: itself, and nothing from anywhere else. Inline styles are allowed
 * because terminal and diff libraries create style elements.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
  "frame-src 'none'",
].join('; ')

/** Where a build puts the scripts of workers, below its root. */
export const WORKER_FOLDER = 'workers'

/** Of a worker's script: it may compile WebAssembly besides, by which code is coloured. No page may. */
const workerPolicy = contentSecurityPolicy.replace(
  "script-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
)

/** Headers of every answer of the `app://` protocol. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export const workerHeaders: Readonly<Record<string, string>> = {
  ...securityHeaders,
  'Content-Security-Policy': workerPolicy,
}
