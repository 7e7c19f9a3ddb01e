import { cx } from './cx'

const hues = [
  'bg-agent-ember',
  'bg-agent-moss',
  'bg-agent-sky',
  'bg-agent-rose',
  'bg-agent-gold',
  'bg-agent-violet',
]
const known: Record<string, string> = {
  claude: 'bg-agent-ember',
  codex: 'bg-agent-moss',
  opencode: 'bg-agent-sky',
  amp: 'bg-agent-rose',
  pi: 'bg-agent-gold',
  cursor: 'bg-agent-violet',
}

/** One hue an agent; the name stands beside it. */
export function AgentMark({ agentId }: { agentId: string }) {
  let hash = 0
  for (const character of agentId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % hues.length
  return <span aria-hidden className={cx('size-8 shrink-0 rounded-full', known[agentId] ?? hues[hash])} />
}
