import { chmod, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { cached } from './cache.mjs'
import { fetchTarball } from './npm.mjs'
import { cacheRoot } from './paths.mjs'
import { run } from './run.mjs'
import { ExpectedError, say } from './say.mjs'

export const OPENCODE_VERSION = '1.18.33'
/** Only what was fetched and run by us is pinned; another platform is added with its own integrity. */
const INTEGRITY = {
  'linux-x64':
    'sha512-q/t/3p2CTxOT9y2kvjesb/LZab2+1eqlhhWA02Be6mjTtmYtNBcBsrI5yDo4Fw7ZSPBW2oyMIGMNRqiKQjiAWw==',
}

/** Path of the OpenCode binary: the real coding agent of the end-to-end tests and benchmarks. */
export async function ensureOpenCode() {
  const platform = `${process.platform}-${process.arch}`
  const integrity = INTEGRITY[platform]
  if (!integrity)
    throw new ExpectedError(
      `OpenCode ${OPENCODE_VERSION} is not pinned for ${platform}: tests with a real agent run on ${Object.keys(INTEGRITY).join(', ')}`,
    )
  const folder = await cached(cacheRoot(), `opencode-${OPENCODE_VERSION}-${platform}`, async (temporary) => {
    say(`downloading OpenCode ${OPENCODE_VERSION} through npm (60 MB, once)`)
    const tarball = await fetchTarball(
      { name: `opencode-${platform}`, version: OPENCODE_VERSION, integrity },
      temporary,
    )
    await run('tar', ['-xzf', tarball, '-C', temporary], { label: 'unpacking OpenCode' })
    await rename(path.join(temporary, 'package', 'bin', 'opencode'), path.join(temporary, 'opencode'))
    await chmod(path.join(temporary, 'opencode'), 0o755)
    await Promise.all(
      ['package', 'npm-cache', path.basename(tarball)].map((entry) =>
        rm(path.join(temporary, entry), { recursive: true }),
      ),
    )
  })
  return path.join(folder, 'opencode')
}
