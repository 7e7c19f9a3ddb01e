import { memo, useEffect, useRef, useState } from 'react'
import { withoutTurns } from './text-guard'

type Render = (tex: string, element: HTMLElement, display: boolean) => void

let loading: Promise<Render> | null = null

/** What draws formulas comes with the first one. */
function loadRender(): Promise<Render> {
  loading ??= import('temml').then(
    ({ default: temml }) =>
      (tex, element, displayMode) =>
        temml.render(tex, element, {
          displayMode,
          throwOnError: true,
          // No addresses, classes or styles of whoever wrote it.
          trust: false,
          maxExpand: 200,
          maxSize: [20, 200],
        }),
  )
  return loading
}

const mathMl = 'http://www.w3.org/1998/Math/MathML'

/** Drawn apart first: what is no formula, or more than one, is not shown. */
function drawn(render: Render, tex: string, display: boolean): Node | null {
  const apart = document.createElement('span')
  try {
    render(tex, apart, display)
  } catch {
    // It is no TeX, which the text itself shows best.
    return null
  }
  for (const element of apart.querySelectorAll('*'))
    if (element.namespaceURI !== mathMl || element.hasAttribute('href')) return null
  const [formula] = apart.children
  return formula ?? null
}

/** A formula of a message; its source while it is not drawn, or cannot be. */
export const MathFormula = memo(function MathFormula({ tex, display }: { tex: string; display: boolean }) {
  const place = useRef<HTMLSpanElement>(null)
  const [isDrawn, setDrawn] = useState(false)
  useEffect(() => {
    let current = true
    void loadRender().then((render) => {
      if (!current || place.current === null) return
      const formula = drawn(render, tex, display)
      place.current.replaceChildren(...(formula === null ? [] : [formula]))
      setDrawn(formula !== null)
    })
    return () => {
      current = false
    }
  }, [tex, display])
  return (
    <span
      dir="ltr"
      title={withoutTurns(tex)}
      className={display ? 'block overflow-x-auto overflow-y-hidden py-4' : undefined}
    >
      {!isDrawn && <code>{withoutTurns(tex)}</code>}
      <span ref={place} hidden={!isDrawn} />
    </span>
  )
})
