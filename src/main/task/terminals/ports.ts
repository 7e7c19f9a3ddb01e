import { connect } from 'node:net'
import { stripVTControlCharacters } from 'node:util'

/** An address may be split between two pieces: so much of the last one is looked at again. */
const CARRY_BYTES = 256
const AROUND_BYTES = 200
/** Somebody who prints addresses without end is no server. */
const MOST_PORTS = 16
/** What follows says that it is all of it: it may be cut anywhere. */
const address =
  // oxlint-disable-next-line no-control-regex -- colours may stand in the middle of one
  /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d{1,5}))?(?:\/[\w\-./~%]*)?(?=[^\w:\u001b])/g

export interface FoundPort {
  readonly port: number
  readonly url: string
}

/** Finds addresses of this computer in output. Costs next to nothing where there are none. */
export class PortFinder {
  #carry = Buffer.alloc(0)
  readonly #known = new Set<number>()

  /** Ports that were not found before. */
  push(bytes: Uint8Array): FoundPort[] {
    if (this.#known.size >= MOST_PORTS) return []
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    // Where two pieces meet, and then the piece itself: joining all of it would copy all of it.
    const seam = Buffer.concat([this.#carry, chunk.subarray(0, CARRY_BYTES)])
    this.#carry = Buffer.from(
      chunk.length < CARRY_BYTES ? seam.subarray(-CARRY_BYTES) : chunk.subarray(-CARRY_BYTES),
    )
    return chunk.length <= CARRY_BYTES ? this.#look(seam) : [...this.#look(seam), ...this.#look(chunk)]
  }

  #look(text: Buffer): FoundPort[] {
    const found: FoundPort[] = []
    for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
      // It may go on in the next piece, and is looked at then.
      const around = text.subarray(Math.max(0, at - 8), at + AROUND_BYTES).toString('latin1')
      for (const { 0: url, 1: digits } of stripVTControlCharacters(around).matchAll(address)) {
        const port = Number(digits ?? (url.startsWith('https') ? 443 : 80))
        if (port < 1 || port > 65_535 || this.#known.has(port) || this.#known.size >= MOST_PORTS) continue
        this.#known.add(port)
        found.push({ port, url: url.replace(/0\.0\.0\.0|\[::\]/, 'localhost') })
      }
    }
    return found
  }

  /** Looks for it again, should it be printed again. */
  forget(port: number): void {
    this.#known.delete(port)
  }
}

/** Whether something listens on a port of this computer. */
export async function listens(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect({ host, port, timeout: 1000 })
      const end = (value: boolean) => (): void => {
        socket.destroy()
        resolve(value)
      }
      socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
    })
    if (answered) return true
  }
  return false
}
