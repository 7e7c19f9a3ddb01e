import type { NavigationTarget } from '@shared/bridge'
import { sessionIdSchema, taskIdSchema } from '@shared/ids'

export const DEEP_LINK_SCHEME = 'foundry'

/** A link only ever shows something: these are all the targets it can have. */
export type DeepLink = Extract<NavigationTarget, { type: 'task' | 'unknown_link' }>

const TASK = /^foundry:\/\/task\/([^/?#]{1,80})(?:\/session\/([^/?#]{1,80}))?\/?$/
const SHOWN_CHARACTERS = 200

/** `foundry://task/<id>` or `foundry://task/<id>/session/<id>`; anything else is an unknown link. */
export function parseDeepLink(link: string): DeepLink {
  const [, task, session] = TASK.exec(link) ?? []
  const taskId = taskIdSchema.safeParse(task)
  if (!taskId.success) return unknownLink(link)
  if (session === undefined) return { type: 'task', taskId: taskId.data }
  const sessionId = sessionIdSchema.safeParse(session)
  return sessionId.success
    ? { type: 'task', taskId: taskId.data, sessionId: sessionId.data }
    : unknownLink(link)
}

/** The link among the arguments of a start; flags of Chromium may stand before and after it. */
export function findDeepLink(argv: readonly string[]): string | null {
  return argv.find((argument) => /^foundry:/i.test(argument)) ?? null
}

/** Shown to the person, who must see what it was: without what cannot be seen, and not without end. */
function unknownLink(link: string): DeepLink {
  const visible = link.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
  return { type: 'unknown_link', link: visible.slice(0, SHOWN_CHARACTERS).replace(/[\ud800-\udbff]$/, '') }
}
