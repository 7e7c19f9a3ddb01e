import { Check, Copy } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { copyText } from './copy-button'
import { cx } from './cx'

/**
 * An icon that is pressed, for content of which there can be hundreds on screen: its hint is the system's own, and it
 * costs one element.
 */
export function LightButton({
  label,
  pressed,
  menu,
  onClick,
  children,
}: {
  /** The accessible name, also shown on hover. */
  label: string
  pressed?: boolean
  /** It opens one. */
  menu?: boolean
  onClick: (button: HTMLButtonElement) => void
  children: ReactNode
}) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      {...(menu === true ? { 'aria-haspopup': 'menu' as const } : {})}
      title={label}
      onClick={(event) => onClick(event.currentTarget)}
      className={cx(
        'inline-flex size-24 shrink-0 items-center justify-center rounded-4 text-text-muted hover:bg-surface-3 hover:text-text',
        pressed === true && 'bg-surface-2 text-text',
      )}
    >
      {children}
    </button>
  )
}

/** Copies a text and says for a moment that it did. */
export function LightCopyButton({ label, text }: { label: string; text: () => string }) {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <LightButton
      label={copied ? 'Copied' : label}
      onClick={() => {
        copyText(text())
        setCopied(true)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => setCopied(false), 1200)
      }}
    >
      {copied ? <Check className="size-12" /> : <Copy className="size-12" />}
    </LightButton>
  )
}
