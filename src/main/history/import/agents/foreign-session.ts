import type { ForeignAgent } from '@shared/transfer'
import { countUnknown } from '../unknown'
import type { StoredEvent } from '../../../session/live-row'

export interface ForeignTurn {
  prompt: string
  at: number
  endedAt: number
  modelId: string | null
  stopReason: string
  events: { at: number; event: StoredEvent }[]
}

/** A session that an agent kept itself, in the terms of ours. */
export interface ForeignSession {
  agent: ForeignAgent
  /** The agent's own id of it. */
  id: string
  title: string | null
  cwd: string | null
  branch: string | null
  /** Of the repository's origin, where the agent kept it. */
  remote: string | null
  turns: ForeignTurn[]
}

/** What was read of a file: a session, or why there is none. */
export type ForeignRead =
  /** `broken`: lines or files of it that could not be read, and are not in it. */
  { session: ForeignSession; broken?: number } | { skipped: string }

/** Puts a session together, entry by entry. */
export class SessionBuilder {
  readonly #agent: ForeignAgent
  readonly #unknown: Record<string, number>
  id: string
  title: string | null = null
  cwd: string | null = null
  branch: string | null = null
  remote: string | null = null
  readonly #turns: ForeignTurn[] = []
  #modelId: string | null = null
  #at = 0

  /** `unknown` counts what this version does not know. */
  constructor(agent: ForeignAgent, id: string, unknown: Record<string, number>) {
    this.#agent = agent
    this.id = id
    this.#unknown = unknown
  }

  /** The time of what comes next: entries without one have that of those before. */
  time(value: unknown): void {
    const time =
      typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isFinite(time) && time > 0) this.#at = Math.max(this.#at, Math.round(time))
  }

  model(modelId: string): void {
    this.#modelId = modelId
    const turn = this.#turns.at(-1)
    if (turn !== undefined) turn.modelId ??= modelId
  }

  prompt(text: string): void {
    this.#turns.push({
      prompt: text,
      at: this.#at,
      endedAt: this.#at,
      modelId: this.#modelId,
      stopReason: 'end_turn',
      events: [{ at: this.#at, event: { type: 'prompt', text } }],
    })
  }

  /** Whether the turn that began last is still nothing but this prompt. */
  isJustAsked(text: string): boolean {
    const turn = this.#turns.at(-1)
    return turn !== undefined && turn.events.length === 1 && turn.prompt.trim() === text.trim()
  }

  update(update: Record<string, unknown>): void {
    this.event({ type: 'update', update })
  }

  text(
    kind: 'agent_message_chunk' | 'agent_thought_chunk',
    text: string,
    messageId: string | null = null,
  ): void {
    if (text === '') return
    this.update({
      sessionUpdate: kind,
      ...(messageId === null ? {} : { messageId }),
      content: { type: 'text', text },
    })
  }

  event(event: StoredEvent): void {
    const turn = this.#turn()
    turn.events.push({ at: this.#at, event })
    turn.endedAt = Math.max(turn.endedAt, this.#at)
  }

  stopped(reason: string): void {
    this.#turn().stopReason = reason
  }

  /** An entry that this version does not know: kept as it is, where it is more than a word. */
  unknown(kind: string, entry: unknown): void {
    countUnknown(this.#unknown, kind)
    if (this.#turns.length > 0) this.update({ sessionUpdate: kind, entry })
  }

  read(): ForeignRead {
    if (this.#turns.every(({ events }) => events.length === 0))
      return { skipped: 'It holds no conversation.' }
    return {
      session: {
        agent: this.#agent,
        id: this.id,
        title: this.title,
        cwd: this.cwd,
        branch: this.branch,
        remote: this.remote,
        turns: this.#turns,
      },
    }
  }

  #turn(): ForeignTurn {
    const turn = this.#turns.at(-1)
    if (turn !== undefined) return turn
    // Something was said before anything was asked.
    const first: ForeignTurn = {
      prompt: '',
      at: this.#at,
      endedAt: this.#at,
      modelId: this.#modelId,
      stopReason: 'end_turn',
      events: [],
    }
    this.#turns.push(first)
    return first
  }
}

/** Kinds of tools, by what agents call them. */
export function toolKind(name: string): string {
  const lower = name.toLowerCase()
  if (/^(?:bash|shell|exec|local_shell|container\.exec|command|kill)/.test(lower)) return 'execute'
  if (/edit|write|patch/.test(lower) && !/todo/.test(lower)) return 'edit'
  if (/^(?:read|view|cat|ls|list|notebookread)/.test(lower)) return 'read'
  if (/grep|glob|search|find/.test(lower)) return lower.includes('web') ? 'fetch' : 'search'
  if (/fetch|web/.test(lower)) return 'fetch'
  if (/think|task|agent/.test(lower)) return 'think'
  return 'other'
}

/** What a call is about, in one line. */
export function toolTitle(name: string, input: unknown): string {
  const fields = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
  for (const key of [
    'command',
    'cmd',
    'file_path',
    'filePath',
    'path',
    'pattern',
    'query',
    'url',
    'description',
  ]) {
    const value = fields[key]
    const text = Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(' ') : value
    if (typeof text === 'string' && text.trim() !== '')
      return `${name} ${text.replaceAll(/\s+/g, ' ').trim()}`.slice(0, 300)
  }
  return name
}

/** The change a call makes to a file, where its input says it. */
export function editContent(input: unknown): Record<string, unknown>[] {
  if (typeof input !== 'object' || input === null) return []
  const fields = input as Record<string, unknown>
  const path = fields['file_path'] ?? fields['filePath'] ?? fields['path']
  if (typeof path !== 'string') return []
  const one = (edit: Record<string, unknown>): Record<string, unknown>[] => {
    const oldText = edit['old_string'] ?? edit['oldString'] ?? null
    const newText = edit['new_string'] ?? edit['newString'] ?? edit['content']
    return typeof newText === 'string'
      ? [{ type: 'diff', path, oldText: typeof oldText === 'string' ? oldText : null, newText }]
      : []
  }
  const { edits } = fields
  return Array.isArray(edits) ? edits.flatMap((edit) => one(edit as Record<string, unknown>)) : one(fields)
}

export const textContent = (text: string): Record<string, unknown> => ({
  type: 'content',
  content: { type: 'text', text },
})

/** Text of a field that should be one. */
export function wordOf(value: unknown, otherwise = ''): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : otherwise
}
