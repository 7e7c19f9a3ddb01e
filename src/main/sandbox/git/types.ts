/** What a finished git run left behind. A non-zero exit is a result, not an exception: callers decide. */
export interface GitResult {
  exitCode: number
  /** UTF-8; bytes that are not are replaced. Names that must survive go through files or `-z` buffers. */
  stdout: string
  stderr: string
  /** True when output was longer than its cap. Such output may be shown, never parsed. */
  truncated: boolean
}

export interface GitRunOptions {
  /** Absolute; the runner's own directory when absent. */
  cwd?: string
  env?: Record<string, string>
  signal?: AbortSignal
  timeoutMs?: number
  maxOutputBytes?: number
  /** Lines of stderr as they come (git reports progress there). Runners without streams ignore it. */
  onProgress?: (line: string) => void
}

/**
 * Runs git with an argument array, never a shell string. Rejects with a `FoundryError` only when git could
 * not be run to its end: `git_missing`, `cancelled`, or `git` after a timeout.
 */
export type GitRunner = (args: readonly string[], options?: GitRunOptions) => Promise<GitResult>

/**
 * Git in one checkout plus the few file operations that git's outputs and inputs need: what can be large or
 * is not UTF-8 is written to a file by git itself and read from there.
 */
export interface CheckoutGit {
  /** The checkout's top directory, as seen by git. */
  readonly cwd: string
  readonly run: GitRunner
  /**
   * Runs a shell script of ours in the checkout, for what git has no command for. Names reach it as arguments alone, and
   * it uses nothing but what every POSIX system has.
   */
  script(text: string, args: readonly string[], options?: GitRunOptions): Promise<GitResult>
  readFile(path: string): Promise<Uint8Array>
  writeFile(path: string, content: string | Uint8Array): Promise<void>
  /** Bytes of a file, or null where that cannot be told without reading it. */
  fileSize(path: string): Promise<number | null>
  /** Copies with the modification time, which git's index needs to stay truthful. False when there is no such file. */
  copyFile(from: string, to: string): Promise<boolean>
  /** Removes files of ours; those already gone are fine. */
  removeFiles(paths: readonly string[]): Promise<void>
}
