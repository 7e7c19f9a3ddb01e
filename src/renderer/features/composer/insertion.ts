import { useEffect, useRef } from 'react'

/** What other parts of the window put into the prompt of a task, until a composer takes it. */
const waiting = new Map<string, string[]>()
const takers = new Map<string, () => void>()

/** Puts a text at the end of the prompt that is being written for a task. */
export function addToPrompt(taskId: string, text: string): void {
  waiting.set(taskId, [...(waiting.get(taskId) ?? []), text])
  takers.get(taskId)?.()
}

/** Takes what is for this task, now and while the composer is there. */
export function useInsertions(taskId: string, take: (text: string) => void): void {
  const latest = useRef(take)
  useEffect(() => {
    latest.current = take
  })
  useEffect(() => {
    const takeAll = () => {
      const texts = waiting.get(taskId) ?? []
      waiting.delete(taskId)
      for (const text of texts) latest.current(text)
    }
    takers.set(taskId, takeAll)
    takeAll()
    return () => {
      if (takers.get(taskId) === takeAll) takers.delete(taskId)
    }
  }, [taskId])
}
