import { codeToTokens, isSupportedLanguage, LiveTokenizer, type ThemedToken } from '@pierre/highlights'
import { readableTheme } from './code-theme'
import type { CodeAnswer, CodeLine, CodeRequest } from './protocol'

// Colours code beside the window's own thread. Its script may compile WebAssembly, which no page of ours may.

/** A longer line keeps one colour: its thousands of runs would be felt where it is drawn. */
const tokenizeMaxLineLength = 2000
const themes = { light: readableTheme('light'), dark: readableTheme('dark') }
const documents = new Map<number, LiveTokenizer>()

addEventListener('message', (event: MessageEvent<CodeRequest>) => {
  const asked = event.data
  switch (asked.kind) {
    case 'colour': {
      const { request, code, language } = asked
      const options = { theme: themes[asked.theme], tokenizeMaxLineLength }
      answer({
        request,
        lines: isSupportedLanguage(language)
          ? codeToTokens(code, { ...options, lang: language }).tokens.map(lineOf)
          : null,
      })
      break
    }
    case 'open': {
      const { document, code, language } = asked
      const options = { theme: themes[asked.theme], tokenizeMaxLineLength }
      if (isSupportedLanguage(language))
        documents.set(document, new LiveTokenizer({ ...options, lang: language, code }))
      break
    }
    case 'edit':
      documents.get(asked.document)?.applyEdits(asked.edits)
      break
    case 'read':
      answer({ request: asked.request, lines: read(asked) })
      break
    case 'close':
      documents.get(asked.document)?.dispose()
      documents.delete(asked.document)
  }
})

function read({ document, from, to }: CodeRequest & { kind: 'read' }): CodeLine[] | null {
  const tokenizer = documents.get(document)
  if (tokenizer === undefined) return null
  const end = Math.min(to, tokenizer.lineCount)
  const lines: CodeLine[] = []
  for (let line = from; line < end; line++) lines.push(lineOf(tokenizer.getLineTokens(line).tokens))
  return lines
}

function lineOf(tokens: readonly ThemedToken[]): CodeLine {
  return tokens.map(({ content, color, fontStyle = 0 }) => ({
    length: content.length,
    color,
    italic: (fontStyle & 1) !== 0,
  }))
}

function answer(value: CodeAnswer): void {
  postMessage(value)
}
