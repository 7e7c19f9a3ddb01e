/** The texts a pull request is proposed with. Pure. */

const LONGEST_TITLE = 256
const LONGEST_QUOTE = 2_000
const LONGEST_ANSWER = 6_000
const LONGEST_FOLLOW_UP = 200
const MOST_FOLLOW_UPS = 8

/** What is stored of a task's work. */
export interface TaskStory {
  prompts: readonly string[]
  answer: string
}

/** A title as GitHub takes it: one line, and not too long. */
export function proposedTitle(title: string): string {
  return cut(title.replaceAll(/\s+/g, ' ').trim(), LONGEST_TITLE)
}

/**
 * What the task was about and what came of it: the agent's last words, then what was asked for. Empty for a task
 * nobody has prompted.
 */
export function summaryOf(prompt: string, { prompts, answer }: TaskStory): string {
  const [first, ...later] = prompts.length > 0 ? prompts : [prompt]
  const asked = (first ?? prompt).trim() === '' ? prompt : (first ?? '')
  const parts: string[] = []
  if (answer.trim() !== '') parts.push(cut(answer.trim(), LONGEST_ANSWER))
  if (asked.trim() !== '') {
    const followUps = later
      .map((text) => text.trim().split('\n', 1)[0]?.trim() ?? '')
      .filter((text) => text !== '')
    const named = followUps.slice(0, MOST_FOLLOW_UPS).map((text) => `> - ${cut(text, LONGEST_FOLLOW_UP)}`)
    if (followUps.length > named.length) named.push(`> - and ${followUps.length - named.length} more`)
    parts.push(
      [
        '**Asked for**',
        '',
        ...quote(cut(asked.trim(), LONGEST_QUOTE)),
        ...(named.length === 0 ? [] : ['>', ...named]),
      ].join('\n'),
    )
  }
  return parts.join('\n\n')
}

const quote = (text: string): string[] => text.split(/\r?\n/).map((line) => (line === '' ? '>' : `> ${line}`))

/** Under which heading of a template people say what they did. */
const ABOUT = /^#{1,4}\s+(?:what\b|summary\b|description\b|overview\b|changes?\b|about\b|motivation\b)/i

/** A template with the summary in it: under the heading it is meant for, else above everything. */
export function bodyWith(template: string, summary: string): string {
  const text = template.replaceAll(/\r\n?/g, '\n').trim()
  if (text === '') return summary
  if (summary === '') return text
  const lines = text.split('\n')
  const at = headingAt(lines)
  if (at === -1) return `${summary}\n\n${text}`
  const before = lines.slice(0, at + 1).join('\n')
  const after = lines
    .slice(at + 1)
    .join('\n')
    .replace(/^\n+/, '')
  return after === '' ? `${before}\n\n${summary}` : `${before}\n\n${summary}\n\n${after}`
}

/** Not one inside a comment or a code block, where it would not be seen. */
function headingAt(lines: readonly string[]): number {
  let hidden: 'comment' | 'code' | null = null
  for (const [index, line] of lines.entries()) {
    if (hidden === null && ABOUT.test(line)) return index
    if (hidden !== 'comment' && /^\s*(?:```|~~~)/.test(line)) hidden = hidden === 'code' ? null : 'code'
    if (hidden === null && line.includes('<!--') && !/<!--.*-->/.test(line)) hidden = 'comment'
    else if (hidden === 'comment' && line.includes('-->')) hidden = null
  }
  return -1
}

/** Whether the text closes an issue of its repository when it is merged, in one of the words GitHub knows. */
export function closesIssue(body: string, issue: number): boolean {
  return new RegExp(String.raw`\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#${issue}\b`, 'i').test(body)
}

/** What is sent: the text, and what it closes. */
export function publishedBody(body: string, issue: number | null): string {
  const parts = [body.trim()]
  if (issue !== null && !closesIssue(body, issue)) parts.push(`Closes #${issue}`)
  return parts.filter((part) => part !== '').join('\n\n')
}

/** The text of a pull request with the line that leads back to its task. */
export const withFooter = (body: string, footer: string): string =>
  [body.trim(), footer].filter((part) => part !== '').join('\n\n')

/** GitHub ends lines as a form of a browser does. */
const sameText = (one: string, other: string): boolean =>
  one.replaceAll('\r\n', '\n').trim() === other.replaceAll('\r\n', '\n').trim()

/**
 * Whether the line is still missing: the text is the one that was sent, and nobody wrote in it since. One that was open
 * before tells nothing with an empty text, and stays as it is.
 */
export function lacksFooter(pull: { body: string }, sent: string, adopted: boolean): boolean {
  return sameText(pull.body, sent) && !(adopted && sent.trim() === '')
}

/** At most so many characters as people count them, with a mark where something is missing. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    if (kept.length + segment.length > limit - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}
