import type { ChangeList } from '@shared/changes'
import type { FileChange, SessionSummary, TaskDetail, TaskStatus } from '@shared/domain'
import type { TaskId } from '@shared/ids'

/** One of the tasks that were made from one prompt. */
export interface Member {
  readonly task: TaskDetail
  /** What tells it apart from the others. */
  readonly name: string
  /** What its name begins with where it stands beside others of the same name; else empty. */
  readonly place: string
  /** The one that is shown of it. */
  readonly session: SessionSummary | undefined
}

/** What tells those of one prompt apart is at the end of the title. */
export const shortName = (title: string): string => /\(([^()]+)\)$/.exec(title)?.[1] ?? title

/** Names that tell all of them apart: by who does it, else with the repository, else by their places. */
export function memberNames(
  tasks: readonly { title: string; repository: string }[],
): Pick<Member, 'name' | 'place'>[] {
  const isAlone = (names: readonly string[], name: string): boolean =>
    names.indexOf(name) === names.lastIndexOf(name)
  const several = new Set(tasks.map(({ repository }) => repository)).size > 1
  const short = tasks.map(({ title }) => shortName(title))
  const names = short.map((name, nth) =>
    isAlone(short, name) || !several ? name : `${name} in ${tasks[nth]?.repository ?? ''}`,
  )
  return names.map((name, nth) => {
    // In front: the end of a long name is cut off.
    const place = isAlone(names, name) ? '' : `${nth + 1}. `
    return { name: `${place}${name}`, place }
  })
}

/** Why a member gets no prompt; null where it can have one. */
export function refusal({ task, session }: Pick<Member, 'task' | 'session'>): string | null {
  if (task.status === 'archived') return 'archived'
  if (task.status === 'virtual') return 'not started'
  if (session === undefined) return 'no open session'
  if (session.status === 'closed') return 'its session is closed'
  if (session.status === 'error') return 'its agent is not running'
  return task.status === 'error' && task.sandbox === null ? 'it could not be prepared' : null
}

/** Who gets the next prompt: those that were chosen and can have it; without a choice all that can. */
export function recipients(members: readonly Member[], left: ReadonlySet<TaskId>): Member[] {
  return members.filter((member) => refusal(member) === null && !left.has(member.task.id))
}

/** `2 of 3. Not to Two (archived).` */
export function recipientsText(members: readonly Member[], left: ReadonlySet<TaskId>): string {
  const goes = recipients(members, left)
  const skipped = members
    .filter((member) => !goes.includes(member))
    .map((member) => {
      const reason = refusal(member)
      return reason === null ? member.name : `${member.name} (${reason})`
    })
  const count = `Goes to ${goes.length} of ${members.length}.`
  return skipped.length === 0 ? count : `${count} Not to ${skipped.join(', ')}.`
}

const working: readonly TaskStatus[] = ['running', 'needs_input', 'provisioning']
export const isWorking = ({ status }: Pick<TaskDetail, 'status'>): boolean => working.includes(status)

/** Those that go when one is kept. */
export function othersOf(members: readonly Member[], kept: TaskId): Member[] {
  return members.filter(({ task }) => task.id !== kept && task.status !== 'archived')
}

/** A file that at least one of them changed, and what each of them did to it. */
export interface ComparedFile {
  readonly path: string
  /** In the order of the members; null where it was not changed. */
  readonly changes: readonly (FileChange | null)[]
}

/** The lists of all members as one, by path. A member whose list is not known has no changes in it. */
export function comparedFiles(lists: readonly (Pick<ChangeList, 'files'> | null)[]): ComparedFile[] {
  const byPath = new Map<string, (FileChange | null)[]>()
  for (const [nth, list] of lists.entries()) {
    for (const file of list?.files ?? []) {
      const changes = byPath.get(file.path) ?? lists.map(() => null)
      changes[nth] = file
      byPath.set(file.path, changes)
    }
  }
  return [...byPath]
    .map(([path, changes]) => ({ path, changes }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Added and removed lines of a whole list. */
export function lineSums(files: readonly FileChange[]): { added: number; removed: number } {
  return {
    added: files.reduce((sum, file) => sum + (file.added ?? 0), 0),
    removed: files.reduce((sum, file) => sum + (file.removed ?? 0), 0),
  }
}

/** `+3 −1`, or a word where there are no lines to count. */
export function changeText(file: FileChange): string {
  if (file.added === null || file.removed === null) return 'binary'
  if (file.added + file.removed === 0) return file.kind === 'renamed' ? 'renamed' : 'no lines'
  return `+${file.added} −${file.removed}`
}

/** The next of several in a circle. */
export const stepped = (at: number, step: 1 | -1, count: number): number => (at + step + count) % count

/** Columns that fit, of which none gets narrower than can be read; one means that they take turns. */
export function columnsFor(width: number, members: number): number {
  return Math.max(1, Math.min(4, members, Math.floor(width / 340)))
}
