// The bundler makes the default export.
// oxlint-disable-next-line import/default
import CodeWorker from './code-worker?worker'
import { reportError } from '../../client/report'
import type { CodeAnswer, CodeEdit, CodeLine, CodeRequest } from './protocol'

type Theme = 'light' | 'dark'
/** Null where nobody knows the language; undefined where the worker failed, which is in the log then. */
type Lines = readonly CodeLine[] | null | undefined

/** A worker that has failed so often and never answered is not started again. */
const mostFailures = 3

let worker: Worker | null = null
let failures = 0
let numbers = 0
const waiting = new Map<number, (lines: Lines) => void>()

/** The lines of code with their colours. */
export function colourCode(code: string, language: string, theme: Theme): Promise<Lines> {
  return ask((request) => ({ kind: 'colour', request, code, language, theme }))
}

/** A text that is coloured as it changes. What is asked is answered for the text as it was then. */
export class CodeDocument {
  readonly #document = (numbers += 1)

  constructor(code: string, language: string, theme: Theme) {
    tell({ kind: 'open', document: this.#document, code, language, theme })
  }

  edit(edits: readonly CodeEdit[]): void {
    tell({ kind: 'edit', document: this.#document, edits })
  }

  /** Lines `from` to, not with, `to`; from 0. */
  read(from: number, to: number): Promise<Lines> {
    return ask((request) => ({ kind: 'read', request, document: this.#document, from, to }))
  }

  close(): void {
    tell({ kind: 'close', document: this.#document })
  }
}

function ask(of: (request: number) => CodeRequest): Promise<Lines> {
  const asked = running()
  if (asked === null) return Promise.resolve(undefined)
  numbers += 1
  const request = numbers
  return new Promise((resolve) => {
    waiting.set(request, resolve)
    asked.postMessage(of(request))
  })
}

function tell(request: CodeRequest): void {
  running()?.postMessage(request)
}

function running(): Worker | null {
  if (worker === null && failures < mostFailures) worker = start()
  return worker
}

function start(): Worker {
  const started = new CodeWorker()
  started.addEventListener('message', (event: MessageEvent<CodeAnswer>) => {
    const { request, lines } = event.data
    failures = 0
    waiting.get(request)?.(lines)
    waiting.delete(request)
  })
  started.addEventListener('error', (event) => {
    // What else was asked is answered by nobody any more: it stays in one colour, and the next one starts anew.
    event.preventDefault()
    if (worker === started) worker = null
    failures += 1
    started.terminate()
    for (const answer of waiting.values()) answer(undefined)
    waiting.clear()
    reportError(new Error('Code cannot be coloured', { cause: event.error ?? event.message }))
  })
  return started
}
