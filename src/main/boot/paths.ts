import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { app } from 'electron'
import { writeFailure } from '../app/atomic-file'
import type { AppPaths } from './services'

/** Where everything is in a data folder. Touches nothing. */
export function appPaths(data: string, home: string | null): AppPaths {
  return {
    data,
    home,
    logs: join(data, 'logs'),
    backups: join(data, 'backups'),
    tasks: join(data, 'tasks'),
    stores: join(data, 'stores'),
    avatars: join(data, 'avatars'),
    agents: join(data, 'agents'),
    terminals: join(data, 'terminals'),
    sandboxAgent: sandboxAgentPath(),
    resources: app.isPackaged ? process.resourcesPath : join(app.getAppPath(), 'resources'),
  }
}

/**
 * Makes the folders of ours, which only the person who runs the app may enter.
 *
 * @throws FoundryError `disk_full`, `read_only`
 */
export async function makeFolders(paths: AppPaths): Promise<void> {
  const { data, logs, backups, tasks, stores, avatars, agents, terminals } = paths
  await makeFolder(data)
  await Promise.all([logs, backups, tasks, stores, avatars, agents, terminals].map(makeFolder))
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    // An existing folder keeps its mode, and the umask takes from a new one.
    await chmod(directory, 0o700)
  } catch (error) {
    throw writeFailure(directory, error)
  }
}

/** The executable comes in a package per platform, unpacked from the archive because the system runs it. */
function sandboxAgentPath(): string {
  const executable = process.platform === 'win32' ? 'sandbox-agent.exe' : 'sandbox-agent'
  const folder = join('node_modules', '@sandbox-agent', `cli-${process.platform}-${process.arch}`, 'bin')
  return join(app.getAppPath().replace(/app\.asar$/, 'app.asar.unpacked'), folder, executable)
}
