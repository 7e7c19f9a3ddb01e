import { asList, isRecord } from './hostile'
import type { StoredEvent } from './live-row'

/** What a reader sees of an event, piece by piece. */
export function shownTexts(event: StoredEvent): string[] {
  switch (event.type) {
    case 'prompt':
      return [event.text]
    case 'error':
      return [event.error.message, event.error.detail ?? '']
    case 'memory_boundary':
      return [event.reason, event.brief]
    case 'update':
      return updateTexts(event.update)
    case 'forked':
      return [event.name, event.prompt]
    case 'turn_ended':
    case 'permission':
      return []
  }
}

function updateTexts(update: Record<string, unknown>): string[] {
  const kind = update['sessionUpdate']
  // What repeats the prompt, or describes the session, is not shown.
  if (kind === 'available_commands_update' || kind === 'usage_update') return []
  const texts: string[] = []
  const take = (value: unknown): void => void (typeof value === 'string' && texts.push(value))
  take(update['title'])
  for (const part of [update['content'], ...asList(update['content']), ...asList(update['entries'])]) {
    if (!isRecord(part)) continue
    for (const key of ['text', 'path', 'oldText', 'newText']) take(part[key])
    take(part['content'])
    if (isRecord(part['content'])) take(part['content']['text'])
  }
  for (const key of ['rawInput', 'rawOutput']) {
    const raw = update[key]
    take(raw)
    if (isRecord(raw)) for (const value of Object.values(raw)) take(value)
  }
  return texts
}

/** The files a tool call names. */
export function namedPaths(update: Record<string, unknown>): string[] {
  const paths = new Set<string>()
  const take = (value: unknown): void => {
    if (typeof value === 'string' && value !== '' && value.length <= 1000) paths.add(value)
  }
  for (const part of [...asList(update['locations']), ...asList(update['content'])])
    if (isRecord(part)) take(part['path'])
  const input = update['rawInput']
  if (isRecord(input)) for (const key of ['path', 'file_path', 'filePath', 'notebook_path']) take(input[key])
  return [...paths]
}
