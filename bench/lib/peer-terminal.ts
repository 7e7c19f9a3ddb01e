// xterm.js in an empty page, fed from memory: what a window can draw at best. Bundled, and put into an empty window of the
// same binary.
import { Terminal } from '@xterm/xterm'

/** Draws the same output so many times over in a terminal of this size. In milliseconds. */
async function feedTerminal(base64: string, times: number, columns: number, rows: number): Promise<number> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const host = document.createElement('div')
  document.body.replaceChildren(host)
  const terminal = new Terminal({ cols: columns, rows, scrollback: 5000, fontSize: 12 })
  terminal.open(host)
  const startedAt = performance.now()
  for (let round = 0; round < times; round++)
    for (let from = 0; from < bytes.length; from += 131_072)
      await new Promise<void>((resolve) => terminal.write(bytes.subarray(from, from + 131_072), resolve))
  const took = performance.now() - startedAt
  terminal.dispose()
  return took
}

declare global {
  var feedTerminal: (base64: string, times: number, columns: number, rows: number) => Promise<number>
}
globalThis.feedTerminal = feedTerminal
