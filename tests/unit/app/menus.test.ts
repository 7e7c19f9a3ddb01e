import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it } from 'vitest'
import { contextMenuTemplate } from '../../../src/main/app/context-menu-template'
import { menuTemplate } from '../../../src/main/app/menu-template'
import { notificationText } from '../../../src/main/app/notification-text'

const editFlags = {
  canUndo: true,
  canRedo: true,
  canCut: false,
  canCopy: false,
  canPaste: true,
  canDelete: true,
  canSelectAll: true,
  canEditRichly: false,
}
const nothing = {
  isEditable: false,
  selectionText: '',
  linkURL: '',
  misspelledWord: '',
  dictionarySuggestions: [] as string[],
  editFlags,
}

function names(items: MenuItemConstructorOptions[]): (string | undefined)[] {
  return items.map((item) => item.role ?? item.label ?? item.type)
}

describe('context menu', () => {
  const done: string[] = []
  const actions = {
    replaceMisspelling: (word: string) => void done.push(`replace ${word}`),
    learnSpelling: (word: string) => void done.push(`learn ${word}`),
    copyLink: (link: string) => void done.push(`copy ${link}`),
  }
  const menu = (
    params: Partial<typeof nothing> & { dictionarySuggestions?: string[] },
  ): MenuItemConstructorOptions[] => contextMenuTemplate({ ...nothing, ...params }, actions)

  it('is empty where there is nothing to do', () => {
    expect(menu({})).toEqual([])
    expect(menu({ selectionText: ' \n' })).toEqual([])
    expect(menu({ linkURL: 'javascript:alert(1)' })).toEqual([])
  })

  it('edits text', () => {
    expect(names(menu({ isEditable: true }))).toEqual(['cut', 'copy', 'paste', 'selectAll'])
    expect(names(menu({ selectionText: 'words' }))).toEqual(['copy', 'selectAll'])
  })

  it('offers corrections first, with a plain ampersand', () => {
    const items = menu({ isEditable: true, misspelledWord: 'teh', dictionarySuggestions: ['the', 'R&D'] })
    expect(names(items)).toEqual([
      'the',
      'R&&D',
      'Learn spelling',
      'separator',
      'cut',
      'copy',
      'paste',
      'selectAll',
    ])
  })

  it('copies a link', () => {
    const items = menu({ linkURL: 'https://example.org/', selectionText: 'here' })
    expect(names(items)).toEqual(['Copy link', 'separator', 'copy', 'selectAll'])
  })
})

describe('application menu', () => {
  const actions = {
    navigate: () => undefined,
    reloadWindow: () => undefined,
    zoom: () => undefined,
    openLogs: () => undefined,
  }
  const flat = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])

  it.each(['darwin', 'linux', 'win32'] as const)('edits, quits and opens the settings on %s', (platform) => {
    const items = flat(menuTemplate({ platform, isPackaged: true }, actions))
    const roles = items.map((item) => item.role)
    for (const role of ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll', 'quit', 'windowMenu', 'help'])
      expect(roles).toContain(role)
    expect(names(items)).toContain('Settings')
    expect(roles).not.toContain('toggleDevTools')
  })

  it('gives each key to one item', () => {
    const keys = flat(menuTemplate({ platform: 'linux', isPackaged: false }, actions))
      .map((item) => item.accelerator)
      .filter((key) => key !== undefined)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('notificationText', () => {
  it('is one line, cut, and no markup on Linux', () => {
    expect(notificationText('a\n b\u2028c\0', 100, 'darwin')).toBe('a  b c')
    expect(notificationText('<a href="https://x">y</a>', 100, 'linux')).toBe(
      '\u2039a href="https://x"\u203ay\u2039/a\u203a',
    )
    expect(notificationText('x'.repeat(50), 10, 'linux')).toBe(`${'x'.repeat(9)}\u2026`)
    expect(notificationText('\u{1f600}'.repeat(10), 4, 'win32').isWellFormed()).toBe(true)
  })
})
