import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { bytesText, dateText } from '../../ui/time'
import type { SessionTranscript } from './session-transcript'
import type { Cut } from '@shared/transcript/view-items'

/** Says that something was left out, how much there is, and reads it on request. */
export function CutNotice({ cut, transcript }: { cut: Cut; transcript: SessionTranscript }) {
  const reading = useCall<true>()
  if (cut.removedAt !== null)
    return (
      <p className="text-12 text-text-muted">
        Shortened here. In full it was {bytesText(cut.bytes)}; the rest was removed by your policy on{' '}
        {dateText(cut.removedAt)}.
      </p>
    )
  return (
    <div className="flex min-w-0 flex-col gap-6 text-12 text-text-muted">
      <div className="flex flex-wrap items-center gap-8">
        Shortened here. In full it is {bytesText(cut.bytes)}.
        <Button
          size="small"
          busy={reading.busy}
          onClick={() =>
            void reading.run(async () => {
              const error = await transcript.readInFull(cut.first)
              return error === null ? { ok: true, value: true } : { ok: false, error }
            })
          }
        >
          {reading.busy ? 'Loading' : 'Load in full'}
        </Button>
      </div>
      {reading.error !== null && <ErrorNotice error={reading.error} />}
    </div>
  )
}
