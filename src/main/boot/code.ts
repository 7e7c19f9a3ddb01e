/** What no window needs to be drawn, in one place: most of main, read while the first page is. */
export { createDatabaseWorker, openDatabases } from '../database'
export { createTerminalThread } from '../sandbox/terminal-thread'
export { createAppServices } from './app-services'
export { createCoordinators } from './coordinators'
