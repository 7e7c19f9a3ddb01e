// Stands for `@pierre/highlights` on pages (electron.vite.config.ts), which may not compile WebAssembly. There the diff
// library needs only text without colours, until its worker has them.
import type { CodeToTokensOptions, TokensResult } from '@pierre/highlights'

export function isSupportedLanguage(): boolean {
  return false
}

export function codeToTokens(code: string, _options: CodeToTokensOptions): TokensResult {
  let offset = 0
  return {
    tokens: code.split('\n').map((content) => {
      const line = [{ content, offset }]
      offset += content.length + 1
      return line
    }),
  }
}

/** Of the library's editor and of text that streams, which it does not do here. */
export const LiveTokenizer = undefined
