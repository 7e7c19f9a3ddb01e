import { ContextMenu as BaseContextMenu } from '@base-ui/react/context-menu'
import { Menu as BaseMenu } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { cx } from './cx'

export interface MenuAction {
  label: string
  icon?: ReactNode
  onSelect: () => void
  tone?: 'danger'
  /** Why it cannot be chosen now; shown under the label. */
  reason?: string | null
}
/** Actions with lines between groups. */
export type MenuGroups = MenuAction[][]

const popup =
  'min-w-menu max-h-available animate-appear overflow-y-auto rounded-6 border border-line bg-surface-2 p-4 shadow-float outline-none'
const row =
  'flex min-h-24 cursor-default items-center gap-8 rounded-4 px-8 py-2 outline-none select-none ' +
  'data-highlighted:bg-surface-3 data-disabled:text-text-faint'

function Items({ groups }: { groups: MenuGroups }) {
  const filled = groups.filter((group) => group.length > 0)
  return filled.map((group, index) => (
    <BaseMenu.Group key={group[0]?.label ?? index}>
      {index > 0 && <BaseMenu.Separator className="my-4 h-1 bg-line" />}
      {group.map((action) => (
        <BaseMenu.Item
          key={action.label}
          onClick={action.onSelect}
          disabled={action.reason !== undefined && action.reason !== null}
          className={cx(row, action.tone === 'danger' && 'text-danger')}
        >
          <span aria-hidden className="flex size-16 shrink-0 items-center justify-center">
            {action.icon}
          </span>
          <span className="min-w-0">
            <span className="block">{action.label}</span>
            {action.reason !== undefined && action.reason !== null && (
              <span className="block text-11 text-text-muted">{action.reason}</span>
            )}
          </span>
        </BaseMenu.Item>
      ))}
    </BaseMenu.Group>
  ))
}

/** A button that opens a list of actions. */
export function Menu({ trigger, groups }: { trigger: ReactElement; groups: MenuGroups }) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align="end" className="z-50">
          <BaseMenu.Popup className={popup}>
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
          <BaseContextMenu.Popup className={popup}>
            <Items groups={groups} />
          </BaseContextMenu.Popup>
        </BaseContextMenu.Positioner>
      </BaseContextMenu.Portal>
    </BaseContextMenu.Root>
  )
}
