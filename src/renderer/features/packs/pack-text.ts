import type { LeftOut, PackKind, PackReason } from '@shared/packs'
import { bytesText } from '../../ui/time'
import { counted } from '../sync/sync-text'

const kindWords: Record<PackKind, readonly [string, string] | null> = {
  file: ['file as it was at some turn', 'files as they were at some turn'],
  wide: ['long file with what is around its changes', 'long files with what is around their changes'],
  // Two halves of one thing.
  base: null,
  cut: null,
  standing: null,
  check: ['check', 'checks'],
  pull: ['description', 'descriptions'],
  comments: ['page of comments', 'pages of comments'],
  reviews: ['page of conversations', 'pages of conversations'],
  image: ['picture', 'pictures'],
}

/** `12 files as they were at some turn, 3 checks`; empty where nothing is in it. */
export function contentsText(contents: readonly { kind: PackKind; count: number }[]): string {
  return contents
    .flatMap(({ kind, count }) => {
      const words = kindWords[kind]
      return words === null || count === 0 ? [] : [counted(count, ...words)]
    })
    .join(', ')
}

const reasonWords: Record<PackReason, string> = {
  too_long: 'longer than what is kept whole',
  task_limit: 'no room left in the pack of this task',
  total_limit: 'no room left for packs',
  unreadable: 'could not be read',
  too_many: 'too many to keep all',
  not_told: 'GitHub did not tell',
  other_host: 'at a host that Foundry does not ask',
}

/** What is not in a pack. */
export function leftOutName({ kind, state, path, detail }: LeftOut): string {
  switch (kind) {
    case 'file':
      return `${path} at ${state.slice(0, 8)}`
    case 'wide':
      return `Around the changes of ${path}`
    case 'base':
      return 'What the branch changed'
    case 'cut':
      return `More files at ${state.slice(0, 8)}`
    case 'standing':
      return 'How the pull request stood'
    case 'check':
      return state.endsWith(' log') ? 'The whole log of a check' : `Check ${state}`
    case 'pull':
      return 'The description'
    case 'comments':
    case 'reviews':
      return 'Conversations'
    case 'image':
      return detail === null || detail === state ? `Picture ${state}` : `Picture at ${detail}`
  }
}

/** Why it is not in it, with the words of whoever knows. */
export function leftOutWhy({ reason, detail, bytes, kind }: LeftOut): string {
  const size = bytes > 0 ? `, ${bytesText(bytes)}` : ''
  const words = detail === null || kind === 'image' ? '' : `: ${detail}`
  return `${reasonWords[reason]}${size}${words}`
}
