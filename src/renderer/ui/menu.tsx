import { ContextMenu as BaseContextMenu } from '@base-ui/react/context-menu'
import { Menu as BaseMenu } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import { type ReactElement, type ReactNode, useEffect, useRef } from 'react'
import { cx } from './cx'

export interface MenuAction {
  label: string
  /** Told apart by it, where labels may be alike. */
  key?: string
  icon?: ReactNode
  onSelect: () => void
  tone?: 'danger'
  /** A second line under the label. */
  hint?: ReactNode
  /** For a choice among the actions of its group: whether this is the chosen one. */
  checked?: boolean
  /** Why it cannot be chosen now; shown under the label. */
  reason?: string | null
}
/** Actions with lines between groups. */
export type MenuGroups = MenuAction[][]

const popup =
  'max-w-picker max-h-available animate-appear overflow-y-auto rounded-6 border border-line bg-surface-2 p-4 shadow-float outline-none'
const row =
  'flex min-h-24 cursor-default items-center gap-8 rounded-4 px-8 py-2 outline-none select-none ' +
  'data-highlighted:bg-surface-3 data-disabled:text-text-faint'

function Items({ groups }: { groups: MenuGroups }) {
  const filled = groups.filter((group) => group.length > 0)
  return filled.map((group, index) => {
    const chosen = group.find((action) => action.checked === true)
    const rows = group.map((action) => <Item key={keyOf(action)} action={action} />)
    const line = index > 0 && <BaseMenu.Separator className="my-4 h-1 bg-line" />
    const key = group[0] === undefined ? index : keyOf(group[0])
    return group.some((action) => action.checked !== undefined) ? (
      <BaseMenu.RadioGroup key={key} value={chosen === undefined ? '' : keyOf(chosen)}>
        {line}
        {rows}
      </BaseMenu.RadioGroup>
    ) : (
      <BaseMenu.Group key={key}>
        {line}
        {rows}
      </BaseMenu.Group>
    )
  })
}

function keyOf(action: MenuAction): string {
  return action.key ?? action.label
}

function Item({ action }: { action: MenuAction }) {
  const look = cx(row, action.tone === 'danger' && 'text-danger')
  const disabled = action.reason !== undefined && action.reason !== null
  const under = disabled ? action.reason : action.hint
  const content = (
    <>
      <span aria-hidden className="flex size-16 shrink-0 items-center justify-center">
        {action.icon}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block break-words">
          <bdi>{action.label}</bdi>
        </span>
        {under !== undefined && <span className="block text-11 break-words text-text-muted">{under}</span>}
      </span>
      {action.checked === true && <Check aria-hidden className="size-12 shrink-0 text-text-muted" />}
    </>
  )
  return action.checked === undefined ? (
    <BaseMenu.Item onClick={action.onSelect} disabled={disabled} className={look}>
      {content}
    </BaseMenu.Item>
  ) : (
    <BaseMenu.RadioItem
      value={keyOf(action)}
      onClick={action.onSelect}
      disabled={disabled}
      closeOnClick
      className={look}
    >
      {content}
    </BaseMenu.RadioItem>
  )
}

/** A button that opens a list of actions. */
export function Menu({
  trigger,
  groups,
  align = 'end',
  wide = false,
  open,
  onOpenChange,
}: {
  trigger: ReactElement
  groups: MenuGroups
  align?: 'start' | 'end'
  /** At least as wide as its button. */
  wide?: boolean
  /** For a menu that something else opens too. */
  open?: boolean
  onOpenChange?: (open: boolean) => void
}) {
  return (
    <BaseMenu.Root
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange === undefined ? {} : { onOpenChange })}
    >
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align={align} className="z-50">
          <BaseMenu.Popup className={cx(popup, wide ? 'w-anchor-min' : 'min-w-menu')}>
            <Items groups={groups} />
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

/** A list of actions at something that has no menu of its own; closed while it stands nowhere. Focus goes back there. */
export function AnchoredMenu({
  anchor,
  groups,
  onClose,
}: {
  anchor: HTMLElement | null
  groups: MenuGroups
  onClose: () => void
}) {
  const last = useRef(anchor)
  useEffect(() => {
    if (anchor !== null) last.current = anchor
  }, [anchor])
  return (
    <BaseMenu.Root open={anchor !== null} onOpenChange={(open) => !open && onClose()}>
      <BaseMenu.Portal>
        <BaseMenu.Positioner anchor={anchor} sideOffset={4} align="end" className="z-50">
          <BaseMenu.Popup className={cx(popup, 'min-w-menu')} finalFocus={last}>
            <Items groups={groups} />
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

/** The menu of the right mouse button (or the menu key) over everything inside. */
export function ContextMenu({
  groups,
  children,
  onOpenChange,
}: {
  groups: MenuGroups
  children: ReactElement
  onOpenChange?: (open: boolean) => void
}) {
  return (
    <BaseContextMenu.Root {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <BaseContextMenu.Trigger render={children} />
      <BaseContextMenu.Portal>
        <BaseContextMenu.Positioner className="z-50">
          <BaseContextMenu.Popup className={cx(popup, 'min-w-menu')}>
            <Items groups={groups} />
          </BaseContextMenu.Popup>
        </BaseContextMenu.Positioner>
      </BaseContextMenu.Portal>
    </BaseContextMenu.Root>
  )
}
