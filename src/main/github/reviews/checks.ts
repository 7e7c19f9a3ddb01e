import { z } from 'zod'
import { toErrorValue } from '@shared/errors'
import { annotationLevels, type CheckAnnotation, type CheckDetail } from '@shared/reviews'
import { plainText } from '../../sandbox/plain-text'
import { GitHubError } from '../client/errors'
import type { GitHubClient } from '../types'

const ANNOTATIONS = 50
const MOST_TEXT = 20_000
/** Of a log, as much of its end is looked at. */
const TAIL_BYTES = 512 * 1024
/** Of that, as much is shown: around the last error, else the end. */
const EXCERPT_LINES = 120
const AFTER_ERROR = 8
const EXCERPT_CHARACTERS = 16_000

const checkSchema = z.object({
  id: z.number(),
  name: z.string(),
  conclusion: z.string().nullable(),
  html_url: z.string().nullable(),
  app: z.object({ slug: z.string().optional() }).nullish(),
  output: z.object({
    title: z.string().nullable(),
    summary: z.string().nullable(),
    text: z.string().nullable(),
    annotations_count: z.number(),
  }),
})

const annotationsSchema = z.array(
  z.object({
    path: z.string(),
    start_line: z.number(),
    end_line: z.number(),
    annotation_level: z.string().nullable(),
    title: z.string().nullable(),
    message: z.string().nullable(),
  }),
)

/** What a check of a repository says about itself, with the end of its log where GitHub ran it. */
export async function readCheck(
  client: GitHubClient,
  githubId: string,
  id: number,
  signal: AbortSignal,
  /** The whole log, as far as that is not longer than this; without it, what tells why it failed. */
  logBytes?: number,
): Promise<CheckDetail> {
  const purpose = { purpose: 'interactive' as const, signal }
  const root = `/repositories/${encodeURIComponent(githubId)}`
  const { value: check } = await client.get(`${root}/check-runs/${id}`, {
    ...purpose,
    read: (body) => checkSchema.parse(body),
  })
  const { output } = check
  return {
    id: check.id,
    name: check.name,
    conclusion: check.conclusion,
    url: check.html_url,
    title: output.title,
    summary: (output.summary ?? '').slice(0, MOST_TEXT),
    text: (output.text ?? '').slice(0, MOST_TEXT),
    annotations: output.annotations_count === 0 ? [] : await annotations(check.name),
    annotationsTotal: output.annotations_count,
    log: check.app?.slug === 'github-actions' ? await log() : null,
  }

  async function annotations(name: string): Promise<CheckAnnotation[]> {
    const { value } = await client.get(`${root}/check-runs/${id}/annotations`, {
      ...purpose,
      query: { per_page: ANNOTATIONS },
      read: (body) => annotationsSchema.parse(body),
    })
    return value.map((one, index) => ({
      id: `${name} ${index}`,
      check: name,
      level: annotationLevels.find((level) => level === one.annotation_level) ?? 'notice',
      path: one.path,
      startLine: one.start_line,
      endLine: one.end_line,
      title: one.title,
      message: (one.message ?? '').slice(0, MOST_TEXT),
    }))
  }

  /** A check that Actions ran has the id of its job. That there is no log says nothing against the rest. */
  async function log(): Promise<CheckDetail['log']> {
    try {
      const what = `the log of ${check.name}`
      const end = await client.tail(`${root}/actions/jobs/${id}/logs`, {
        ...purpose,
        what,
        keepBytes: logBytes ?? TAIL_BYTES,
      })
      const excerpt =
        logBytes === undefined ? logExcerpt(end.text) : { text: logLines(end.text).join('\n'), cut: false }
      return { text: excerpt.text, cut: end.cut || excerpt.cut, problem: null }
    } catch (error) {
      if (!(error instanceof GitHubError) || error.reason === 'aborted') throw error
      return { text: '', cut: false, problem: toErrorValue(error) }
    }
  }
}

/** Each line of a log of Actions begins with when it was written. */
const STAMP = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?/

/** What of a log tells why it failed, as plain text: what leads to its last error, else its end. */
export function logExcerpt(raw: string): { text: string; cut: boolean } {
  const lines = logLines(raw)
  const error = lines.findLastIndex((line) => line.startsWith('error: '))
  const end = error < 0 ? lines.length : Math.min(lines.length, error + 1 + AFTER_ERROR)
  const start = Math.max(0, end - EXCERPT_LINES)
  const text = lines.slice(start, end).join('\n')
  const kept = text.length <= EXCERPT_CHARACTERS ? text : text.slice(-EXCERPT_CHARACTERS)
  return {
    text: kept === text ? text : kept.slice(kept.indexOf('\n') + 1),
    cut: start > 0 || end < lines.length || kept !== text,
  }
}

/** A log as plain text, without what only GitHub's own page makes something of. */
function logLines(raw: string): string[] {
  const read = plainText()
  const plain = read(Buffer.from(`${raw}\n`).toString('base64'))
  const lines = plain
    .split('\n')
    .map((line) => line.replace(STAMP, '').trimEnd())
    .map((line) => line.replace(/^##\[(error|warning|debug|notice|command)\]/, '$1: '))
    .filter((line) => line !== '##[endgroup]')
    .map((line) => line.replace(/^##\[group\]/, ''))
  while (lines.at(-1) === '') lines.pop()
  return lines
}
