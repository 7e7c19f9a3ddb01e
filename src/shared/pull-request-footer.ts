import { formatDeepLink, type KnownLink } from './deep-link'

const LINK_PAGE = /^https:\/\/[a-z0-9][a-z0-9.-]{0,252}(?::\d{1,5})?(?:\/[\w.~/-]{0,300})?$/i

/** Whether an address can be the page that leads from GitHub to the app: see `docs/open`. */
export function isLinkPage(address: string): boolean {
  return LINK_PAGE.test(address)
}

/**
 * The line that leads from a published pull request back to the app. GitHub takes links with schemes of their own out of
 * its pages: where no page leads on from https (`linkPage` empty), the link stands there to be copied.
 */
export function pullRequestFooter(link: KnownLink, linkPage: string): string {
  const address = formatDeepLink(link)
  return isLinkPage(linkPage)
    ? `[Open in Foundry](${linkPage}?link=${encodeURIComponent(address)})`
    : `Open in Foundry: \`${address}\``
}
