import { useEffect, useState, useSyncExternalStore } from 'react'
import { Waiting } from '../../ui/progress'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'
import { withUnseen } from './text-guard'

/** Larger ones hold up the window for longer than a diagram is worth. */
const limits = { characters: 20_000, edges: 300, bytes: 3_000_000 }

let drawings = 0
/** One at a time: the library has one state for the whole page. */
let queue: Promise<unknown> = Promise.resolve()

/** A diagram as a picture, in which nothing can run and which can load nothing. */
function draw(text: string, theme: 'light' | 'dark'): Promise<string> {
  const drawing = queue.then(async () => {
    if (text.length > limits.characters) throw new Error('It is too large to be drawn.')
    const { default: mermaid } = await import('mermaid')
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: 'strict',
      suppressErrorRendering: true,
      theme: theme === 'dark' ? 'dark' : 'default',
      fontFamily: 'sans-serif',
      htmlLabels: false,
      flowchart: { htmlLabels: false },
      maxTextSize: limits.characters,
      maxEdges: limits.edges,
    })
    const { svg } = await mermaid.render(`diagram-${++drawings}`, withoutSettings(text))
    return pictureOf(svg)
  })
  // One that fails keeps none waiting.
  queue = drawing.catch(() => undefined)
  return drawing
}

/** How a diagram is drawn is not for it to say: what it sets, in front of it or in between, is left out. */
function withoutSettings(text: string): string {
  return text.replace(/^\s*---\n[\s\S]*?\n---\n/, '').replaceAll(/%%\s*\{[\s\S]*?\}\s*%%/g, '')
}

function pictureOf(svg: string): string {
  if (svg.length > limits.bytes) throw new Error('The picture of it is too large.')
  const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
  const [, , width, height] = (root.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number)
  if (root.localName !== 'svg' || !(Number(width) > 0) || !(Number(height) > 0))
    throw new Error('No picture came of it.')
  // As a picture it has the size that it says; by itself it would fill what is there.
  root.setAttribute('width', String(Math.ceil(Number(width))))
  root.setAttribute('height', String(Math.ceil(Number(height))))
  root.removeAttribute('style')
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(root))}`
}

type Drawn = { of: string } & ({ src: string } | { problem: string })

/** A diagram that an agent described, drawn when a person asked for it. */
export function Diagram({ text }: { text: string }) {
  const theme = useSyncExternalStore(onThemeChange, currentTheme)
  const [drawn, setDrawn] = useState<Drawn | null>(null)
  const of = `${theme} ${text}`
  useEffect(() => {
    let current = true
    draw(text, theme).then(
      (src) => current && setDrawn({ of, src }),
      (error: unknown) =>
        current && setDrawn({ of, problem: error instanceof Error ? error.message : String(error) }),
    )
    return () => {
      current = false
    }
  }, [text, theme, of])
  if (drawn === null) return <Waiting>Drawing the diagram</Waiting>
  if ('problem' in drawn)
    return (
      <p className="px-12 py-8 text-12 break-words whitespace-pre-wrap text-text-muted" data-selectable>
        This diagram cannot be drawn: {withUnseen(drawn.problem.slice(0, 500))}
      </p>
    )
  return (
    <div className="overflow-x-auto p-12">
      <img src={drawn.src} alt="Diagram of the code below" className="mx-auto max-w-full" />
    </div>
  )
}
