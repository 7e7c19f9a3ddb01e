import { useState } from 'react'
import { useAvatar } from '../client/avatars'
import { cx } from './cx'
import { initialsOf } from './initials'

const hues = [
  'bg-agent-ember',
  'bg-agent-moss',
  'bg-agent-sky',
  'bg-agent-rose',
  'bg-agent-gold',
  'bg-agent-violet',
]

/**
 * Whose this is. The picture takes the place of the initials once main has it: the window loads nothing from the
 * network. The name stands beside it.
 */
export function Avatar({
  name,
  url,
  size = 'normal',
}: {
  name: string
  url: string | null
  size?: 'small' | 'normal'
}) {
  const box = cx('shrink-0 rounded-6', size === 'small' ? 'size-16' : 'size-24')
  const image = useAvatar(url)
  const [broken, setBroken] = useState<string | null>(null)
  if (image !== null && image !== broken)
    return (
      <img
        src={image}
        alt=""
        draggable={false}
        className={cx(box, 'object-cover')}
        onError={() => setBroken(image)}
      />
    )
  let hash = 0
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % hues.length
  return (
    <span
      aria-hidden
      className={cx(
        box,
        'inline-flex items-center justify-center overflow-hidden font-semibold text-surface-0',
        'text-11',
        hues[hash],
      )}
    >
      {size === 'small' ? initialsOf(name).slice(0, 1) : initialsOf(name)}
    </span>
  )
}
