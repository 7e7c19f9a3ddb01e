import { createContext, useContext } from 'react'

/** Where the agent of the transcript works; empty while there is no checkout. */
export const CheckoutDirectory = createContext('')

/** A path as a person knows it: relative inside the checkout, whole where the agent left it. */
export function relativeTo(directory: string, path: string): string {
  if (directory === '' || !path.startsWith(directory)) return path
  const rest = path.slice(directory.length)
  return /^[/\\]./.test(rest) ? rest.slice(1) : path
}

export function useShownPath(path: string): string {
  return relativeTo(useContext(CheckoutDirectory), path)
}
