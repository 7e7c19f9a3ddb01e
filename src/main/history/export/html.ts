import { Marked } from 'marked'
import { escapeHtml } from '@shared/secret-masker'
import type { ViewItem } from '@shared/transcript/view-items'
import { editLines, goneText, inputText, itemsOf, removedText, shortened, timeText } from './items'
import { style } from './html-style'
import type { ExportedAttachment, Piece } from './source'

/** Pictures that can be drawn and cannot run anything. */
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/
const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
const LINK = /^(?:https?|mailto):/i
/** Longer text, and text that is nested deeper, is shown as it is. */
const LONGEST_MARKDOWN = 200_000
const DEEPEST = /^(?:[ \t]*(?:>|[*+-][ \t])){40}|[[(*_~`<]{200}/m

const marked = new Marked({
  gfm: true,
  renderer: {
    // What somebody wrote as HTML is text.
    html: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens)
      return LINK.test(href) ? `<a href="${escapeHtml(href)}" rel="noreferrer noopener">${text}</a>` : text
    },
    image: ({ href, text }) =>
      PICTURE.test(href) ? picture(href, text) : `<span class="faint">[${escapeHtml(text || href)}]</span>`,
    code: ({ text }) => `<pre>${escapeHtml(text)}</pre>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
})

/** Turns the pieces of an export into one page that needs nothing else, and in which nothing can run. */
export class HtmlWriter {
  readonly #title: string
  #attachments = new Map<string, ExportedAttachment>()

  constructor(title: string) {
    this.#title = title
  }

  begin(): string {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(this.#title)}</title>
<style>${style}</style>
</head>
<body>
<main>
`
  }

  piece(piece: Piece): string {
    switch (piece.type) {
      case 'task': {
        const { task } = piece
        const pull = task.pullRequest
        const facts = [
          fact('Repository', escapeHtml(task.repository.fullName ?? task.repository.name)),
          fact(
            'Branch',
            `<code>${escapeHtml(task.branch)}</code>${task.baseBranch === null ? '' : ` from <code>${escapeHtml(task.baseBranch)}</code>`}`,
          ),
          ...(pull === null
            ? []
            : [
                fact(
                  'Pull request',
                  `${link(pull.url, `#${pull.number} ${pull.title}`)} (${escapeHtml(pull.state)})`,
                ),
              ]),
          fact('Created', `${timeText(task.createdAt)} UTC`),
        ]
        return `<section class="task">\n<h1 dir="auto">${escapeHtml(task.title)}</h1>\n<dl>${facts.join('')}</dl>\n`
      }
      case 'session': {
        const { session } = piece
        this.#attachments = new Map(piece.attachments.map((one) => [one.id, one]))
        const about = [session.agentId, session.modelId, `${timeText(session.createdAt)} UTC`]
        return `<section class="session">\n<h2 dir="auto">${escapeHtml(session.name)}</h2>\n<p class="faint">${escapeHtml(about.filter(Boolean).join(' · '))}</p>\n`
      }
      case 'rows':
        return itemsOf(piece.rows)
          .map((item) => this.#item(item))
          .filter((text) => text !== '')
          .map((text) => `${text}\n`)
          .join('')
      case 'session_end':
        return '</section>\n'
      case 'checkpoint': {
        const { checkpoint } = piece
        if (checkpoint.diff === '') return ''
        const cut = checkpoint.truncated ? ', not all of it was kept' : ''
        const counts = `${checkpoint.files} files, +${checkpoint.added} −${checkpoint.removed}${cut}`
        return `<details class="changes"><summary>Changes up to ${timeText(checkpoint.createdAt)} UTC <span class="faint">${counts}</span></summary>${diff(shortened(checkpoint.diff))}</details>\n`
      }
      case 'task_end':
        return '</section>\n'
    }
  }

  end(): string {
    return '</main>\n</body>\n</html>\n'
  }

  #item(item: ViewItem): string {
    const gone = goneText(item)
    const html = this.#shown(item)
    return gone === null ? html : `${html}${note(gone)}`
  }

  #shown(item: ViewItem): string {
    switch (item.type) {
      case 'prompt':
        return `<article class="prompt"><h3>You <span class="faint">${timeText(item.at)}</span></h3><div class="text" dir="auto">${plain(item.text)}</div>${(item.attachments ?? []).map((one) => this.#attachment(one.id, one.name)).join('')}</article>`
      case 'message':
        return `<article class="message" dir="auto">${prose(item.text)}</article>`
      case 'thought':
        return `<details class="thought"><summary>Thought</summary><div class="text" dir="auto">${plain(item.text)}</div></details>`
      case 'tool': {
        const { tool } = item
        const status = tool.status === 'failed' ? 'failed' : item.abandoned ? 'not finished' : ''
        const mark = status === '' ? '' : ` <strong class="failed">${status}</strong>`
        const input = tool.edits.length > 0 ? '' : inputText(tool.rawInput)
        const inside = [
          input === '' ? '' : `<pre>${escapeHtml(shortened(input))}</pre>`,
          ...tool.edits.map(
            (edit) =>
              `<p><code>${escapeHtml(edit.path)}</code></p>${diff(shortened(editLines(edit.oldText, edit.newText)))}`,
          ),
          tool.output === '' ? '' : `<pre>${escapeHtml(shortened(tool.output))}</pre>`,
          ...tool.images
            .filter((source) => PICTURE.test(source))
            .map((source) => picture(source, tool.title)),
        ].join('')
        const open = tool.edits.length > 0 || tool.images.length > 0 ? ' open' : ''
        return `<details class="tool"${open}><summary><span class="kind">${escapeHtml(tool.kind)}</span> <code>${escapeHtml(tool.title)}</code>${mark}</summary>${inside}</details>`
      }
      case 'plan':
        return `<ul class="plan">${item.entries.map((entry) => `<li>${entry.status === 'completed' ? '☑' : '☐'} ${escapeHtml(entry.content)}</li>`).join('')}</ul>`
      case 'permission': {
        const { permission } = item
        const answer = permission.options.find(({ id }) => id === permission.answer)?.name
        return note(`Permission: ${permission.title}: ${answer ?? permission.state}`)
      }
      case 'error':
        return `<div class="error"><p>${escapeHtml(item.error.message)}</p>${item.error.detail === undefined ? '' : `<pre>${escapeHtml(item.error.detail)}</pre>`}</div>`
      case 'memory_boundary':
        return `<hr>${note('The agent remembers from here.')}`
      case 'forked':
        return note(`Forked from "${item.name}"`)
      case 'turn_ended':
        return item.stopReason === 'end_turn' ? '' : note(`The turn ended: ${item.stopReason}`)
      case 'note':
        return note(item.text)
    }
  }

  #attachment(id: string, name: string): string {
    const file = this.#attachments.get(id)
    const source = file === undefined ? '' : `data:${file.mimeType};base64,${file.content}`
    if (file !== undefined && PICTURE_TYPES.includes(file.mimeType) && PICTURE.test(source))
      return picture(source, name)
    const gone = file?.removed === undefined ? '' : ` (${removedText(file.removed)})`
    return `<p class="faint">Attached: ${escapeHtml(name)}${gone}</p>`
  }
}

/** What an agent wrote. */
export function prose(text: string): string {
  if (text.length > LONGEST_MARKDOWN || DEEPEST.test(text))
    return `<div class="text">${plain(shortened(text))}</div>`
  try {
    return marked.parse(text, { async: false })
  } catch (error) {
    // Deeper than can be read: it is text then.
    if (error instanceof Error) return `<div class="text">${plain(text)}</div>`
    throw error
  }
}

const plain = (text: string): string => escapeHtml(text.trim())
const note = (text: string): string => `<p class="note">${escapeHtml(text)}</p>`
const fact = (name: string, html: string): string => `<div><dt>${name}</dt><dd dir="auto">${html}</dd></div>`
const picture = (source: string, text: string): string =>
  `<img src="${escapeHtml(source)}" alt="${escapeHtml(text)}">`

function link(href: string, text: string): string {
  if (!LINK.test(href)) return escapeHtml(text)
  return `<a href="${escapeHtml(href)}" rel="noreferrer noopener">${escapeHtml(text)}</a>`
}

/** A diff with its lines coloured; signs say the same without colours. */
function diff(text: string): string {
  const lines = text.split('\n').map((one) => {
    const kind = /^(?:\+\+\+|---|diff |index )/.test(one)
      ? 'head'
      : one.startsWith('@@')
        ? 'hunk'
        : one.startsWith('+')
          ? 'add'
          : one.startsWith('-')
            ? 'remove'
            : ''
    return kind === '' ? escapeHtml(one) : `<span class="${kind}">${escapeHtml(one)}</span>`
  })
  return `<pre class="diff">${lines.join('\n')}</pre>`
}
