import type { ComponentProps } from 'react'

/** Text as it is, in a box of its own that scrolls, by the keyboard too. */
export function ScrolledPre(props: ComponentProps<'pre'>) {
  // What scrolls has to be reachable, though nothing in it can be pressed.
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <pre tabIndex={0} {...props} />
}
