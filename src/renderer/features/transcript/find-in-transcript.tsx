import { memo, type RefObject, useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react'
import { isMeant, isTaken } from '../../app/keymap'
import { choosePlace, useWorkspace } from '../../app/workspace'
import { bridge } from '../../client/bridge'
import { useEntity } from '../../client/topics'
import { copyText } from '../../ui/copy-button'
import { showToast } from '../../ui/toast'
import { markWords, useFind } from './find'
import { FindBar } from './find-bar'
import type { LineWindow } from './line-window'
import type { SessionTranscript } from './session-transcript'
import { TranscriptTools } from './transcript-tools'

/** Of the window, above the place that was found. */
const room = 80

/** Finding words and prompts, copying everything: what is about the whole transcript. */
export const FindInTranscript = memo(function FindInTranscript({
  transcript,
  view,
  running,
  content,
}: {
  transcript: SessionTranscript
  view: LineWindow
  running: boolean
  /** Holds the lines that are drawn. */
  content: RefObject<HTMLElement | null>
}) {
  const session = useEntity('session', transcript.sessionId, 'session', transcript.sessionId)
  const [open, setOpen] = useState(false)
  const [copying, setCopying] = useState(false)
  const [now, setNow] = useState<string | null>(null)
  const { find, search, step } = useFind(transcript, show)

  /** Words that were found elsewhere, for the place that was opened. */
  const [visited, setVisited] = useState<readonly string[] | null>(null)
  useChosenPlace(transcript, (row, words) => {
    setOpen(false)
    setVisited(words)
    void show(row, words[0] ?? '')
  })

  async function show(row: number, words = find.words): Promise<void> {
    await transcript.readBack(() => (transcript.model.firstRow ?? 0) <= row)
    const place = transcript.model.placeOf(row)
    if (place === null) return
    const fold = transcript.lines(running).foldOf(place)
    if (fold !== null) transcript.setUnfolded(fold, true)
    const item = transcript.model.items[place - transcript.model.origin]
    if (item?.type === 'tool' || item?.type === 'thought') transcript.setUnfolded(item.key, true)
    const key = transcript.lines(running).keyAt(place, words)
    setNow(key)
    if (key !== null) view.show(key, room)
  }

  useEffect(() => {
    const mac = bridge().platform === 'darwin'
    const onKey = (event: KeyboardEvent) => {
      const modifier = mac ? event.metaKey : event.ctrlKey
      if (!modifier || event.shiftKey || event.altKey || event.key.toLowerCase() !== 'f') return
      if (isTaken(event) || !isMeant(event, content.current)) return
      event.preventDefault()
      setOpen(true)
      // Where several stand side by side, the field of this one.
      const part = content.current?.closest('[data-own-keys]') ?? document
      part.querySelector<HTMLInputElement>('search[aria-label="Find in transcript"] input')?.select()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [content])

  // Whatever is drawn: the marks are ranges of the page, and cost nothing while nothing is looked for.
  useEffect(() => {
    const words = open ? (find.words === '' ? [] : [find.words]) : visited
    if (words === null) return
    return view.afterDrawing(() => markWords(view, content.current, words, now))
  }, [view, content, open, find.words, visited, now])
  useEffect(() => () => markWords(view, null, [], null), [view])
  const canGoBack = useSyncExternalStore(view.subscribe, view.canGoBack)

  const close = () => {
    setOpen(false)
    setNow(null)
    setVisited(null)
    search('')
    markWords(view, null, [], null)
  }
  const copyAll = async () => {
    setCopying(true)
    await transcript.readBack(() => false)
    setCopying(false)
    if (transcript.earlierError !== null) return
    // What is copied has to be asked for by a person, and that only lasts for seconds.
    if (navigator.userActivation.isActive) {
      copyText(transcript.markdownOf(null))
      showToast('The transcript was copied as markdown')
    } else showToast('Everything was read: copy it now')
  }

  return (
    <>
      {open && <FindBar find={find} search={search} step={step} onClose={close} />}
      {session !== undefined && (
        <TranscriptTools
          taskId={session.taskId}
          sessionId={transcript.sessionId}
          copying={copying}
          onFind={() => setOpen(true)}
          onCopy={() => void copyAll()}
          onBack={canGoBack ? view.back : null}
        />
      )}
    </>
  )
})

/** The row that was found elsewhere is shown once. */
function useChosenPlace(
  transcript: SessionTranscript,
  show: (row: number, words: readonly string[]) => void,
): void {
  const chosen = useWorkspace(({ chosenPlace }) =>
    chosenPlace?.sessionId === transcript.sessionId ? chosenPlace : null,
  )
  const showIt = useEffectEvent(show)
  useEffect(() => {
    if (chosen === null) return
    choosePlace(null)
    showIt(chosen.row, chosen.words)
  }, [chosen])
}
