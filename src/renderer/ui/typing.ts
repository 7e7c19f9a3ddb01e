/** Whoever pressed a key so short a time ago is typing. */
const TYPING_MS = 300

let typing = false
let timer: ReturnType<typeof setTimeout> | undefined
let waiting: (() => void)[] = []

/** Of a screen that draws sixty a second: a rest that ends within the next two frames is over with them. */
const TWO_FRAMES_MS = 33

/**
 * Runs at a time at which it delays no key: in the frame after the next while nobody types, and after the rest that is
 * asked for; else once the frame of the next key is on screen, or nobody typed for a moment. A window that draws without a
 * pause shows a key only with its next picture, so the ring of what runs stands still meanwhile too (`data-typing`).
 */
export function besideTyping(run: () => void, restMs = 0): void {
  if (typing) waiting.push(run)
  else if (restMs > TWO_FRAMES_MS) setTimeout(() => besideTyping(run), restMs - TWO_FRAMES_MS)
  else requestAnimationFrame(() => requestAnimationFrame(run))
}

function runAll(): void {
  const ready = waiting
  waiting = []
  for (const run of ready) run()
}

function ended(): void {
  typing = false
  delete document.documentElement.dataset['typing']
  runAll()
}

window.addEventListener(
  'keydown',
  () => {
    if (!typing) document.documentElement.dataset['typing'] = ''
    typing = true
    clearTimeout(timer)
    timer = setTimeout(ended, TYPING_MS)
    // A task that is asked for in a frame runs once that frame is drawn.
    if (waiting.length > 0) requestAnimationFrame(() => setTimeout(runAll))
  },
  { capture: true, passive: true },
)
