// GitHub Enterprise servers: whatever hosts a person allowed (see options.js) get the same script as github.com.
'use strict'

const ID = 'enterprise'

async function allowedOrigins() {
  const { origins = [] } = await chrome.permissions.getAll()
  return origins.filter((origin) => origin !== 'https://github.com/*')
}

async function register() {
  const matches = await allowedOrigins()
  const registered = await chrome.scripting.getRegisteredContentScripts({ ids: [ID] })
  if (registered.length > 0) await chrome.scripting.unregisterContentScripts({ ids: [ID] })
  if (matches.length === 0) return
  await chrome.scripting.registerContentScripts([
    { id: ID, matches, js: ['content.js'], css: ['content.css'], runAt: 'document_end' },
  ])
}

/** One after the other: two at once would register the same script twice. */
let last = Promise.resolve()
function refresh() {
  last = last.then(register).catch((error) => console.error('The hosts could not be set up', error))
}

chrome.runtime.onInstalled.addListener(refresh)
chrome.runtime.onStartup.addListener(refresh)
chrome.permissions.onAdded.addListener(refresh)
chrome.permissions.onRemoved.addListener(refresh)
