import type { SearchTerm } from '@shared/search-query'
import { wordForms } from './words'

/** Where words are looked for; `about` holds words of ours. */
const TEXT_COLUMNS = '{words parts path}'

/**
 * The words of a search in the language of FTS5. Whatever was typed stands between quotes, so that nothing of it is
 * read as syntax.
 *
 * @param about words of ours, each group of which has to be met by one of its words
 * @param without words of ours that must not be there
 * @param everything a word that every row has, for what is only excluded
 */
export function matchOf(
  terms: readonly SearchTerm[],
  paths: readonly { value: string; excluded: boolean }[],
  about: readonly (readonly string[])[],
  without: readonly string[],
  everything: readonly string[],
): string {
  const wanted: string[] = []
  const unwanted: string[] = []
  for (const term of terms) {
    const expression = termOf(term)
    if (expression !== null) (term.excluded ? unwanted : wanted).push(`${TEXT_COLUMNS} : (${expression})`)
  }
  for (const { value, excluded } of paths) {
    const { words } = wordForms(value)
    if (words.length > 0) (excluded ? unwanted : wanted).push(`path : (${phrase(words)} *)`)
  }
  for (const group of about) wanted.push(`about : (${group.map(quoted).join(' OR ')})`)
  if (without.length > 0) unwanted.push(`about : (${without.map(quoted).join(' OR ')})`)
  if (wanted.length === 0) wanted.push(`about : (${everything.map(quoted).join(' OR ')})`)
  const all = wanted.join(' AND ')
  return unwanted.length === 0 ? all : `(${all}) NOT (${unwanted.join(' OR ')})`
}

/** Null for what holds no word. */
function termOf({ text, prefix }: SearchTerm): string | null {
  const { words, parts, runs } = wordForms(text)
  const star = prefix ? ' *' : ''
  const all: string[] = []
  if (words.length > 0) {
    const plain = phrase(words) + star
    all.push(parts === null ? plain : `(${plain} OR ${phrase(parts)}${star})`)
  }
  for (const run of runs) {
    const [only] = run
    // One character is the beginning of pairs.
    all.push(
      run.length === 1 && only !== undefined && Array.from(only).length === 1
        ? `${quoted(only)} *`
        : phrase(run),
    )
  }
  return all.length === 0 ? null : all.join(' AND ')
}

const phrase = (words: readonly string[]): string => quoted(words.join(' '))
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
