/** What we know of an agent beyond what the server says. Everything here is public, fixed knowledge. */
export interface AgentFacts {
  name: string
  /** Exactly what a person types into a terminal to sign in; null where there is no such command. */
  loginCommand: string | null
  /** The variable its API key is usually given in; null where it takes none. */
  keyVariable: string | null
  /** All variables it reads keys from: given to this agent alone. */
  keyVariables: readonly string[]
  /** The program the person would run; found on PATH, it says that they have the agent. */
  program: string | null
  /** The program that speaks ACP for it; the same as `program` for agents that speak it themselves. */
  adapter: string | null
  /** It answers without a sign-in too, with models that are free or that its own configuration names. */
  worksWithoutSignIn?: boolean
  /** Not an agent a person can work with. */
  hidden?: boolean
}

const FACTS: Readonly<Record<string, AgentFacts>> = {
  claude: {
    name: 'Claude Code',
    loginCommand: 'claude /login',
    keyVariable: 'ANTHROPIC_API_KEY',
    keyVariables: ['ANTHROPIC_API_KEY', 'CLAUDE_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'],
    program: 'claude',
    adapter: 'claude-agent-acp',
  },
  codex: {
    name: 'Codex',
    loginCommand: 'codex login',
    keyVariable: 'OPENAI_API_KEY',
    keyVariables: ['OPENAI_API_KEY', 'CODEX_API_KEY'],
    program: 'codex',
    adapter: 'codex-acp',
  },
  opencode: {
    name: 'OpenCode',
    loginCommand: 'opencode auth login',
    keyVariable: 'ANTHROPIC_API_KEY',
    keyVariables: [
      'ANTHROPIC_API_KEY',
      'OPENAI_API_KEY',
      'OPENROUTER_API_KEY',
      'GEMINI_API_KEY',
      'GOOGLE_GENERATIVE_AI_API_KEY',
      'GROQ_API_KEY',
      'XAI_API_KEY',
      'OPENCODE_API_KEY',
    ],
    program: 'opencode',
    adapter: 'opencode',
    worksWithoutSignIn: true,
  },
  amp: {
    name: 'Amp',
    loginCommand: 'amp login',
    keyVariable: 'AMP_API_KEY',
    keyVariables: ['AMP_API_KEY'],
    program: 'amp',
    adapter: 'amp-acp',
  },
  pi: {
    name: 'Pi',
    loginCommand: 'pi',
    keyVariable: 'ANTHROPIC_API_KEY',
    keyVariables: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY'],
    program: 'pi',
    adapter: 'pi-acp',
  },
  cursor: {
    name: 'Cursor',
    loginCommand: 'cursor-agent login',
    keyVariable: 'CURSOR_API_KEY',
    keyVariables: ['CURSOR_API_KEY'],
    program: 'cursor-agent',
    adapter: 'cursor-agent-acp',
  },
  gemini: {
    name: 'Gemini CLI',
    loginCommand: 'gemini',
    keyVariable: 'GEMINI_API_KEY',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    program: 'gemini',
    adapter: 'gemini',
  },
  // The server's test double only echoes what it is sent.
  mock: {
    name: 'Mock',
    loginCommand: null,
    keyVariable: null,
    keyVariables: [],
    program: null,
    adapter: null,
    hidden: true,
  },
}

/** Known agents first, in the order people meet them; then the others by id. */
export function compareAgents(a: { id: string }, b: { id: string }): number {
  const order = Object.keys(FACTS)
  const place = ({ id }: { id: string }): number =>
    Object.hasOwn(FACTS, id) ? order.indexOf(id) : order.length
  return place(a) - place(b) || (a.id < b.id ? -1 : 1)
}

/** What we know of an agent; for one nobody has told us of, its id has to do as its name. */
export function agentFacts(agentId: string): AgentFacts {
  const known = Object.hasOwn(FACTS, agentId) ? FACTS[agentId] : undefined
  return (
    known ?? {
      name: readableName(agentId),
      loginCommand: null,
      keyVariable: null,
      keyVariables: [],
      program: null,
      adapter: null,
    }
  )
}

function readableName(agentId: string): string {
  return agentId
    .split(/[-_]/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
