import type { ChartTone } from './chart'

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

/** The plots in a part of the page. */
export function plotsIn(part: Element | null): SVGSVGElement[] {
  return part === null ? [] : [...part.querySelectorAll<SVGSVGElement>('svg[data-plot]')]
}

/**
 * Plots as one drawing that needs nothing of this page: colours and sizes are written into it. Several stand under one
 * another, each under its name.
 */
export function drawingOf(
  plots: readonly SVGSVGElement[],
  title: string,
  legend: readonly PictureLegend[],
): string {
  const colour = colourReader()
  const root = getComputedStyle(document.documentElement)
  const drawing = document.createElementNS(NAMESPACE, 'svg')
  const add = (name: string, values: Record<string, string | number>, words = ''): void => {
    const element = document.createElementNS(NAMESPACE, name)
    set(element, values)
    element.textContent = words
    drawing.append(element)
  }
  const text = colour(root.getPropertyValue('--text'))
  const boxes = plots.map((plot) => plot.getBoundingClientRect())
  const named = plots.length > 1 ? LINE : 0
  const width = Math.ceil(Math.max(...boxes.map((box) => box.width), 200)) + 2 * SPACE
  const height =
    3 * SPACE +
    LINE * (1 + legend.length) +
    boxes.reduce((sum, box) => sum + Math.ceil(box.height) + SPACE + named, 0)
  set(drawing, { width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': 'Inter, sans-serif' })
  add('rect', { width, height, fill: colour(root.getPropertyValue('--surface-0')) })
  add('text', { x: SPACE, y: SPACE + 12, fill: text, 'font-size': 14, 'font-weight': 600 }, title)
  let y = 2 * SPACE + LINE
  plots.forEach((plot, place) => {
    if (named > 0) add('text', { x: SPACE, y, fill: text, 'font-size': 12 }, plot.dataset['plot'] ?? '')
    const copy = plainCopy(plot, colour)
    set(copy, { x: SPACE, y: y + named / 2 })
    drawing.append(copy)
    y += Math.ceil(boxes[place]?.height ?? 0) + SPACE + named
  })
  for (const { name, tone } of legend) {
    const fill = colour(root.getPropertyValue(`--chart-${tone}`))
    add('rect', { x: SPACE, y, width: 10, height: 10, rx: 2, fill })
    add('text', { x: SPACE + 16, y: y + 9, fill: text, 'font-size': 12 }, name)
    y += LINE
  }
  return new XMLSerializer().serializeToString(drawing)
}

function plainCopy(plot: SVGSVGElement, colour: (value: string) => string): Element {
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
  for (const name of ['class', 'role', 'aria-label', 'aria-hidden', 'data-plot']) copy.removeAttribute(name)
  return copy
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
