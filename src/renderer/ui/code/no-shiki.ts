// Stands for the highlighter we leave out of the build (electron.vite.config.ts). Nothing of it is ever called.
const left = (): never => {
  throw new Error('This highlighter is not part of the app')
}
export const createCssVariablesTheme = left
export const createHighlighterCore = left
export const createJavaScriptRegexEngine = left
export const createOnigurumaEngine = left
export const EncodedTokenMetadata = left
export const normalizeTheme = left
export const INITIAL = null
export const bundledLanguages = {}
