import { APP_ORIGIN } from './app-protocol-path'

/** All that a page may do beyond showing itself: put text on the clipboard after a click. */
const allowed: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

export function isPermissionAllowed(permission: string, origin: string, isMainFrame: boolean): boolean {
  return isMainFrame && origin === APP_ORIGIN && allowed.has(permission)
}
