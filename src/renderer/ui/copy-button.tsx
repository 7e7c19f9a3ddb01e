import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button, IconButton } from './button'

function useCopied(text: () => string): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const copy = () => {
    copyText(text())
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), 1200)
  }
  return { copied, copy }
}

/** Copies in the gesture of the person, which needs no clipboard permission. */
export function copyText(text: string): void {
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
  }
  document.addEventListener('copy', put, { once: true })
  document.execCommand('copy')
  document.removeEventListener('copy', put)
}

/** Copies a text and says for a moment that it did. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const { copied, copy } = useCopied(text)
  return (
    <IconButton label={copied ? 'Copied' : label} onClick={copy}>
      {copied ? <Check className="size-12" /> : <Copy className="size-12" />}
    </IconButton>
  )
}

export function CopyTextButton({ label, text }: { label: string; text: () => string }) {
  const { copied, copy } = useCopied(text)
  return (
    <Button
      size="small"
      onClick={copy}
      icon={copied ? <Check className="size-12" /> : <Copy className="size-12" />}
    >
      {copied ? 'Copied' : label}
    </Button>
  )
}
