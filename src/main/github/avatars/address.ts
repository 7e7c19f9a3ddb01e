import { isLoopback } from '../client/hosts'
import { parseUrl } from '../client/paths'

/** Twice the size of the largest place a picture is shown at. */
const SIDE = '64'

/**
 * Where a picture is, in the size that is shown. Two ways to write one address are the same one. Null for what is
 * no address of a picture: another scheme than https (or http on this machine), or a name and password in it.
 */
export function pictureAddress(text: string, base?: string): URL | null {
  const url = parseUrl(text, base)
  if (url === null || url.username !== '' || url.password !== '') return null
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.host))) return null
  url.hash = ''
  url.searchParams.set('s', SIDE)
  return url
}

/** Whether it is where one of these GitHub hosts keeps its pictures: nothing else is ever asked. */
export function isPictureHost({ host }: URL, hosts: readonly string[]): boolean {
  return hosts.some((known) =>
    known === 'github.com'
      ? host === 'avatars.githubusercontent.com'
      : host === known || host === `avatars.${known}`,
  )
}
