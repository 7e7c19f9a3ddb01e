/**
 * Reads of agents' updates (ACP `SessionUpdate`). They are hostile input: any field can be missing, of another
 * type or huge, so nothing here trusts a shape.
 */

export type Json = Record<string, unknown>

export function asRecord(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
}

export function asString(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The text of an ACP content block, and what stands for one that is not text. */
export function textOfContent(content: unknown): string {
  const block = asRecord(content)
  if (block === null) return ''
  switch (block['type']) {
    case 'text':
      return asString(block['text']) ?? ''
    case 'resource_link':
      return asString(block['uri']) ?? asString(block['name']) ?? ''
    case 'resource':
      return (
        asString(asRecord(block['resource'])?.['text']) ??
        asString(asRecord(block['resource'])?.['uri']) ??
        ''
      )
    case 'image':
      return '[image]'
    case 'audio':
      return '[audio]'
    default:
      return ''
  }
}

export const toolKinds = [
  'read',
  'edit',
  'delete',
  'move',
  'search',
  'execute',
  'think',
  'fetch',
  'switch_mode',
  'other',
] as const
export type ToolKind = (typeof toolKinds)[number]

export const toolStatuses = ['pending', 'in_progress', 'completed', 'failed'] as const
export type ToolStatus = (typeof toolStatuses)[number]

export interface FileEdit {
  path: string
  oldText: string | null
  newText: string
}

/** What a tool call shows, folded from its first message and all later updates. */
export interface ToolCall {
  id: string
  title: string
  kind: ToolKind
  status: ToolStatus
  locations: readonly { path: string; line: number | null }[]
  edits: readonly FileEdit[]
  /** Text the tool gave back: its content, or its raw output where it sent no content. */
  output: string
  /** Pictures it gave back, as addresses that hold them. */
  images: readonly string[]
  rawInput: unknown
  /** The call of a sub-agent that made this one, where the agent says so. */
  parent: string | null
}

/** The raw fields of a tool call; a later update replaces those it names. */
export function mergeToolUpdate(before: Json, update: Json): Json {
  const merged = { ...before }
  for (const [key, value] of Object.entries(update)) {
    if (value !== undefined && value !== null) merged[key] = value
  }
  return merged
}

export function readToolCall(fields: Json): ToolCall {
  const content = asList(fields['content'])
  const edits: FileEdit[] = []
  const texts: string[] = []
  const images: string[] = []
  for (const part of content) {
    const record = asRecord(part)
    if (record?.['type'] === 'diff') {
      edits.push({
        path: asString(record['path']) ?? '',
        oldText: asString(record['oldText']),
        newText: asString(record['newText']) ?? '',
      })
    } else if (record?.['type'] === 'content') {
      const image = imageOf(record['content'])
      if (image === null) texts.push(textOfContent(record['content']))
      else images.push(image)
    } else if (record?.['type'] === 'terminal')
      texts.push(`[terminal ${asString(record['terminalId']) ?? ''}]`)
  }
  const raw = fields['rawOutput']
  return {
    id: asString(fields['toolCallId']) ?? '',
    title: asString(fields['title']) ?? '',
    kind: oneOf(toolKinds, fields['kind'], 'other'),
    status: oneOf(toolStatuses, fields['status'], 'pending'),
    locations: asList(fields['locations']).flatMap((location) => {
      const record = asRecord(location)
      const path = asString(record?.['path'])
      const line = record?.['line']
      return path === null ? [] : [{ path, line: typeof line === 'number' ? line : null }]
    }),
    edits,
    output: texts.length > 0 ? texts.join('\n') : edits.length > 0 ? '' : rawText(raw),
    images,
    rawInput: fields['rawInput'],
    parent: parentOf(fields['_meta']),
  }
}

/** Kinds of pictures that can be drawn and cannot run anything. */
const pictureKinds = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
const pictureLimit = 6_000_000

/** A picture as the address that holds it; null for anything else, one that was cut included. */
function imageOf(content: unknown): string | null {
  const block = asRecord(content)
  const data = asString(block?.['data'])
  const kind = pictureKinds.find((one) => one === block?.['mimeType'])
  if (block?.['type'] !== 'image' || data === null || kind === undefined) return null
  const whole = data.length <= pictureLimit && data.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(data)
  return whole ? `data:${kind};base64,${data}` : null
}

/** ACP has no field for it; agents put it where they like. */
function parentOf(meta: unknown): string | null {
  const record = asRecord(meta)
  const own = asRecord(record?.['claudeCode'])
  return asString(record?.['parentToolCallId']) ?? asString(own?.['parentToolUseId'])
}

/** Raw output as words: agents wrap them in objects of their own. */
function rawText(raw: unknown): string {
  if (raw === undefined || raw === null) return ''
  if (typeof raw === 'string') return raw
  const record = asRecord(raw)
  if (record !== null) {
    const stdout = asString(record['stdout'])
    const stderr = asString(record['stderr'])
    if (stdout !== null || stderr !== null) return [stdout, stderr].filter(Boolean).join('\n')
    const known =
      asString(record['output']) ?? asString(record['formatted_output']) ?? asString(record['error'])
    if (known !== null) return known
  }
  return JSON.stringify(raw, null, 2)
}

export interface PlanEntry {
  content: string
  status: 'pending' | 'in_progress' | 'completed'
}

export function readPlan(update: Json): PlanEntry[] {
  return asList(update['entries']).flatMap((entry) => {
    const record = asRecord(entry)
    const content = asString(record?.['content'])
    if (content === null) return []
    return [
      {
        content,
        status: oneOf(['pending', 'in_progress', 'completed'] as const, record?.['status'], 'pending'),
      },
    ]
  })
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown, otherwise: Value): Value {
  return values.find((known) => known === value) ?? otherwise
}
