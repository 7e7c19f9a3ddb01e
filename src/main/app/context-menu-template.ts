import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron'

/** How many corrections a misspelt word offers. */
const SUGGESTIONS = 5

type ContextParams = Pick<
  ContextMenuParams,
  'isEditable' | 'selectionText' | 'linkURL' | 'misspelledWord' | 'dictionarySuggestions' | 'editFlags'
>

export interface ContextActions {
  replaceMisspelling(word: string): void
  learnSpelling(word: string): void
  copyLink(link: string): Promise<void> | void
}

/** The menu for what was clicked; empty where there is nothing to do. */
export function contextMenuTemplate(
  params: ContextParams,
  actions: ContextActions,
): MenuItemConstructorOptions[] {
  const groups = [spelling(params, actions), link(params, actions), text(params)].filter(
    (group) => group.length > 0,
  )
  return groups.flatMap((group, index) => (index === 0 ? group : [{ type: 'separator' as const }, ...group]))
}

function spelling(params: ContextParams, actions: ContextActions): MenuItemConstructorOptions[] {
  const word = params.misspelledWord
  if (word === '' || !params.isEditable) return []
  const suggestions = params.dictionarySuggestions.slice(0, SUGGESTIONS)
  return [
    ...suggestions.map((suggestion) => ({
      label: plain(suggestion),
      click: () => actions.replaceMisspelling(suggestion),
    })),
    { label: 'Learn spelling', click: () => actions.learnSpelling(word) },
  ]
}

function link(params: ContextParams, actions: ContextActions): MenuItemConstructorOptions[] {
  if (!/^(?:https?|mailto):/i.test(params.linkURL)) return []
  return [{ label: 'Copy link', click: () => void actions.copyLink(params.linkURL) }]
}

function text(params: ContextParams): MenuItemConstructorOptions[] {
  if (params.isEditable)
    return [
      { role: 'cut', enabled: params.editFlags.canCut },
      { role: 'copy', enabled: params.editFlags.canCopy },
      { role: 'paste', enabled: params.editFlags.canPaste },
      { role: 'selectAll', label: 'Select all', enabled: params.editFlags.canSelectAll },
    ]
  return params.selectionText.trim() === ''
    ? []
    : [{ role: 'copy' }, { role: 'selectAll', label: 'Select all' }]
}

/** An ampersand in a label would underline the letter after it. */
function plain(label: string): string {
  return label.replaceAll('&', '&&')
}
