import { expect, type CDPSession } from '@playwright/test'
import type { App } from './app'

/** The window as assistive technology gets it from Chromium: roles and names, nothing of the page's own structure. */
export interface AccessibilityTree {
  /** Does what a control with this role and name is there for. */
  press(role: string, name: string | RegExp): Promise<void>
  /** Puts text into a field, in place of what is in it. */
  write(name: string | RegExp, text: string): Promise<void>
  /** Waits until something with this role and name is there. */
  find(role: string, name: string | RegExp): Promise<void>
  /** Waits until this is said somewhere. */
  read(text: string | RegExp): Promise<void>
}

interface Node {
  backendDOMNodeId?: number
  ignored: boolean
  role?: { value?: string }
  name?: { value?: string }
  properties?: { name: string; value: { value?: unknown } }[]
}

export async function accessibilityTree(app: App): Promise<AccessibilityTree> {
  const cdp: CDPSession = await app.electron.context().newCDPSession(app.window)
  await cdp.send('Accessibility.enable')
  await cdp.send('DOM.enable')

  const nodes = async (): Promise<Node[]> => {
    const tree = (await cdp.send('Accessibility.getFullAXTree')) as { nodes: Node[] }
    return tree.nodes.filter(({ ignored }) => !ignored)
  }
  const fits = (value: string, wanted: string | RegExp): boolean =>
    typeof wanted === 'string' ? value === wanted : wanted.test(value)
  const is = (node: Node, property: string): boolean =>
    node.properties?.some(({ name, value }) => name === property && value.value === true) === true

  /** One that can be used: what is disabled is waited for. */
  async function usable(role: string, name: string | RegExp): Promise<number> {
    let found: number | undefined
    await expect
      .poll(
        async () => {
          const node = (await nodes()).find(
            (one) => one.role?.value === role && fits(one.name?.value ?? '', name) && !is(one, 'disabled'),
          )
          found = node?.backendDOMNodeId
          return found !== undefined
        },
        { message: `${role} ${String(name)}`, timeout: 60_000 },
      )
      .toBe(true)
    if (found === undefined) throw new Error(`There is no ${role} ${String(name)}`)
    return found
  }
  async function call(backendNodeId: number, functionDeclaration: string): Promise<void> {
    const { object } = await cdp.send('DOM.resolveNode', { backendNodeId })
    if (object.objectId === undefined) throw new Error('The element is gone')
    await cdp.send('Runtime.callFunctionOn', { objectId: object.objectId, functionDeclaration })
  }

  return {
    press: async (role, name) => call(await usable(role, name), 'function () { this.click() }'),
    async write(name, text) {
      await call(await usable('textbox', name), 'function () { this.focus(); this.select() }')
      await cdp.send('Input.insertText', { text })
    },
    find: async (role, name) => void (await usable(role, name)),
    async read(text) {
      await expect
        .poll(async () => (await nodes()).some((node) => fits(node.name?.value ?? '', text)), {
          message: String(text),
          timeout: 60_000,
        })
        .toBe(true)
    },
  }
}
