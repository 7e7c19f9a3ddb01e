import { agentFacts } from './agents/facts'

/**
 * What of our environment a sandbox server, and with it every agent, may see. Anything not named here stays
 * with us: a secret that happens to be in the environment (FOUNDRY_*, tokens of other tools) reaches no agent.
 */
const ALLOWED = new Set([
  // the person and the place
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  // desktop session: pinentry, keyrings and browsers for a sign-in
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'DBUS_SESSION_BUS_ADDRESS',
  // keys and signing live in agents of their own
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'SSH_ASKPASS',
  'GNUPGHOME',
  'GPG_TTY',
  // reaching the network as the person's other programs do
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'FTP_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'ftp_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  // git: who commits and how it connects, but never another repository, work tree or index
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
  'EMAIL',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_EXEC_PATH',
  'GIT_TEMPLATE_DIR',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_ASKPASS',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_SSL_NO_VERIFY',
  'GIT_LFS_SKIP_SMUDGE',
  // where toolchains live, so that what the agent builds is what the person builds
  'NVM_DIR',
  'VOLTA_HOME',
  'PNPM_HOME',
  'BUN_INSTALL',
  'DENO_INSTALL',
  'NPM_CONFIG_PREFIX',
  'COREPACK_HOME',
  'CARGO_HOME',
  'RUSTUP_HOME',
  'GOPATH',
  'GOROOT',
  'GOBIN',
  'JAVA_HOME',
  'ANDROID_HOME',
  'GRADLE_USER_HOME',
  'PYENV_ROOT',
  'RBENV_ROOT',
  'ASDF_DIR',
  'ASDF_DATA_DIR',
  'MISE_DATA_DIR',
  'SDKMAN_DIR',
  'CONDA_PREFIX',
  'HOMEBREW_PREFIX',
  'HOMEBREW_CELLAR',
  'HOMEBREW_REPOSITORY',
  'NIX_PATH',
  'NIX_PROFILES',
  'NIX_SSL_CERT_FILE',
  // where agents keep their own configuration (keys are given apart, see `agentKeys`)
  'CLAUDE_CONFIG_DIR',
  'CODEX_HOME',
  'OPENCODE_CONFIG',
  'OPENCODE_CONFIG_DIR',
  'AMP_SETTINGS_FILE',
  'PI_CODING_AGENT_DIR',
  'CURSOR_CONFIG_DIR',
  'GEMINI_CONFIG_DIR',
  'SANDBOX_AGENT_ACP_REGISTRY_URL',
  // Windows cannot start a program without these
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
])
const ALLOWED_PREFIXES = ['LC_', 'XDG_']

export type Environment = Readonly<Record<string, string | undefined>>

/** The allow-listed part of `source`, with its PATH. `platform` decides whether names have a case. */
export function allowedEnvironment(
  source: Environment,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const allowed: Record<string, string> = {}
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || value.includes('\0')) continue
    const known = platform === 'win32' ? name.toUpperCase() : name
    const passes =
      known === 'PATH' || ALLOWED.has(known) || ALLOWED_PREFIXES.some((prefix) => known.startsWith(prefix))
    if (passes) allowed[name] = value
  }
  return allowed
}

/** The API keys of one agent that the person has exported themselves. */
export function inheritedKeys(agentId: string, source: Environment): Record<string, string> {
  const keys: Record<string, string> = {}
  for (const name of agentFacts(agentId).keyVariables) {
    const value = source[name]
    if (value !== undefined && value !== '') keys[name] = value
  }
  return keys
}
