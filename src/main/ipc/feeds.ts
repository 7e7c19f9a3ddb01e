import { MessageChannelMain, type IpcMainEvent } from 'electron'
import { channels } from '@shared/channels'
import type { TranscriptMessage } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import { sessionIdSchema, terminalIdSchema, type SessionId, type TerminalId } from '@shared/ids'
import { terminalRequestSchema, type TerminalMessage, type TerminalRequest } from '@shared/terminals'

/** A reader of a session's transcript, as the session folder offers it. */
export interface TranscriptFeed {
  attach(
    sessionId: SessionId,
    sink: { post(message: TranscriptMessage): void },
  ): { ack(sequence: number): void; detach(): void }
}

/** A window on a terminal, as the task folder offers it. */
export interface TerminalFeed {
  /** @throws FoundryError `not_found` */
  attach(
    terminalId: TerminalId,
    sink: { post(message: TerminalMessage): void },
  ): Promise<{ request(request: TerminalRequest): void; detach(): void }>
}

type ReportError = (error: unknown, what: string) => void

/** Gives a page a port of its own to what it names. The sender was checked, what it sent was not. */
export type OpenFeed = (event: IpcMainEvent, id: unknown, requestId: string) => void

export function createTranscriptPorts(transcripts: TranscriptFeed, reportError: ReportError): OpenFeed {
  return (event, sessionId, requestId) => {
    const parsed = sessionIdSchema.safeParse(sessionId)
    if (!parsed.success || event.senderFrame === null) return
    const { port1, port2 } = new MessageChannelMain()
    try {
      event.senderFrame.postMessage(channels.port, { requestId }, [port2])
      const feed = transcripts.attach(parsed.data, {
        post(message) {
          port1.postMessage(message)
        },
      })
      port1.on('message', ({ data }: { data: unknown }) => {
        if (typeof data !== 'object' || data === null || !('type' in data)) return
        if (data.type === 'ack' && 'sequence' in data && typeof data.sequence === 'number')
          feed.ack(data.sequence)
        else if (data.type === 'close') port1.close()
      })
      port1.on('close', () => {
        feed.detach()
      })
      port1.start()
    } catch (error) {
      reportError(error, 'transcript')
      port1.close()
    }
  }
}

export function createTerminalPorts(terminals: TerminalFeed, reportError: ReportError): OpenFeed {
  return (event, terminalId, requestId) => {
    const parsed = terminalIdSchema.safeParse(terminalId)
    if (!parsed.success || event.senderFrame === null) return
    const { port1, port2 } = new MessageChannelMain()
    event.senderFrame.postMessage(channels.port, { requestId }, [port2])
    let closed = false
    port1.on('close', () => {
      closed = true
    })
    terminals
      .attach(parsed.data, {
        post(message) {
          port1.postMessage(message)
        },
      })
      .then((feed) => {
        if (closed) return feed.detach()
        port1.on('close', () => feed.detach())
        port1.on('message', ({ data }: { data: unknown }) => {
          const request = terminalRequestSchema.safeParse(data)
          if (!request.success) reportError(request.error, 'a message of a terminal')
          else if (request.data.type === 'close') port1.close()
          else feed.request(request.data)
        })
        port1.start()
      })
      .catch((error: unknown) => {
        // Closed meanwhile: the window is told by its topic.
        if (!(error instanceof FoundryError)) reportError(error, 'terminal')
        port1.close()
      })
  }
}
