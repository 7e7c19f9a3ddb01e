import type { KnownLink } from '@shared/deep-link'

const PUBLIC_HOST = 'github.com'

/** What a link names, in the words of a button or heading. */
export function linkText(link: KnownLink): string {
  switch (link.type) {
    case 'pull_request': {
      const { host, owner, repository, number } = link
      return `pull request ${owner}/${repository} #${number}${host === PUBLIC_HOST ? '' : ` on ${host}`}`
    }
    case 'task':
      return link.turnId !== undefined ? 'turn' : link.sessionId === undefined ? 'task' : 'session'
    case 'file':
      return `file ${link.path}${link.line === undefined ? '' : `, line ${link.line}`}`
    case 'new_task':
      return 'new task'
  }
}

/** The first link of a dropped list: `text/uri-list` has one a line, and comments. */
export function firstOfList(list: string): string {
  return list.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? ''
}
