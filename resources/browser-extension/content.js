// Puts "Open in Foundry" among the actions of a pull request. The page changes under it without being loaded
// anew, so that what is there is compared with what should be whenever something changes.
;(() => {
  'use strict'

  const PULL_REQUEST = /^\/([\w-]{1,100})\/([\w.-]{1,100})\/pull\/([1-9]\d{0,9})(?:\/|$)/
  const MARK = 'data-open-in-foundry'
  /** Where the page has its own buttons: the header of today, the one before, and the title as a last resort. */
  const PLACES = [
    'main [data-component="PH_Actions"]',
    '[data-component="PH_Actions"]',
    '.gh-header-show .gh-header-actions',
    '.gh-header-actions',
    'main h1',
  ]
  const WAIT_MS = 2000

  /** The link of the pull request on screen; null on any other page. */
  function linkOf({ protocol, host, pathname }) {
    const [, owner, repository, number] = PULL_REQUEST.exec(pathname) ?? []
    if (protocol !== 'https:' || owner === undefined) return null
    const url = `https://${host}/${owner}/${repository}/pull/${number}`
    return `foundry://pull?url=${encodeURIComponent(url)}`
  }

  function findPlace() {
    for (const selector of PLACES) {
      const found = [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length > 0)
      if (found !== undefined) return found
    }
    return null
  }

  function createButton() {
    const button = document.createElement('a')
    button.setAttribute(MARK, '')
    button.className = 'open-in-foundry'
    button.textContent = 'Open in Foundry'
    button.title = 'Open this pull request in the Foundry app'
    return button
  }

  function update() {
    const link = linkOf(location)
    const place = link === null ? null : findPlace()
    const buttons = [...document.querySelectorAll(`a[${MARK}]`)]
    // The page may have copied it together with what is around it.
    const kept = place === null ? undefined : buttons.find((one) => one.parentElement === place)
    for (const one of buttons) if (one !== kept) one.remove()
    if (link === null) closeNote()
    if (place === null) return
    const button = kept ?? createButton()
    if (button.getAttribute('href') !== link) button.setAttribute('href', link)
    if (kept === undefined) place.append(button)
  }

  // ---- when nothing on this computer opens the link -------------------------------------------------

  let note = null
  let opener = null

  function closeNote() {
    note?.remove()
    note = null
  }

  function action(text, run) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'open-in-foundry'
    button.textContent = text
    button.addEventListener('click', run)
    return button
  }

  function showNote(link) {
    closeNote()
    note = document.createElement('div')
    note.className = 'open-in-foundry-note'
    note.setAttribute('role', 'status')
    const text = document.createElement('p')
    text.textContent =
      'Did nothing open? Foundry has to be installed on this computer, and has to be what opens its links: ' +
      'in Foundry, Settings, General, Links. Or copy the link and paste it into Foundry.'
    const copy = action('Copy link', async () => {
      try {
        await navigator.clipboard.writeText(link)
        copy.textContent = 'Copied'
      } catch {
        // The page may not use the clipboard: then the link is there to be selected.
        text.textContent = link
      }
    })
    const close = action('Close', () => {
      closeNote()
      opener?.focus()
    })
    const actions = document.createElement('div')
    actions.className = 'open-in-foundry-actions'
    actions.append(copy, close)
    note.append(text, actions)
    document.body.append(note)
  }

  /** A page is not told whether a link was opened. One that was takes the focus away, or asks first, which does too. */
  function watch(button) {
    opener = button
    const link = button.getAttribute('href')
    const stop = new AbortController()
    const left = () => stop.abort()
    window.addEventListener('blur', left, { signal: stop.signal })
    window.addEventListener('pagehide', left, { signal: stop.signal })
    document.addEventListener('visibilitychange', left, { signal: stop.signal })
    setTimeout(() => {
      if (!stop.signal.aborted && document.hasFocus()) showNote(link)
      stop.abort()
    }, WAIT_MS)
  }

  // On the document, and not on the button: a copy of it that the page brings back from its cache works too.
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest(`a[${MARK}]`) : null
    if (button !== null) watch(button)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || note === null) return
    closeNote()
    opener?.focus()
  })

  let waiting = false
  function changed() {
    if (waiting) return
    waiting = true
    // Also in a tab that is not on screen, which has no frames.
    setTimeout(() => {
      waiting = false
      update()
    }, 50)
  }

  new MutationObserver(changed).observe(document.documentElement, { childList: true, subtree: true })
  for (const name of ['turbo:load', 'turbo:render', 'turbo:frame-load', 'soft-nav:end', 'pjax:end'])
    document.addEventListener(name, changed)
  for (const name of ['popstate', 'pageshow']) window.addEventListener(name, changed)
  update()
})()
