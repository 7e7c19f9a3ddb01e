import { type ChartTone } from './chart'

export interface PictureLegend {
  name: string
  tone: ChartTone
}

const SPACE = 16
const LINE = 18
const NAMESPACE = 'http://www.w3.org/2000/svg'
/** Of a picture of points, so that it is sharp in print. */
const SCALE = 2
const kept = ['fill', 'stroke', 'font-size'] as const

/** A plot as a drawing that needs nothing of this page: colours and sizes are written into it. */
export function drawingOf(plot: SVGSVGElement, title: string, legend: readonly PictureLegend[]): string {
  const colour = colourReader()
  const root = getComputedStyle(document.documentElement)
  const own = plot.getBoundingClientRect()
  const width = Math.ceil(own.width) + 2 * SPACE
  const height = Math.ceil(own.height) + 3 * SPACE + LINE * (1 + legend.length)
  const drawing = document.createElementNS(NAMESPACE, 'svg')
  set(drawing, { xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': 'Inter, sans-serif' })
  const add = (name: string, values: Record<string, string | number>, words = ''): void => {
    const element = document.createElementNS(NAMESPACE, name)
    set(element, values)
    element.textContent = words
    drawing.append(element)
  }
  const text = colour(root.getPropertyValue('--text'))
  add('rect', { width, height, fill: colour(root.getPropertyValue('--surface-0')) })
  add('text', { x: SPACE, y: SPACE + 12, fill: text, 'font-size': 14, 'font-weight': 600 }, title)

  const copy = plot.cloneNode(true) as SVGSVGElement
  const shown = plot.querySelectorAll('*')
  copy.querySelectorAll('*').forEach((element, place) => {
    const original = shown[place]
    if (original === undefined) return
    const style = getComputedStyle(original)
    for (const name of kept) {
      const value = style.getPropertyValue(name)
      if (value !== '') element.setAttribute(name, name === 'font-size' ? value : colour(value))
    }
    element.removeAttribute('class')
  })
  for (const name of ['class', 'role', 'aria-label', 'aria-hidden']) copy.removeAttribute(name)
  set(copy, { x: SPACE, y: SPACE + LINE + 4 })
  drawing.append(copy)

  let y = SPACE + LINE + own.height + SPACE
  for (const { name, tone } of legend) {
    add('rect', { x: SPACE, y, width: 10, height: 10, rx: 2, fill: colour(root.getPropertyValue(`--chart-${tone}`)) })
    add('text', { x: SPACE + 16, y: y + 9, fill: text, 'font-size': 12 }, name)
    y += LINE
  }
  return new XMLSerializer().serializeToString(drawing)
}

/** A drawing as a picture of points. */
export async function pointsOf(drawing: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = URL.createObjectURL(new Blob([drawing], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.width * SCALE
    canvas.height = image.height * SCALE
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
    if (blob === null) throw new Error('The picture could not be drawn')
    return new Uint8Array(await blob.arrayBuffer())
  } finally {
    URL.revokeObjectURL(url)
  }
}

function set(element: Element, values: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value))
}

/** Writes colours as every program reads them. */
function colourReader(): (value: string) => string {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const known = new Map<string, string>()
  return (value) => {
    if (context === null || value === 'none' || value.trim() === '') return value
    const before = known.get(value)
    if (before !== undefined) return before
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = value
    context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
    const plain = `rgb(${red},${green},${blue})`
    known.set(value, plain)
    return plain
  }
}
