import type { Removed } from '@shared/export-format'
import type { ViewItem } from '@shared/transcript/view-items'
import { editLines, goneText, inputText, itemsOf, removedText, shortened, timeText } from './items'
import type { Piece } from './source'

/** Turns the pieces of an export into Markdown. */
export class MarkdownWriter {
  #removed = new Map<string, Removed>()

  begin(): string {
    return ''
  }

  piece(piece: Piece): string {
    switch (piece.type) {
      case 'task': {
        const { task } = piece
        const lines = [
          `# ${line(task.title)}`,
          [
            `- Repository: ${line(task.repository.fullName ?? task.repository.name)}`,
            `- Branch: ${code(task.branch)}${task.baseBranch === null ? '' : ` from ${code(task.baseBranch)}`}`,
            ...(task.pullRequest === null
              ? []
              : [
                  `- Pull request: #${task.pullRequest.number} ${line(task.pullRequest.title)} (${task.pullRequest.state}) <${line(task.pullRequest.url)}>`,
                ]),
            `- Created: ${timeText(task.createdAt)} UTC`,
          ].join('\n'),
        ]
        return `${lines.join('\n\n')}\n\n`
      }
      case 'session':
        this.#removed = new Map(
          piece.attachments.flatMap(({ id, removed }) => (removed === undefined ? [] : [[id, removed]])),
        )
        return `## Session: ${line(piece.session.name)}\n\n${line(piece.session.agentId)}${piece.session.modelId === null ? '' : `, ${line(piece.session.modelId)}`} · ${timeText(piece.session.createdAt)} UTC\n\n`
      case 'rows':
        return itemsOf(piece.rows)
          .map((item) => this.#item(item))
          .filter((text) => text !== '')
          .map((text) => `${text}\n\n`)
          .join('')
      case 'checkpoint': {
        const { checkpoint } = piece
        if (checkpoint.diff === '') return ''
        const cut = checkpoint.truncated ? ' (not all of it was kept)' : ''
        return `### Changes up to ${timeText(checkpoint.createdAt)} UTC${cut}\n\n${fenced(shortened(checkpoint.diff), 'diff')}\n\n`
      }
      case 'session_end':
      case 'task_end':
        return ''
    }
  }

  end(): string {
    return ''
  }

  #item(item: ViewItem): string {
    const gone = goneText(item)
    return [this.#shown(item), ...(gone === null ? [] : [quoted(gone)])].filter(Boolean).join('\n\n')
  }

  #shown(item: ViewItem): string {
    switch (item.type) {
      case 'prompt': {
        const files = (item.attachments ?? []).map(({ id, name }) => {
          const removed = this.#removed.get(id)
          return `- Attached: ${line(name)}${removed === undefined ? '' : ` (${removedText(removed)})`}`
        })
        return [`### You · ${timeText(item.at)}`, item.text.trim(), files.join('\n')]
          .filter(Boolean)
          .join('\n\n')
      }
      case 'message':
        return `**Agent:**\n\n${item.text.trim()}`
      case 'thought':
        return quoted(`Thought: ${item.text.trim()}`)
      case 'tool': {
        const { tool } = item
        const status = tool.status === 'failed' ? ' (failed)' : item.abandoned ? ' (not finished)' : ''
        const input = tool.edits.length > 0 ? '' : inputText(tool.rawInput)
        return [
          `**${tool.kind}:** ${code(tool.title)}${status}`,
          ...(input === '' ? [] : [fenced(shortened(input), 'json')]),
          ...tool.edits.map(
            (edit) =>
              `${code(edit.path)}\n\n${fenced(shortened(editLines(edit.oldText, edit.newText)), 'diff')}`,
          ),
          ...(tool.output === '' ? [] : [fenced(shortened(tool.output), '')]),
        ].join('\n\n')
      }
      case 'plan':
        return item.entries
          .map((entry) => `- [${entry.status === 'completed' ? 'x' : ' '}] ${line(entry.content)}`)
          .join('\n')
      case 'permission': {
        const { permission } = item
        const answer = permission.options.find(({ id }) => id === permission.answer)?.name
        return quoted(`Permission: ${line(permission.title)}: ${line(answer ?? permission.state)}`)
      }
      case 'error':
        return quoted(`Error: ${[item.error.message, item.error.detail ?? ''].filter(Boolean).join('\n')}`)
      case 'memory_boundary':
        return '---\n\n> The agent remembers from here.'
      case 'forked':
        return quoted(`Forked from "${line(item.name)}"`)
      case 'turn_ended':
        return item.stopReason === 'end_turn' ? '' : quoted(`The turn ended: ${line(item.stopReason)}`)
      case 'note':
        return quoted(line(item.text))
    }
  }
}

const line = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
const quoted = (text: string): string =>
  text
    .split('\n')
    .map((one) => `> ${one}`)
    .join('\n')
const code = (text: string): string => `\`${line(text).replaceAll('`', "'")}\``

/** In a fence that nothing inside can close. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`
}
