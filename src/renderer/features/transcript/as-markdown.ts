import type { ViewItem } from '@shared/transcript/view-items'

/** Items as one markdown text, to be read elsewhere: what was said in full, what was done in a line each. */
export function asMarkdown(items: readonly ViewItem[]): string {
  const parts: string[] = []
  let speaker = ''
  const say = (who: string, text: string): void => {
    if (who !== speaker) parts.push(`## ${who}`)
    speaker = who
    parts.push(text.trim())
  }
  for (const item of items) {
    switch (item.type) {
      case 'prompt':
        speaker = ''
        say('You', item.text)
        break
      case 'message':
        say('Agent', item.text)
        break
      case 'tool':
        say('Agent', toolText(item))
        break
      case 'plan':
        say(
          'Agent',
          item.entries
            .map((entry) => `- [${entry.status === 'completed' ? 'x' : ' '}] ${entry.content}`)
            .join('\n'),
        )
        break
      case 'permission':
        parts.push(`> Permission: ${line(item.permission.title)}`)
        break
      case 'error':
        parts.push(`> Error: ${line(item.error.message)}`)
        break
      case 'memory_boundary':
        parts.push('---', '> The agent remembers from here.')
        break
      case 'forked':
        parts.push(`> Forked from "${line(item.name)}"`)
        break
      case 'thought':
      case 'note':
      case 'turn_ended':
        break
    }
  }
  return `${parts.join('\n\n')}\n`
}

function toolText({ tool }: Extract<ViewItem, { type: 'tool' }>): string {
  const failed = tool.status === 'failed' ? ' (failed)' : ''
  const head = `- ${tool.kind}: \`${line(tool.title).replaceAll('`', "'")}\`${failed}`
  return [head, ...tool.edits.map((edit) => `  - ${line(edit.path)}`)].join('\n')
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
