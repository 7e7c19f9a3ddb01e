import type { RunningWork } from '../boot/services'

/** Named in the question; the rest is a number. */
const NAMED = 8

export interface QuitQuestion {
  readonly message: string
  readonly detail: string
}

/** What quitting would interrupt, by the names a person knows. */
export function quitQuestion(work: Pick<RunningWork, 'runningTurns' | 'runningJobs'>): QuitQuestion {
  const turns = work.runningTurns().map((turn) => `${turn.taskTitle} \u2013 ${turn.sessionName}`)
  const jobs = work.runningJobs?.() ?? []
  const counts = [count(turns.length, 'turn', 'turns'), count(jobs.length, 'job', 'jobs')].filter(
    (text) => text !== '',
  )
  const lines = [...turns, ...jobs]
  const named = lines.slice(0, NAMED).map((line) => `\u2022 ${line}`)
  if (lines.length > NAMED) named.push(`and ${lines.length - NAMED} more`)
  return {
    message: `${counts.join(' and ')} ${lines.length === 1 ? 'is' : 'are'} still running.`,
    detail: [
      ...named,
      '',
      'Agents are stopped, and a checkpoint of their work is taken. Their sessions can go on after the next start.',
    ].join('\n'),
  }
}

function count(number: number, one: string, many: string): string {
  return number === 0 ? '' : `${number} ${number === 1 ? one : many}`
}
