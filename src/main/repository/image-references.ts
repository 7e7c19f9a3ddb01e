/** A picture that a text of a pull request shows. */
export type ImageReference = { kind: 'repository'; path: string } | { kind: 'other'; address: string }

const IN_MARKDOWN = /!\[[^\]\n]{0,500}\]\(\s*<?([^\s)>]{1,2000})/g
const IN_HTML = /<img\b[^>]{0,2000}?\bsrc\s*=\s*["']?([^\s"'>]{1,2000})/gi

/** The pictures in a text, each once. `repository` is the address of its page: what leads to its files is one of them. */
export function imageReferences(text: string, repository: string): ImageReference[] {
  const found = new Map<string, ImageReference>()
  for (const pattern of [IN_MARKDOWN, IN_HTML])
    for (const [, address = ''] of text.matchAll(pattern)) {
      if (address.startsWith('data:')) continue
      const path = pathIn(address, repository)
      found.set(address, path === null ? { kind: 'other', address } : { kind: 'repository', path })
    }
  return [...found.values()]
}

function pathIn(address: string, repository: string): string | null {
  if (/^[a-z][a-z\d+.-]*:|^\/\//i.test(address)) {
    if (!URL.canParse(address) || !URL.canParse(repository)) return null
    const [url, home] = [new URL(address), new URL(repository)]
    const rest = url.origin === home.origin ? url.pathname.slice(home.pathname.length) : ''
    if (!url.pathname.startsWith(`${home.pathname}/`)) return null
    // The name of a branch may have slashes; one without is what nearly all are.
    const [, path] = /^\/(?:blob|raw)\/[^/]+\/(.+)$/.exec(rest) ?? []
    return path === undefined ? null : safe(path)
  }
  return safe(address.replace(/[?#].*$/, ''))
}

function safe(path: string): string | null {
  let plain: string
  try {
    plain = decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
  const parts = plain.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 0 || parts.includes('..') || plain.includes('\0') ? null : parts.join('/')
}
