/** Tells when the first page has taken the files it starts with. */
export interface FirstPage {
  /** A file was asked for; the answer is to be called once its last byte was taken, or it came to nothing. */
  asked(path: string): () => void
  /** A script was taken and nothing else is under way. */
  readonly served: Promise<void>
}

/**
 * Files of the page come from the main thread. As long as it opens a database, a page waits for its scripts, and
 * the other processor with it: so whoever blocks it at the start waits for this.
 */
export function createFirstPage(): FirstPage {
  let open = 0
  let script = false
  let settle = (): void => {}
  const served = new Promise<void>((resolve) => (settle = resolve))
  return {
    served,
    asked(path) {
      open += 1
      let done = false
      return () => {
        if (done) return
        done = true
        open -= 1
        script ||= path.endsWith('.js')
        if (script && open === 0) settle()
      }
    },
  }
}

/** A body that says when all of it was taken, or nobody wants it any more. */
export function bodyOf(content: Uint8Array<ArrayBuffer>, taken: () => void): ReadableStream<Uint8Array> {
  let given = false
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (!given) {
          given = true
          controller.enqueue(content)
          return
        }
        controller.close()
        taken()
      },
      cancel: taken,
    },
    { highWaterMark: 0 },
  )
}
