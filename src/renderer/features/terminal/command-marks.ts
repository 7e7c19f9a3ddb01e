import type { IDecoration, IMarker, Terminal as Xterm } from '@xterm/xterm'

interface Command {
  readonly prompt: IMarker
  decoration: IDecoration | null
  /** It began, and its end was not told yet. */
  running: boolean
}

/**
 * Commands of a shell that says where its prompts are (OSC 133): a mark stands beside each that ended, which says how, and
 * one can go from prompt to prompt.
 */
export class CommandMarks {
  readonly #commands: Command[] = []

  constructor(private readonly xterm: Xterm) {
    xterm.parser.registerOscHandler(133, (data) => {
      const [word, code] = data.split(';')
      if (word === 'A') this.#prompt()
      else if (word === 'C') this.#began()
      else if (word === 'D') this.#ended(/^\d+$/.test(code ?? '') ? Number(code) : null)
      return true
    })
  }

  /** Goes to the prompt before the first line on screen, or the one after it. False where there is none that way. */
  go(direction: 'previous' | 'next'): boolean {
    const { viewportY } = this.xterm.buffer.active
    const lines = this.#commands.map(({ prompt }) => prompt.line).filter((line) => line >= 0)
    const line =
      direction === 'previous'
        ? lines.findLast((one) => one < viewportY)
        : lines.find((one) => one > viewportY)
    if (line === undefined) return false
    this.xterm.scrollToLine(line)
    return true
  }

  #prompt(): void {
    // Programs in full screen have no place for marks.
    if (this.xterm.buffer.active.type !== 'normal') return
    const last = this.#commands.at(-1)
    // A prompt that is drawn again is the same one, where nothing ran.
    if (last !== undefined && last.decoration === null && !last.running) last.prompt.dispose()
    const prompt = this.xterm.registerMarker(0)
    const command: Command = { prompt, decoration: null, running: false }
    this.#commands.push(command)
    prompt.onDispose(() => {
      const at = this.#commands.indexOf(command)
      if (at >= 0) this.#commands.splice(at, 1)
    })
  }

  #began(): void {
    const command = this.#commands.at(-1)
    if (command !== undefined) command.running = true
  }

  #ended(code: number | null): void {
    const command = this.#commands.at(-1)
    if (command === undefined || !command.running) return
    command.running = false
    const decoration = this.xterm.registerDecoration({ marker: command.prompt, width: 1 })
    if (decoration === undefined) return
    command.decoration = decoration
    const failed = code !== null && code !== 0
    const words = failed ? `Ended with code ${code}` : 'Ended well'
    decoration.onRender((element) => {
      element.title = words
      element.classList.add('terminal-mark')
      element.classList.toggle('terminal-mark-failed', failed)
    })
  }
}
