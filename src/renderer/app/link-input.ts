import { followLink, followText, linkIn } from '../features/links/follow-link'
import { firstOfList } from '../features/links/link-text'
import { bridge } from '../client/bridge'
import { openRepositoryAt } from './open-repository'

/** What is held over the window: a folder opens as a repository, a link is followed. */
export type Held = 'folder' | 'link'

function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable]:not([contenteditable="false"])') !== null
  )
}

/** A link that is pasted where nothing takes text is followed. */
export function startLinkPaste(): () => void {
  const paste = (event: ClipboardEvent) => {
    if (event.defaultPrevented || takesText(event.target)) return
    const link = linkIn(event.clipboardData?.getData('text/plain') ?? '')
    if (link === null) return
    event.preventDefault()
    void followLink(link)
  }
  window.addEventListener('paste', paste)
  return () => window.removeEventListener('paste', paste)
}

/** A folder or a link dropped anywhere on the window is opened. */
export function startDrop(onHover: (held: Held | null) => void): () => void {
  /** Links can be dropped into fields as text; folders cannot. */
  const heldBy = (event: DragEvent): Held | null => {
    const types = event.dataTransfer?.types ?? []
    if (types.includes('Files')) return 'folder'
    return types.includes('text/uri-list') && !takesText(event.target) ? 'link' : null
  }
  const over = (event: DragEvent) => {
    const held = heldBy(event)
    if (held !== null) event.preventDefault()
    onHover(held)
  }
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) onHover(null)
  }
  const drop = (event: DragEvent) => {
    const held = heldBy(event)
    onHover(null)
    if (held === null) return
    event.preventDefault()
    if (held === 'folder') openDropped(event.dataTransfer?.files[0])
    else void followText(firstOfList(event.dataTransfer?.getData('text/uri-list') ?? ''))
  }
  window.addEventListener('dragover', over)
  window.addEventListener('dragleave', leave)
  window.addEventListener('drop', drop)
  return () => {
    window.removeEventListener('dragover', over)
    window.removeEventListener('dragleave', leave)
    window.removeEventListener('drop', drop)
  }
}

function openDropped(file: File | undefined): void {
  const path = file === undefined ? '' : bridge().pathForFile(file)
  if (path !== '') void openRepositoryAt(path)
}
