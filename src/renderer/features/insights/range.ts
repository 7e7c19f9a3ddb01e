/** What ranges of days one chooses from. */
export const rangeNames = ['7', '30', '90', 'year', 'all', 'custom'] as const
export type RangeName = (typeof rangeNames)[number]

export const rangeWords: Readonly<Record<RangeName, string>> = {
  '7': 'Last 7 days',
  '30': 'Last 30 days',
  '90': 'Last 90 days',
  year: 'Last year',
  all: 'All time',
  custom: 'From – to',
}

export interface DayRange {
  /** Null: from the first turn on. */
  from: string | null
  to: string
}

const two = (figure: number): string => String(figure).padStart(2, '0')

/** The day it is where the person is. */
export function dayOf(time: Date): string {
  return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

/** A day so many days later, or earlier. */
export function dayAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** Days of a range; today is its last day. */
export function rangeOf(name: RangeName, custom: DayRange, today: string): DayRange {
  switch (name) {
    case '7':
    case '30':
    case '90':
      return { from: dayAfter(today, 1 - Number(name)), to: today }
    case 'year':
      return { from: dayAfter(today, -364), to: today }
    case 'all':
      return { from: null, to: today }
    case 'custom':
      return custom.from !== null && custom.from > custom.to ? { from: custom.to, to: custom.from } : custom
  }
}
