import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults, ElementContext, RunOptions } from 'axe-core'

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong with the page as it is now, by the rules of WCAG 2.2 A and AA and its own best practices. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated by the inspector, which the page's content security policy does not concern.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await readFile(source, 'utf8'))
  const { violations } = await page.evaluate(async () => {
    // Colours on their way from one to another, and what fades in, are nobody's choice; a change of theme begins with the
    // next frame. What turns for ever is not waited for.
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const underWay = () =>
      document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    await frame()
    await frame()
    while (underWay().length > 0) await Promise.allSettled(underWay().map((one) => one.finished))
    const { axe } = globalThis as unknown as {
      axe: { run(context: ElementContext, options: RunOptions): Promise<AxeResults> }
    }
    // An open menu stands in no landmark, whatever it was opened from.
    const hasMenu = document.querySelector('[role="menu"]') !== null
    // What is read out at once stands hidden until somebody goes there: an element of its own is what is announced.
    const hasToast = document.querySelector('[role="alertdialog"][aria-hidden="true"]') !== null
    // What programs print has the colours they gave it.
    return axe.run(
      { exclude: [['.xterm-rows']] },
      {
        resultTypes: ['violations'],
        elementRef: false,
        rules: { region: { enabled: !hasMenu }, 'aria-hidden-focus': { enabled: !hasToast } },
      },
    )
  })
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, failureSummary = '' }) =>
      [`${id}: ${help}`, target.join(' '), html.slice(0, 300), failureSummary].join('\n  '),
    ),
  )
}
