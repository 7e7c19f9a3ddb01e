import type { SessionId, TaskId } from '@shared/ids'
import type { TranscriptPage } from './event-log'
import { storedTurns } from './stored-turns'

/** A task as its stored turns tell it. */
export interface Story {
  /** What was asked for, in the order it was; long prompts are cut. */
  prompts: string[]
  /** The last message of the agent in the last turn that had one; empty without any. */
  answer: string
}

const MOST_TURNS = 200

/** Reads what is stored, and no further back than the last answer. */
export async function readStory(
  store: { turnsOf(taskId: TaskId, limit: number): { sessionId: SessionId; prompt: string }[] },
  log: { before(sessionId: SessionId, before: number, limit: number): TranscriptPage },
  taskId: TaskId,
): Promise<Story> {
  const turns = store.turnsOf(taskId, MOST_TURNS)
  const prompts = turns.map(({ prompt }) => prompt)
  const last = turns.at(-1)
  if (last === undefined) return { prompts, answer: '' }
  for await (const { answer } of storedTurns(log, last.sessionId))
    if (answer.trim() !== '') return { prompts, answer }
  return { prompts, answer: '' }
}
