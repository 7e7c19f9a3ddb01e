import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** An import as it stands in a file: both paths relative to the root, packages by name. */
export interface ImportEdge {
  from: string
  to: string
}

/** A broken rule, in words that name the alternative. */
export interface Violation {
  edge: ImportEdge
  message: string
}

const NODE_OR_NATIVE = /^(node:|electron$|better-sqlite3$|drizzle-orm|sandbox-agent|acp-http-client|ws$)/

/**
 * Who may know whom inside main. A folder may import itself, what is listed, and what every folder may use
 * (`database`, `audit-log`, `jobs`). Children never know their coordinator, and nobody skips a level.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'audit-log': [],
  database: [],
  'data-folder': [],
  jobs: [],
  user: [],
  github: ['sandbox'],
  organization: ['repository', 'github'],
  repository: ['task', 'sandbox', 'github'],
  task: ['session', 'sandbox'],
  session: ['sandbox'],
  // Reads what others store as they store it, on threads of its own.
  history: ['task', 'session'],
  sandbox: [],
}
const FOR_ALL = new Set(['database', 'audit-log', 'jobs'])
const SHELL = new Set(['app', 'boot', 'ipc'])

/** Every static and dynamic import and re-export of a module. */
export function importsOf(path: string, source: string): ImportEdge[] {
  const { module } = parseSync(path, source)
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) =>
      entry.entries.flatMap(({ moduleRequest }) => (moduleRequest === null ? [] : [moduleRequest.value])),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) =>
      source.slice(moduleRequest.start, moduleRequest.end).replaceAll(/^['"`]|['"`]$/g, ''),
    ),
  ]
  return specifiers.map((specifier) => ({ from: path, to: resolveSpecifier(path, specifier) }))
}

/** What is read together with a module: its imports of values and re-exports, without what is imported later. */
export function readWith(path: string, source: string): ImportEdge[] {
  const { module } = parseSync(path, source)
  const specifiers = [
    ...module.staticImports.flatMap(({ moduleRequest, entries }) =>
      entries.length > 0 && entries.every(({ isType }) => isType) ? [] : [moduleRequest.value],
    ),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest === null || isType ? [] : [moduleRequest.value],
      ),
    ),
  ]
  return specifiers.map((specifier) => ({ from: path, to: resolveSpecifier(path, specifier) }))
}

function resolveSpecifier(from: string, specifier: string): string {
  if (specifier.startsWith('@shared/')) return `src/shared/${specifier.slice('@shared/'.length)}`
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier
}

export function check(edge: ImportEdge): Violation[] {
  const say = (message: string): Violation[] => [{ edge, message }]
  const world = edge.from.split('/')[1]
  const inSource = edge.to.startsWith('src/')
  const isPackage = !inSource && !edge.to.startsWith('tests/')

  switch (world) {
    case 'shared':
      if (isPackage && edge.to !== 'zod')
        return say('src/shared knows zod and itself, no electron, node or DOM.')
      if (inSource && !edge.to.startsWith('src/shared/')) return say('src/shared imports only itself.')
      return []
    case 'renderer':
      if (isPackage && NODE_OR_NATIVE.test(edge.to))
        return say('The renderer has no node: add an operation to src/shared/contract instead.')
      if (inSource && !/^src\/(renderer|shared)\//.test(edge.to))
        return say('The renderer imports only src/shared and itself.')
      return []
    case 'preload':
      if (isPackage && edge.to !== 'electron')
        return say('The preload is a bridge: electron and src/shared only.')
      if (inSource && !/^src\/(preload|shared)\//.test(edge.to))
        return say('The preload imports only src/shared.')
      return []
    case 'main':
      return checkMain(edge, say)
    case undefined:
    default:
      return []
  }
}

function checkMain(edge: ImportEdge, say: (message: string) => Violation[]): Violation[] {
  const folder = edge.from.split('/')[2] ?? ''
  const domain = folder in MAY_IMPORT
  if (domain && edge.to === 'electron')
    return say(
      'A domain folder has no electron: take what you need as a service (src/main/boot/services.ts).',
    )
  if (edge.to.startsWith('src/renderer') || edge.to.startsWith('src/preload'))
    return say('Main imports nothing of the window: share through src/shared.')
  const target = /^src\/main\/([^/]+)(\/.*)?$/.exec(edge.to)
  if (target === null) return []
  const [, targetFolder = '', rest = ''] = target
  if (rest.endsWith('/tables') && targetFolder !== folder)
    return say(`Only ${targetFolder} writes and reads its tables: call a function of that folder.`)
  if (!domain || targetFolder === folder) return []
  if (SHELL.has(targetFolder))
    return say('A domain folder does not know the shell: take what you need as a parameter.')
  if (FOR_ALL.has(targetFolder) && folder !== 'database') return []
  if (!(MAY_IMPORT[folder] ?? []).includes(targetFolder))
    return say(
      `${folder} does not know ${targetFolder}: push up through a callback, or call your own children.`,
    )
  return []
}

export function checkFile(root: string, path: string): Violation[] {
  return importsOf(path, readFileSync(join(root, path), 'utf8')).flatMap(check)
}

/** Lines of main outside `ipc` that send to a window by hand instead of through the hub or `ipc`. */
export function rawSends(path: string, source: string): string[] {
  if (!path.startsWith('src/main/') || path.startsWith('src/main/ipc/')) return []
  const found: string[] = []
  new Visitor({
    CallExpression({ callee, start }) {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      const receiver = source.slice(callee.object.start, callee.object.end)
      if (callee.property.name === 'send' && /(?:webContents|contents|sender|frame)$/i.test(receiver))
        found.push(
          `${path}:${source.slice(0, start).split('\n').length} ${receiver}.send: publish through the topic hub or src/main/ipc`,
        )
    },
  }).visit(parseSync(path, source).program)
  return found
}
