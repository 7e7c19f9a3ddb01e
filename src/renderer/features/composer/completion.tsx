import { CircleDot, File, Folder, GitPullRequest, History, MessageSquare, SquareSlash } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useId, useRef, useState } from 'react'
import { cx } from '../../ui/cx'
import type { Choice, Choices } from './completion-choices'
import { completed, triggerAt, type Trigger } from './trigger'

const icons = {
  command: SquareSlash,
  file: File,
  folder: Folder,
  session: MessageSquare,
  'pull request': GitPullRequest,
  issue: CircleDot,
  prompt: History,
} as const

/** What is offered for the word at the caret of a text field. */
export interface Completion {
  /** For the field: what tells a screen reader about the list. */
  readonly fieldProps: {
    'aria-autocomplete': 'list'
    'aria-controls'?: string
    'aria-activedescendant'?: string
  }
  /** Looks at the field again: it was typed in, or the caret was moved. */
  look(): void
  close(): void
  /** Offers prompts that were sent before and hold what is typed now. */
  search(): void
  /** Whether the key was one for the list. */
  onKey(event: KeyboardEvent): boolean
  /** What the list shows; null while there is none. */
  readonly shown: {
    id: string
    choices: Choices | null
    active: number
    choose(choice: Choice): void
    activate(index: number): void
  } | null
}

/**
 * Completion for an uncontrolled text field. Typing renders nothing while no word can be completed.
 * @param find the newest call counts, whatever comes back first
 * @param onChosen is given the whole text as it is then, and where the caret belongs
 */
export function useCompletion(
  field: RefObject<HTMLTextAreaElement | null>,
  find: (trigger: Trigger) => Promise<Choices>,
  onChosen: (text: string, caret: number) => void,
): Completion {
  const id = useId()
  const [trigger, setTrigger] = useState<Trigger | null>(null)
  const [choices, setChoices] = useState<Choices | null>(null)
  const [active, setActive] = useState(0)
  /** Where a word begins that a person wants no list for. */
  const refused = useRef<number | null>(null)
  const newest = useRef(0)
  const finding = useRef(find)
  useEffect(() => {
    finding.current = find
  })

  const close = useCallback(() => {
    newest.current += 1
    setTrigger(null)
    setChoices(null)
  }, [])
  const offer = (found: Trigger) => {
    refused.current = null
    setTrigger(found)
    setActive(0)
    const mine = ++newest.current
    void finding.current(found).then((answer) => {
      if (newest.current === mine) setChoices(answer)
    })
  }
  const look = () => {
    const element = field.current
    if (element === null) return
    const { value, selectionStart, selectionEnd } = element
    const found = selectionStart === selectionEnd ? triggerAt(value, selectionStart) : null
    if (found === null || found.start === refused.current) {
      if (found === null) refused.current = null
      if (trigger !== null) close()
      return
    }
    if (trigger !== null && trigger.start === found.start && trigger.words === found.words) return
    offer(found)
  }
  const choose = (choice: Choice) => {
    const element = field.current
    if (element === null || trigger === null) return
    const after =
      choice.kind === 'prompt'
        ? { text: choice.word, caret: choice.word.length }
        : completed(element.value, trigger, choice.word)
    onChosen(after.text, after.caret)
    close()
    // What is in a folder comes next.
    if (choice.kind === 'folder') look()
  }
  const list = choices?.list ?? []
  const open =
    trigger !== null && (choices === null || list.length > 0 || choices.note !== null || trigger.words !== '')
  const current = list[active]
  return {
    fieldProps: {
      'aria-autocomplete': 'list',
      ...(open ? { 'aria-controls': id } : {}),
      ...(open && current !== undefined ? { 'aria-activedescendant': `${id}${active}` } : {}),
    },
    look,
    close,
    search() {
      const text = field.current?.value ?? ''
      offer({ kind: 'history', words: text.slice(0, 200), start: -1, end: text.length })
    },
    onKey(event) {
      if (!open) return false
      if (event.key === 'Escape') {
        refused.current = trigger.start
        close()
        return true
      }
      if (current === undefined || event.metaKey || event.ctrlKey || event.altKey) return false
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (step !== 0) setActive((active + step + list.length) % list.length)
      else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') choose(current)
      else return false
      return true
    },
    shown: open ? { id, choices, active, choose, activate: setActive } : null,
  }
}

/** The list over a text field. */
export function CompletionList({ shown }: { shown: NonNullable<Completion['shown']> }) {
  const { id, choices, active, choose, activate } = shown
  const scroller = useRef<HTMLDivElement>(null)
  useEffect(() => {
    scroller.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
    // The choice is all there is to wait for.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [active])
  return (
    <div className="absolute inset-x-0 bottom-full z-20 mb-4 overflow-hidden rounded-6 border border-line bg-surface-2 shadow-float">
      <div
        ref={scroller}
        id={id}
        // What is chosen from the field above is no `select`, which has a focus of its own.
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
        role="listbox"
        aria-label="Suggestions"
        className="max-h-list overflow-y-auto p-4"
      >
        {choices?.list.map((choice, index) => {
          const Icon = icons[choice.kind]
          return (
            // The keys of the field move the choice; the field keeps the focus.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus, jsx-a11y/prefer-tag-over-role
            <div
              key={choice.key}
              id={`${id}${index}`}
              // As the list it stands in.
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
              role="option"
              aria-selected={index === active}
              className={cx(
                'flex min-h-24 cursor-default items-center gap-8 rounded-4 px-8',
                index === active && 'bg-surface-3',
              )}
              onPointerMove={() => index !== active && activate(index)}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(choice)}
            >
              <Icon aria-hidden className="size-12 shrink-0 text-text-muted" />
              <span className="max-w-full shrink-0 truncate" dir="auto">
                {choice.label}
              </span>
              <span className="min-w-0 truncate text-12 text-text-muted" dir="auto">
                {choice.hint}
              </span>
            </div>
          )
        })}
      </div>
      <output className="block text-12 text-text-muted not-empty:px-12 not-empty:py-4">
        {choices === null
          ? 'Looking'
          : (choices.note ?? (choices.list.length === 0 ? 'Nothing has a name like this.' : ''))}
      </output>
    </div>
  )
}
