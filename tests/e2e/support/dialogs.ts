import type { ElectronApplication } from '@playwright/test'

export interface AskedQuestion {
  readonly message: string
  readonly detail: string
  readonly buttons: readonly string[]
}

interface DialogAnswers {
  folder?: string | null
  savePath?: string | null
  /** The button to press, by its label. */
  button?: string
}

declare global {
  var foundryTestDialogs: { asked: AskedQuestion[]; answers: DialogAnswers } | undefined
}

/**
 * Answers the system's own dialogs, which no test can click. A dialog without an answer stays open, as it
 * would for a person who is away.
 */
export async function answerDialogs(electron: ElectronApplication, answers: DialogAnswers): Promise<void> {
  await electron.evaluate(({ dialog }, given) => {
    if (globalThis.foundryTestDialogs !== undefined) {
      Object.assign(globalThis.foundryTestDialogs.answers, given)
      return
    }
    const state = (globalThis.foundryTestDialogs = { asked: [], answers: given })
    const never = new Promise<never>(() => undefined)
    const patched = dialog as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    patched['showOpenDialog'] = async () => {
      const { folder } = state.answers
      if (folder === undefined) return never
      return { canceled: folder === null, filePaths: folder === null ? [] : [folder] }
    }
    patched['showSaveDialog'] = async () => {
      const { savePath } = state.answers
      if (savePath === undefined) return never
      return { canceled: savePath === null, filePath: savePath ?? '' }
    }
    patched['showMessageBox'] = async (...args) => {
      const options = args.at(-1) as { message?: string; detail?: string; buttons?: string[] }
      const buttons = options.buttons ?? []
      const asked: AskedQuestion[] = state.asked
      asked.push({ message: options.message ?? '', detail: options.detail ?? '', buttons })
      const response = buttons.indexOf(state.answers.button ?? '')
      return response === -1 ? never : { response, checkboxChecked: false }
    }
  }, answers)
}

/** The questions the app asked so far. */
export function askedQuestions(electron: ElectronApplication): Promise<readonly AskedQuestion[]> {
  return electron.evaluate(() => globalThis.foundryTestDialogs?.asked ?? [])
}
