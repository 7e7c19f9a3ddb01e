/** What this app writes into packs as JSON; all else is files, and diffs of them. */
export function isJsonContent(kind: string, state: string): boolean {
  switch (kind) {
    case 'standing':
    case 'check':
    case 'pull':
    case 'comments':
    case 'reviews':
      return true
    default:
      return kind === 'base' && state === 'list'
  }
}
