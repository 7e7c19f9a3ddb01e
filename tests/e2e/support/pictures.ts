import { expect, type Page } from '@playwright/test'
import { axeViolations } from './axe'

const FOLDER = 'test-results/pictures'
/** Pictures take a tenth of a run, and only people look at them. What axe says is asked for in every run. */
const wanted = process.env['FOUNDRY_PICTURES'] === '1'

/** How a picture is taken, beside dark and light at the size of the window. */
export interface PictureOptions {
  /** Also at 900x600, in high contrast and at 200 % zoom. */
  everyWay?: boolean
  /** axe must find nothing wrong with it, dark and light. */
  axe?: boolean
}

/** Writes pictures of what is on screen for people who ask for them: nothing compares them with others. */
export async function picture(
  page: Page,
  name: string,
  { everyWay = false, axe = false }: PictureOptions = {},
): Promise<void> {
  if (!wanted && !axe) return
  const take = async (way: string): Promise<void> => {
    if (!wanted) return
    await page.screenshot({ path: `${FOLDER}/${name}-${way}.png`, animations: 'disabled' })
  }
  // Every page has a name; what is still being read has none yet.
  if (axe) await expect(page.locator('h1').first()).toBeAttached()
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await take(colorScheme)
    if (axe) expect.soft(await axeViolations(page), `${name}, ${colorScheme}: axe`).toEqual([])
  }
  if (wanted && everyWay) {
    await page.emulateMedia({ colorScheme: 'light', contrast: 'more' })
    await take('contrast')
    await page.emulateMedia({ colorScheme: 'dark', contrast: 'no-preference' })
    await page.setViewportSize({ width: 900, height: 600 })
    await take('small')
    // What a page is given at 200 %: half the space.
    await page.setViewportSize({ width: 720, height: 450 })
    await take('zoomed')
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  await page.emulateMedia({ colorScheme: null, contrast: null })
}
