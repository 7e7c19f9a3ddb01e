import { FoundryError } from '@shared/errors'
import { PLACES_A_PAGE } from '@shared/file-limits'
import type { FoundPlace, SearchPage, SearchRequest } from '@shared/files'
import { withScratch } from '../../sandbox/git/changes'
import { INERT_CONFIG } from '../../sandbox/git/environment'
import { gitError } from '../../sandbox/git/errors'
import type { CheckoutGit, GitResult } from '../../sandbox/git/types'
import { FOUND, SEARCH, STOP } from './scripts'

/** Of one line, so much is shown, and so much of it before the first place. */
const SHOWN = 400
const SHOWN_BEFORE = 60
/** Of one page, as the script cuts it, and a little more: what is no UTF-8 becomes longer. */
const CUT_BYTES = 1_000_000
const OUTPUT_BYTES = 3 * CUT_BYTES
const SLOW_SEARCH_MS = 120_000
/** Where a place begins and ends in what git prints. No text has that by accident. */
const MARK = 'bold ul blink reverse'
const BEGIN = '\u001B[1;4;5;7m'
const END = '\u001B[m'
const PLAIN = ['filename', 'lineNumber', 'column', 'separator', 'selected', 'context', 'function']

/**
 * A page of the places where files of the checkout, or of a commit, hold some words. Ends early when `signal` says so.
 * What of it is found before it ends is told, in order and in batches.
 *
 * @throws FoundryError `invalid_input` for a regular expression that is none, `cancelled`
 */
export async function searchFiles(
  git: CheckoutGit,
  request: SearchRequest,
  {
    commit,
    from,
    signal,
    onFound,
  }: { commit: string | null; from: number; signal: AbortSignal; onFound: (places: FoundPlace[]) => void },
): Promise<SearchPage> {
  return withScratch(git, async (scratch) => {
    const number = scratch.file('search')
    for (const name of ['stop', 'found', 'done']) scratch.file(`search.${name}`)
    const run = (perl: boolean): Promise<GitResult> =>
      git.script(
        SEARCH,
        [number, String(from + 1), String(PLACES_A_PAGE), ...argumentsOf(request, commit, perl)],
        {
          maxOutputBytes: OUTPUT_BYTES,
          timeoutMs: SLOW_SEARCH_MS,
          // Letters beyond ASCII are told from one another only where git knows that the text is Unicode.
          env: { LC_ALL: 'C.UTF-8' },
        },
      )
    const stopping: Promise<unknown>[] = []
    const onAbort = () => {
      stopping.push(git.script(STOP, [number]))
    }
    if (signal.aborted) throw cancelled()
    signal.addEventListener('abort', onAbort, { once: true })
    const over = new AbortController()
    const following = follow(git, number, { commit, from, signal: over.signal, onFound })
    try {
      const perl = await run(true)
      const hasNone = request.regex && /not compiled with .*PCRE/i.test(perl.stderr)
      const result = hasNone ? await run(false) : perl
      if (signal.aborted) throw cancelled()
      return toPage(result, commit, from)
    } finally {
      signal.removeEventListener('abort', onAbort)
      over.abort()
      await Promise.all([...stopping, following])
    }
  })
}

/** Tells what a search has found, until it is over. */
async function follow(
  git: CheckoutGit,
  number: string,
  {
    commit,
    from,
    signal,
    onFound,
  }: { commit: string | null; from: number; signal: AbortSignal; onFound: (places: FoundPlace[]) => void },
): Promise<void> {
  let told = 0
  while (!signal.aborted && told < PLACES_A_PAGE) {
    const args = [number, String(from + told + 1), String(PLACES_A_PAGE - told)]
    try {
      // One after the other: each says where the next begins.
      const { exitCode, stdout } = await git.script(FOUND, args, { maxOutputBytes: OUTPUT_BYTES, signal })
      if (signal.aborted || exitCode !== 0) return
      const { places, lines } = placesIn(stdout.slice(0, stdout.lastIndexOf('\n') + 1), commit)
      told += lines
      if (places.length > 0) onFound(places)
    } catch {
      // Of what goes wrong the search itself tells.
      return
    }
  }
}

function argumentsOf(request: SearchRequest, commit: string | null, perl: boolean): string[] {
  return [
    ...INERT_CONFIG,
    ...PLAIN.flatMap((part) => ['-c', `color.grep.${part}=normal`]),
    '-c',
    `color.grep.match=${MARK}`,
    'grep',
    '-z',
    '--line-number',
    '--full-name',
    '--no-column',
    '--no-recurse-submodules',
    '--no-textconv',
    '-I',
    '--color=always',
    request.regex ? (perl ? '--perl-regexp' : '--extended-regexp') : '--fixed-strings',
    ...(request.matchCase ? [] : ['--ignore-case']),
    ...(request.wholeWords ? ['--word-regexp'] : []),
    ...(commit === null
      ? ['--untracked', request.ignored ? '--no-exclude-standard' : '--exclude-standard']
      : []),
    '-e',
    request.words.replaceAll(/[\r\n\0]/g, ''),
    ...(commit === null ? [] : [commit]),
    '--',
    ...pathspecsOf(request.include, ''),
    ...pathspecsOf(request.exclude, 'exclude,'),
  ]
}

/** As people write them: `*.ts` anywhere, `src` with all that is in it, `/src` at the top alone. */
function pathspecsOf(patterns: readonly string[], magic: string): string[] {
  return patterns.flatMap((pattern) => {
    const plain = pattern.trim().replaceAll('\0', '')
    const fromTop = /^\.?\//.test(plain)
    const bare = plain.replace(/^\.?\/+/, '').replace(/\/+$/, '')
    if (bare === '') return []
    const start = fromTop || bare.startsWith('**/') ? '' : '**/'
    return [`:(top,${magic}glob)${start}${bare}`, `:(top,${magic}glob)${start}${bare}/**`]
  })
}

function toPage(result: GitResult, commit: string | null, from: number): SearchPage {
  const ended = Number(/git ended with (\d+)\s*$/.exec(result.stderr)?.[1] ?? Number.NaN)
  // Ended by whoever had read enough, or with nothing found.
  const fine = ended <= 1 || ended === 141
  if (!fine && result.stdout === '') {
    const words = result.stderr.replace(/git ended with \d+\s*$/, '').trim()
    const bad = /^fatal: (?:command line|-e option), /m.test(words)
    if (bad)
      throw new FoundryError('invalid_input', 'This is no regular expression.', {
        next: 'Correct it, or search for the words as they are.',
        detail: words,
      })
    throw gitError({ ...result, exitCode: ended, stderr: words }, 'The files could not be searched')
  }
  const { stdout } = result
  const { places, lines } = placesIn(stdout, commit)
  const full = lines >= PLACES_A_PAGE || Buffer.byteLength(stdout) >= CUT_BYTES
  return { places, next: full && lines > 0 ? from + lines : null }
}

/** What git printed, as places; `lines`: so many lines of it. */
function placesIn(stdout: string, commit: string | null): { places: FoundPlace[]; lines: number } {
  const places: FoundPlace[] = []
  let at = 0
  let lines = 0
  while (at < stdout.length) {
    const pathEnd = stdout.indexOf('\0', at)
    const numberEnd = stdout.indexOf('\0', pathEnd + 1)
    if (pathEnd < 0 || numberEnd < 0) break
    const named = stdout.slice(at, pathEnd)
    const newline = stdout.indexOf('\n', numberEnd)
    // A line that was cut is shown as far as it is known, and not read again.
    const end = newline < 0 ? stdout.length : newline
    const path = commit === null ? named : named.slice(commit.length + 1)
    // A name may hold line ends, which count as lines where pages are cut.
    lines += 1 + (named.match(/\n/g)?.length ?? 0)
    places.push(toPlace(path, Number(stdout.slice(pathEnd + 1, numberEnd)), stdout.slice(numberEnd + 1, end)))
    at = end + 1
  }
  return { places, lines }
}

function toPlace(path: string, line: number, marked: string): FoundPlace {
  const marks: [number, number][] = []
  let text = ''
  for (const [index, part] of marked.split(BEGIN).entries()) {
    const end = index === 0 ? -1 : part.indexOf(END)
    if (end < 0) text += part
    else {
      marks.push([text.length, text.length + end])
      text += part.slice(0, end) + part.slice(end + END.length)
    }
  }
  text = text.replace(/\r$/, '')
  const first = marks[0]?.[0] ?? 0
  const before = text.length <= SHOWN || first < SHOWN_BEFORE * 2 ? 0 : first - SHOWN_BEFORE
  const shown = text.slice(before, before + SHOWN)
  return {
    path,
    line,
    text: shown,
    marks: marks.flatMap(([start, end]): [number, number][] => {
      const range: [number, number] = [start - before, Math.min(end - before, shown.length)]
      return range[0] >= 0 && range[0] < range[1] ? [range] : []
    }),
    before,
    cut: before + shown.length < text.length,
  }
}

function cancelled(): FoundryError {
  return new FoundryError('cancelled', 'The search was stopped.')
}
