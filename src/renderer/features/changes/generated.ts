/** Files that tools write: their names, as their tools and hosts know them. */
const NAMES = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'cargo.lock',
  'composer.lock',
  'gemfile.lock',
  'poetry.lock',
  'pipfile.lock',
  'uv.lock',
  'pdm.lock',
  'go.sum',
  'flake.lock',
  'gradle.lockfile',
  'packages.lock.json',
  'podfile.lock',
  'package.resolved',
  'mix.lock',
  'pubspec.lock',
])
const ENDINGS =
  /\.(min\.(js|css|mjs)|map|snap|pb\.go|pb\.cc|pb\.h|_pb2\.py|g\.dart|freezed\.dart|designer\.cs)$/i
const FOLDERS = /(^|\/)(node_modules|vendor|third_party|dist|__snapshots__|__generated__)\//i

/** Nobody wrote it by hand, so its diff is folded at first. */
export function isGenerated(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  return NAMES.has(name) || ENDINGS.test(name) || FOLDERS.test(path)
}
