import { FoundryError } from '@shared/errors'

const MAX_LENGTH = 8192
/** A link may prefill a mail; it may not attach a file, which some mail programs do when asked. */
const MAIL_FIELDS = new Set(['to', 'cc', 'bcc', 'subject', 'body', 'in-reply-to'])

/**
 * Whether a link may be opened outside of Foundry, as the normalised url that was checked (and nothing else)
 * is then opened. Links come from agents, git and GitHub: they are hostile.
 *
 * @throws FoundryError `invalid_input`
 */
export function checkExternalLink(link: string): string {
  if (link.length > MAX_LENGTH) throw refused('it is too long', link)
  // The parser of the platform drops these silently: what is read would not be what is opened.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(link))
    throw refused('it has characters in it that cannot be seen', link)
  if (!URL.canParse(link)) throw refused('it is no web address', link)
  const url = new URL(link)
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      if (url.hostname === '') throw refused('it names no host', link)
      // https://github.com@elsewhere.example looks like a place it does not lead to.
      if (url.username !== '' || url.password !== '')
        throw refused('it carries a user name or password', link)
      return url.href
    case 'mailto:':
      for (const field of url.searchParams.keys())
        if (!MAIL_FIELDS.has(field.toLowerCase())) throw refused(`it sets the mail field "${field}"`, link)
      return url.href
    default:
      throw refused('only http, https and mailto links are opened', link)
  }
}

function refused(reason: string, link: string): FoundryError {
  return new FoundryError('invalid_input', `This link was not opened: ${reason}.`, {
    next: 'Copy the link and look at it closely before you open it yourself.',
    detail: link.length > 500 ? `${link.slice(0, 500)}...` : link,
  })
}
