/** Signs of which fonts for programs draw some together. Letters never are, and neither is a sign alone. */
const signs = /[!#$%&*+\-./:;<=>?@\\^_|~]{2,}/g

/** Where signs stand together in a line, as places from and to. Lines that are rules are left as they are. */
export function joinedSigns(text: string): [number, number][] {
  return [...text.matchAll(signs)].flatMap(({ 0: found, index }) =>
    found.length > 4 ? [] : [[index, index + found.length] as [number, number]],
  )
}
