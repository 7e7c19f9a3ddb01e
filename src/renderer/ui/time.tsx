import { useSyncExternalStore } from 'react'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Short age in a list: `now`, `5m`, `3h`, `2d`, `6w`. */
export function shortAge(at: number, now: number): string {
  const age = Math.max(0, now - at)
  if (age < minute) return 'now'
  if (age < hour) return `${Math.floor(age / minute)}m`
  if (age < day) return `${Math.floor(age / hour)}h`
  if (age < 14 * day) return `${Math.floor(age / day)}d`
  return `${Math.floor(age / (7 * day))}w`
}

/** An age in a sentence: `just now`, `2 min ago`, `3 h ago`, `5 days ago`. */
export function agoText(at: number, now: number): string {
  const age = Math.max(0, now - at)
  if (age < minute) return 'just now'
  if (age < hour) return `${Math.floor(age / minute)} min ago`
  if (age < 2 * day) return `${Math.floor(age / hour)} h ago`
  return `${Math.floor(age / day)} days ago`
}

/** A time to come as a person reads it off a clock: `14:05`, and with the day when that is not today. */
export function untilText(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock.format(at) : weekday.format(at)
}

/** `0:42`, `12:05`, `1:02:05`. */
export function clockDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60]
  const hours = Math.floor(seconds / 3600)
  const [minutes = 0, rest = 0] = parts
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(rest).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${tail}` : tail
}

/** `0.8 s`, `12 s`, `2 m 05 s`, `1 h 02 m`. */
export function wordedDuration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, '0')} m`
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' })
/** `3 Mar 2026`, as the person's language has it. */
export const dateText = (at: number): string => monthDay.format(at)
const monthDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', year: 'numeric' })

export function exactTime(at: number): string {
  return exact.format(at)
}

/** Today the time, this week the weekday too, before that the date. */
export function messageTime(at: number, now: number): string {
  if (now - at < day && new Date(at).getDate() === new Date(now).getDate()) return clock.format(at)
  return now - at < 7 * day ? weekday.format(at) : monthDay.format(at)
}

/** One clock for the whole window; it runs only while something shows an age or a running time. */
function ticking(intervalMs: number) {
  const listeners = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined
  let now = Date.now()
  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      timer ??= setInterval(() => {
        if (document.hidden) return
        now = Date.now()
        for (const each of listeners) each()
      }, intervalMs)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
    now: () => {
      if (timer === undefined) now = Date.now()
      return now
    },
  }
}
const seconds = ticking(1000)
const halfMinutes = ticking(30_000)

export function RelativeTime({ at }: { at: number }) {
  const now = useSyncExternalStore(halfMinutes.subscribe, halfMinutes.now)
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {shortAge(at, now)}
    </time>
  )
}

/** When something was said: short, with the exact time on hover. */
export function MessageTime({ at }: { at: number }) {
  const now = useSyncExternalStore(halfMinutes.subscribe, halfMinutes.now)
  return (
    <time title={exactTime(at)} dateTime={new Date(at).toISOString()}>
      {messageTime(at, now)}
    </time>
  )
}

/** A running time that counts. */
export function RunningTime({ since }: { since: number }) {
  const now = useSyncExternalStore(seconds.subscribe, seconds.now)
  return <time title={`Since ${exactTime(since)}`}>{clockDuration(now - since)}</time>
}

/** The time, told again every half minute. For sentences that hold an age. */
export function useNow(): number {
  return useSyncExternalStore(halfMinutes.subscribe, halfMinutes.now)
}

/** An age in words, with the exact time on hover. */
export function AgoTime({ at }: { at: number }) {
  const now = useNow()
  return (
    <time title={exactTime(at)} dateTime={new Date(at).toISOString()}>
      {agoText(at, now)}
    </time>
  )
}

/** A time that runs out. */
export function RemainingTime({ until }: { until: number }) {
  const now = useSyncExternalStore(seconds.subscribe, seconds.now)
  return <time title={exactTime(until)}>{clockDuration(until - now)}</time>
}
