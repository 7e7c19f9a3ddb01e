import { useRef } from 'react'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { closeTerminal, terminalName, useTerminals } from './terminal-state'

/** What closing a terminal ends is said before. */
export function CloseQuestion() {
  const closing = useTerminals((state) => state.closing)
  const titles = useTerminals((state) => state.titles)
  const keep = useRef<HTMLButtonElement>(null)
  const cancel = () => useTerminals.setState({ closing: null })
  const end = () => {
    cancel()
    if (closing !== null) void closeTerminal(closing.terminal, true)
  }
  return (
    <Dialog
      open={closing !== null}
      onClose={cancel}
      title="End what runs and close the terminal?"
      initialFocus={keep}
      footer={
        <>
          <Button ref={keep} onClick={cancel}>
            Keep it open
          </Button>
          <Button tone="danger" onClick={end}>
            End and close
          </Button>
        </>
      }
    >
      {closing !== null && (
        <p className="break-words">
          In “<bdi>{terminalName(closing.terminal, titles)}</bdi>” runs{' '}
          <b className="font-medium">{closing.running.join(', ')}</b>. It is ended, and what it has not saved
          is lost.
        </p>
      )}
    </Dialog>
  )
}
