// The other transcript in a page of its own: bundled, and put into an empty window of the same binary.
import { AgentTranscript } from '@sandbox-agent/react'
import { createElement, createRef } from 'react'
import { createRoot } from 'react-dom/client'
import { type PeerEntry, peerEntries, transcriptEvents } from './transcript-events'

let entries: PeerEntry[] = []

/** From its first drawing to the frame that shows the last entry, in milliseconds. The entries are made before. */
async function showPeer(events: number, lastWords: string): Promise<number> {
  if (entries.length === 0) entries = peerEntries(transcriptEvents(events))
  await new Promise((resolve) => setTimeout(resolve, 500))
  document.body.style.margin = '0'
  const host = document.createElement('div')
  host.style.cssText = 'height: 100vh; overflow-y: auto; font: 14px/1.6 sans-serif'
  document.body.replaceChildren(host)
  const inner = document.createElement('div')
  host.append(inner)
  const scrollRef = createRef<HTMLDivElement | null>()
  scrollRef.current = host as HTMLDivElement
  const root = createRoot(inner)
  const startedAt = performance.now()
  const scrollToEntryId = entries.findLast(({ kind }) => kind === 'message')?.id ?? null
  root.render(createElement(AgentTranscript, { entries, scrollRef, scrollToEntryId, virtualize: true }))
  const isShown = (): boolean => {
    if (!(host.textContent ?? '').includes(lastWords)) return false
    const [last] = [...host.querySelectorAll('[data-slot="message-text"]')].slice(-1)
    const box = last?.getBoundingClientRect()
    return box !== undefined && box.top < innerHeight && box.bottom > 0
  }
  while (!isShown()) {
    if (performance.now() - startedAt > 60_000) throw new Error('The last entry did not come')
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
  await new Promise<void>((resolve) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      channel.port1.close()
      resolve()
    }
    channel.port2.postMessage(null)
  })
  const took = performance.now() - startedAt
  root.unmount()
  document.body.replaceChildren()
  return took
}

declare global {
  var showPeer: (events: number, lastWords: string) => Promise<number>
}
globalThis.showPeer = showPeer
