import { useState } from 'react'
import { readStored, writeStored } from '../../client/storage'
import type { MenuGroups } from '../../ui/menu'

/** How diffs are drawn; remembered for all tasks. */
export function useDiffOptions(): {
  split: boolean
  wrap: boolean
  ignoreSpace: boolean
  authors: boolean
  menu: MenuGroups
} {
  const [split, setSplit] = useStoredFlag('diff-split')
  const [wrap, setWrap] = useStoredFlag('diff-wrap')
  const [ignoreSpace, setIgnoreSpace] = useStoredFlag('diff-ignore-space')
  const [authors, setAuthors] = useStoredFlag('diff-authors')
  return {
    split,
    wrap,
    ignoreSpace,
    authors,
    menu: [
      [
        { label: 'Unified', checked: !split, onSelect: () => setSplit(false) },
        { label: 'Split', checked: split, onSelect: () => setSplit(true) },
      ],
      [
        { label: wrap ? 'Do not wrap lines' : 'Wrap lines', onSelect: () => setWrap(!wrap) },
        {
          label: ignoreSpace ? 'Show changes of white space' : 'Hide changes of white space',
          hint: 'Turns are shown as they were recorded.',
          onSelect: () => setIgnoreSpace(!ignoreSpace),
        },
        {
          label: authors ? 'Hide who wrote lines' : 'Show who wrote lines',
          hint: 'The number of its turn beside each line.',
          onSelect: () => setAuthors(!authors),
        },
      ],
    ],
  }
}

function useStoredFlag(key: string): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(
    () => readStored(key, (stored) => (stored === true ? true : null)) ?? false,
  )
  return [
    value,
    (next) => {
      setValue(next)
      writeStored(key, next)
    },
  ]
}
