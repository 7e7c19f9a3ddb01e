/**
 * npm cannot record an optional package which the registry in use does not carry: typically the binary of
 * another platform, on a mirror. `npm ci` then refuses the lock file ("Missing: ... from lock file"), here
 * and everywhere else. These are the entries it misses, as `[{ name, version, dev }]`.
 */
export function missingOptionals(packages) {
  const absent = []
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!isResolvable(packages, place, name)) absent.push({ name, version, dev: Boolean(entry.dev) })
    }
  }
  return absent
}

/** Node's look-up: the package's own node_modules, then that of every folder above it. */
function isResolvable(packages, place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true
    if (folder === '') return false
  }
}

const PLATFORM =
  /(android|darwin|freebsd|linux|openharmony|win32|wasm32)-([a-z0-9]+)(?:-(gnu|musl|msvc|wasi|eabi|gnueabihf|musleabihf))?$/
const LIBC = { gnu: 'glibc', musl: 'musl' }

/** The lock file's packages with those entries; without integrity, so npm takes the registry's word for them. */
export function completed(packages) {
  const added = missingOptionals(packages).map(({ name, version, dev }) => {
    const [, system, cpu, abi] = PLATFORM.exec(name) ?? []
    if (!system) throw new Error(`no platform to be read in the name of ${name}`)
    const entry = {
      version,
      cpu: [system === 'wasm32' ? 'wasm32' : cpu],
      ...(dev && { dev: true }),
      ...(LIBC[abi] && { libc: [LIBC[abi]] }),
      optional: true,
      ...(system !== 'wasm32' && { os: [system] }),
    }
    return [`node_modules/${name}`, entry]
  })
  const all = Object.entries({ ...packages, ...Object.fromEntries(added) })
  return Object.fromEntries(all.toSorted(([a], [b]) => a.localeCompare(b, 'en')))
}
