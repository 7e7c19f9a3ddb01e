import '@xterm/xterm/css/xterm.css'
import type { Settings } from '@shared/domain'
import type { TerminalMessage } from '@shared/terminals'
import { ClipboardAddon } from '@xterm/addon-clipboard'
import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { WebglAddon } from '@xterm/addon-webgl'
import { Terminal as Xterm, type ILink } from '@xterm/xterm'
import { openExternal } from '../../app/open-external'
import { bridge } from '../../client/bridge'
import { reportError } from '../../client/report'
import { openTerminalStream, type TerminalPort } from '../../client/terminal-stream'
import { copyText } from '../../ui/copy-button'
import { terminalFont, terminalMarks, terminalTheme } from '../../ui/terminal-theme'
import { onThemeChange } from '../../ui/theme-watch'
import { isAnswer } from './answers'
import { CommandMarks } from './command-marks'
import { EchoWait } from './echo-wait'
import { fileLinks } from './file-links'
import { drawsWithGraphics } from './graphics'
import { joinedSigns } from './ligatures'
import { OutputFeed } from './output-feed'
import { shellWord } from './shell-word'
import { terminalKey } from './terminal-keys'

/** Of all terminals of this window. */
const echo = new EchoWait()
/** So often it is looked whether it came. */
const ECHO_LOOK_MS = 4

/** A title is the program's own word: short, on one line, without what cannot be seen. */
const TITLE_CHARACTERS = 120

export interface ScreenEvents {
  title(title: string): void
  bell(): void
  openFile(path: string, line: number): void
  find(): void
  /** How many places were found, and at which of them it is; none is -1. */
  found(at: number, count: number): void
}

/** One terminal as this window draws it. It lives on while it is hidden, at no cost, and is drawn nowhere then. */
export class TerminalScreen {
  readonly #xterm: Xterm
  readonly #fit = new FitAddon()
  readonly #search = new SearchAddon({ highlightLimit: 1000 })
  readonly #feed = new OutputFeed({
    write: (bytes, read) => this.#xterm.write(bytes, read),
    whenIdle: (task) => this.#whenIdle(task),
  })
  readonly #marks: CommandMarks
  readonly #port: TerminalPort
  readonly #observer: ResizeObserver
  readonly #stopTheme: () => void
  readonly #element = document.createElement('div')
  readonly #inner = document.createElement('div')
  /** A program turned the colours of the screen round. */
  #turned = false
  /** Draws signs together, while that is wanted. */
  #joiner: number | null = null
  /** While programs may use it. */
  #clipboard: ClipboardAddon | null = null
  #opened = false
  #started = false
  /** Drawn up to here; output before `#replayEnd` is only shown again. */
  #drawn = 0
  #replayEnd = 0
  #disposed = false

  constructor(
    terminalId: string,
    settings: Settings['terminal'],
    private readonly events: ScreenEvents,
  ) {
    // Beside the screen is room for the marks of commands.
    this.#element.className = 'h-full w-full overflow-hidden ps-8'
    this.#inner.className = 'h-full w-full'
    this.#element.append(this.#inner)
    this.#xterm = new Xterm({
      allowProposedApi: true,
      cursorBlink: false,
      cursorInactiveStyle: 'outline',
      fontFamily: fontOf(settings),
      fontSize: settings.fontSize,
      scrollback: settings.scrollback,
      macOptionIsMeta: true,
      rightClickSelectsWord: bridge().platform === 'darwin',
      theme: terminalTheme(),
      linkHandler: { activate: (_event, uri) => void openExternal(uri) },
    })
    const xterm = this.#xterm
    this.#marks = new CommandMarks(xterm)
    this.#joinSigns(settings.ligatures)
    this.#allowClipboard(settings.clipboard)
    xterm.loadAddon(this.#fit)
    xterm.loadAddon(this.#search)
    xterm.loadAddon(new Unicode11Addon())
    xterm.unicode.activeVersion = '11'
    xterm.loadAddon(new WebLinksAddon((_event, uri) => void openExternal(uri)))
    xterm.registerLinkProvider({
      provideLinks: (line, found) => found(this.#fileLinksOf(line)),
    })
    xterm.attachCustomKeyEventHandler((event) => this.#ownsKey(event))
    xterm.onData((text) => {
      if (this.#drawn < this.#replayEnd && isAnswer(text)) return
      echo.typed(this, performance.now())
      this.#port.send({ type: 'input', text })
    })
    xterm.onBinary((bytes) => this.#port.send({ type: 'bytes', bytes }))
    xterm.onResize(({ cols, rows }) => this.#port.send({ type: 'resize', columns: cols, rows }))
    // oxlint-disable-next-line no-control-regex -- that these are taken out is the point
    xterm.onTitleChange((title) =>
      events.title(title.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, TITLE_CHARACTERS)),
    )
    xterm.onBell(() => {
      if (this.#drawn >= this.#replayEnd) events.bell()
    })
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => events.found(resultIndex, resultCount))
    this.#observer = new ResizeObserver(() => this.#refit())
    this.#stopTheme = onThemeChange(() => this.#paint())
    for (const final of ['h', 'l'] as const)
      xterm.parser.registerCsiHandler({ prefix: '?', final }, (modes) => this.#setModes(modes, final === 'h'))
    xterm.parser.registerEscHandler({ final: 'c' }, () => this.#setModes([5], false))
    this.#element.addEventListener('dragover', acceptFiles)
    this.#element.addEventListener('drop', (event) => this.#drop(event))
    this.#port = openTerminalStream(terminalId, (message) => this.#take(message))
    this.#port.send({ type: 'show', visible: false })
  }

  /** Draws into a place of the page from now on. */
  show(place: HTMLElement): void {
    if (this.#disposed) return
    place.append(this.#element)
    if (!this.#opened) {
      this.#opened = true
      this.#xterm.open(this.#inner)
      this.#accelerate()
    }
    this.#observer.observe(this.#element)
    this.#refit()
    this.#port.send({ type: 'show', visible: true })
    // The shell of a terminal that has none yet begins with this size.
    this.#port.send({ type: 'resize', columns: this.#xterm.cols, rows: this.#xterm.rows })
  }

  hide(): void {
    this.#observer.disconnect()
    this.#element.remove()
    this.#port.send({ type: 'show', visible: false })
  }

  focus(): void {
    this.#xterm.focus()
  }

  paste(text: string): void {
    this.#xterm.paste(text)
  }

  clear(): void {
    this.#xterm.clear()
  }

  /** Marks all places, and goes to the next or the one before. */
  search(words: string, direction: 'next' | 'previous', typing = false): void {
    const options = { decorations: terminalMarks(), incremental: typing }
    if (words === '') return this.endSearch()
    if (direction === 'next') this.#search.findNext(words, options)
    else this.#search.findPrevious(words, options)
  }

  endSearch(): void {
    this.#search.clearDecorations()
    this.#xterm.clearSelection()
    this.events.found(-1, 0)
  }

  apply(settings: Settings['terminal']): void {
    this.#xterm.options.fontFamily = fontOf(settings)
    this.#xterm.options.fontSize = settings.fontSize
    this.#xterm.options.scrollback = settings.scrollback
    this.#joinSigns(settings.ligatures)
    this.#allowClipboard(settings.clipboard)
    this.#refit()
  }

  dispose(): void {
    this.#disposed = true
    this.#stopTheme()
    this.#observer.disconnect()
    this.#port.close()
    this.#element.remove()
    this.#xterm.dispose()
  }

  #take(message: TerminalMessage): void {
    if (this.#disposed) return
    if (message.type === 'start') {
      this.#feed.drop()
      // In its place: what was given to xterm before this may not be read yet.
      if (this.#started) this.#xterm.write('\u001bc')
      this.#started = true
      this.#drawn = message.offset
      this.#replayEnd = message.replayEnd
      if (message.missing > 0)
        this.#xterm.write(
          `\u001b[2m${message.missing.toLocaleString()} bytes of output were not kept.\u001b[0m\r\n`,
        )
      return
    }
    const end = message.offset + message.bytes.length
    requestAnimationFrame(() => echo.drawn(this))
    this.#feed.push(message.bytes, () => {
      this.#drawn = end
      this.#port.send({ type: 'ack', offset: end })
    })
  }

  #allowClipboard(allowed: boolean): void {
    if (allowed === (this.#clipboard !== null)) return
    this.#clipboard?.dispose()
    this.#clipboard = allowed ? new ClipboardAddon(undefined, writeOnly) : null
    if (this.#clipboard !== null) this.#xterm.loadAddon(this.#clipboard)
  }

  #joinSigns(wanted: boolean): void {
    this.#element.classList.toggle('terminal-no-ligatures', !wanted)
    this.#element.classList.toggle('terminal-ligatures', wanted)
    if (wanted) this.#joiner ??= this.#xterm.registerCharacterJoiner(joinedSigns)
    else if (this.#joiner !== null) {
      this.#xterm.deregisterCharacterJoiner(this.#joiner)
      this.#joiner = null
    }
  }

  /** Light on dark, or the other way round where a program turned it so, which xterm.js does not do by itself. */
  #paint(): void {
    const theme = terminalTheme()
    const { background, foreground } = theme
    this.#xterm.options.theme =
      this.#turned && background !== undefined && foreground !== undefined
        ? { ...theme, background: foreground, foreground: background, cursorAccent: foreground }
        : theme
  }

  /** Looks at what is set, and leaves it to xterm.js too. */
  #setModes(modes: readonly (number | number[])[], on: boolean): boolean {
    if (modes.includes(5) && this.#turned !== on) {
      this.#turned = on
      this.#paint()
    }
    return false
  }

  #whenIdle(task: () => void): void {
    const waits = echo.elsewhere(this, performance.now())
    void scheduler.postTask(() => (waits ? this.#whenIdle(task) : task()), {
      priority: 'background',
      delay: waits ? ECHO_LOOK_MS : 0,
    })
  }

  #refit(): void {
    if (this.#element.clientWidth > 0 && this.#element.clientHeight > 0) this.#fit.fit()
  }

  #accelerate(): void {
    if (!drawsWithGraphics()) return
    try {
      const graphics = new WebglAddon()
      // The usual way of drawing goes on where the graphics card is lost.
      graphics.onContextLoss(() => graphics.dispose())
      this.#xterm.loadAddon(graphics)
    } catch (thrown) {
      reportError(new Error('The terminal is drawn without the graphics card', { cause: thrown }))
    }
  }

  /** False leaves a key to the page. */
  #ownsKey(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true
    const key = terminalKey(event, bridge().platform, this.#xterm.hasSelection())
    switch (key) {
      case null:
        return true
      case 'copy':
        event.preventDefault()
        if (this.#xterm.hasSelection()) copyText(this.#xterm.getSelection())
        return false
      case 'find':
        event.preventDefault()
        event.stopPropagation()
        this.events.find()
        return false
      case 'previous':
      case 'next':
        // Keys of a program in full screen are its own.
        if (this.#xterm.buffer.active.type === 'alternate') return true
        event.preventDefault()
        this.#marks.go(key)
        return false
      // The page pastes by itself, and the terminal hears of it.
      case 'paste':
      case 'app':
        return false
    }
  }

  #drop(event: DragEvent): void {
    const paths = [...(event.dataTransfer?.files ?? [])].map((file) => bridge().pathForFile(file))
    const words = paths.filter((path) => path !== '').map(shellWord)
    if (words.length === 0) return
    event.preventDefault()
    event.stopPropagation()
    // Whoever shows that something is held over the window hears that it is not any more.
    window.dispatchEvent(new DragEvent('dragleave'))
    this.paste(`${words.join(' ')} `)
    this.focus()
  }

  #fileLinksOf(line: number): ILink[] | undefined {
    const text = this.#xterm.buffer.active.getLine(line - 1)?.translateToString(true) ?? ''
    const found = fileLinks(text)
    if (found.length === 0) return undefined
    return found.map(({ start, end, path, line: at }) => ({
      range: { start: { x: start + 1, y: line }, end: { x: end, y: line } },
      text: text.slice(start, end),
      activate: () => this.events.openFile(path, at),
    }))
  }
}

/** Programs may put text on the clipboard where a person allowed it, and never read it. */
const writeOnly = {
  readText: (): string => '',
  writeText: (_selection: string, text: string): void => copyText(text),
}

function fontOf({ font }: Settings['terminal']): string {
  const own = font.replaceAll(/[^\p{L}\p{N} _-]/gu, '').trim()
  return own === '' ? terminalFont : `'${own}', ${terminalFont}`
}

function acceptFiles(event: DragEvent): void {
  if (!(event.dataTransfer?.types ?? []).includes('Files')) return
  event.preventDefault()
  event.stopPropagation()
}
