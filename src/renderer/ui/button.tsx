import { Button as BaseButton } from '@base-ui/react/button'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx'
import { Tooltip } from './tooltip'

type Tone = 'accent' | 'plain' | 'quiet' | 'danger'

const tones: Record<Tone, string> = {
  /** The one thing to do next. */
  accent: 'bg-accent text-accent-text hover:brightness-110 font-medium',
  plain: 'bg-surface-2 text-text hover:bg-surface-3 border border-line',
  quiet: 'text-text-muted hover:bg-surface-2 hover:text-text',
  danger: 'bg-danger text-danger-text hover:brightness-110 font-medium',
}

const shape =
  'inline-flex shrink-0 items-center justify-center gap-6 rounded-6 whitespace-nowrap transition-colors select-none ' +
  'aria-disabled:opacity-50 aria-disabled:pointer-events-none disabled:opacity-50 disabled:cursor-default'

export interface ButtonProps extends Omit<ComponentProps<typeof BaseButton>, 'className'> {
  tone?: Tone
  size?: 'small' | 'normal'
  /** While true the button stays focusable, says so, and does nothing. */
  busy?: boolean
  icon?: ReactNode
  wide?: boolean
  /** Why it cannot be used now; shown on hover and read out. Disables the button. */
  reason?: string | null | undefined
}

export function Button({
  tone = 'plain',
  size = 'normal',
  busy,
  icon,
  wide,
  reason,
  children,
  ...rest
}: ButtonProps) {
  const blocked = reason !== undefined && reason !== null
  const button = (
    <BaseButton
      type="button"
      {...rest}
      // A disabled button that keeps its focus can say why it is disabled.
      focusableWhenDisabled
      disabled={rest.disabled === true || busy === true || blocked}
      aria-busy={busy === true ? true : undefined}
      className={cx(
        shape,
        tones[tone],
        size === 'small' ? 'h-24 px-8 text-12' : 'h-control px-12 text-13',
        wide === true && 'w-full',
        (rest.disabled === true || blocked) && 'opacity-50 cursor-default',
      )}
    >
      {icon}
      {children}
    </BaseButton>
  )
  return blocked ? <Tooltip label={reason}>{button}</Tooltip> : button
}

export interface IconButtonProps extends Omit<ComponentProps<typeof BaseButton>, 'className' | 'aria-label'> {
  /** The accessible name, also shown on hover. */
  label: string
  shortcut?: string
  pressed?: boolean
  tone?: 'quiet' | 'accent'
}

export function IconButton({ label, shortcut, pressed, tone = 'quiet', ...rest }: IconButtonProps) {
  return (
    <Tooltip label={label} shortcut={shortcut}>
      <BaseButton
        type="button"
        {...rest}
        focusableWhenDisabled
        aria-label={label}
        aria-pressed={pressed}
        className={cx(
          'hit-area inline-flex size-24 shrink-0 items-center justify-center rounded-4 transition-colors',
          tone === 'accent'
            ? 'bg-accent text-accent-text hover:brightness-110'
            : 'text-text-muted hover:bg-surface-3 hover:text-text',
          pressed === true && 'bg-surface-2 text-text',
          rest.disabled === true && 'opacity-50 cursor-default',
        )}
      />
    </Tooltip>
  )
}
