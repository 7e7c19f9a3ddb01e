/** Runs after the frame that holds what was just rendered has been painted. */
function afterPaint(run: () => void): void {
  if (document.hidden) {
    run()
    return
  }
  requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      channel.port1.close()
      run()
    }
    channel.port2.postMessage(null)
  })
}

let shell = false
let usable = false
const used = Promise.withResolvers<void>()
/** Resolves once a person can use the window and it has nothing else to do. */
export const whenUsable = used.promise

/** The frame of the app is on screen. */
export function markShell(): void {
  if (shell) return
  shell = true
  afterPaint(() => performance.mark('foundry:shell'))
}

/** A person can choose a task, or take the first step of a first run. */
export function markUsable(): void {
  if (usable) return
  usable = true
  afterPaint(() => {
    performance.mark('foundry:usable')
    document.documentElement.dataset['ready'] = 'true'
    requestIdleCallback(() => used.resolve(), { timeout: 1000 })
  })
}
