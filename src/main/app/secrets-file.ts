import { chmod, readFile, rename } from 'node:fs/promises'
import { z } from 'zod'
import { FoundryError } from '@shared/errors'
import type { Log, SecretsStore } from '../boot/services'
import { systemErrorCode, writeFileAtomically } from './atomic-file'

/** The part of the OS keychain that the store needs. */
export interface Keychain {
  /** False where there is none, or where it would only pretend (a fixed password). */
  available(): Promise<boolean>
  encrypt(text: string): Promise<Buffer>
  /** `outdated`: the key was changed since; what it opened should be stored again. */
  decrypt(encrypted: Buffer): Promise<{ text: string; outdated: boolean }>
}

const fileSchema = z.object({ version: z.literal(1), secrets: z.record(z.string(), z.base64()) })

/**
 * Secrets encrypted by the OS keychain in one file that only its owner reads. Without a keychain they live
 * in memory until the app ends. Nothing is read and no keychain is asked before the first use.
 */
export function createSecretsStore(path: string, keychain: Keychain, log: Log): SecretsStore {
  const memory = new Map<string, string>()
  let stored: Promise<Map<string, string>> | null = null
  let usable: Promise<boolean> | null = null
  let last: Promise<unknown> = Promise.resolve()

  const available = (): Promise<boolean> => (usable ??= keychain.available())

  function load(): Promise<Map<string, string>> {
    stored ??= readSecrets(path, log)
    // A file that could not be read now may be readable at the next try.
    stored.catch(() => (stored = null))
    return stored
  }

  async function change(edit: (secrets: Map<string, string>) => void): Promise<void> {
    const changed = new Map(await load())
    edit(changed)
    const content = { version: 1, secrets: Object.fromEntries(changed) } satisfies z.infer<typeof fileSchema>
    await writeFileAtomically(path, `${JSON.stringify(content)}\n`)
    stored = Promise.resolve(changed)
  }

  /** Changes run one after the other, and memory changes only when the file did. */
  function changeInTurn(edit: (secrets: Map<string, string>) => void): Promise<void> {
    const result = last.then(() => change(edit))
    last = result.catch(() => undefined) // The caller gets the failure; the next change starts afresh.
    return result
  }

  async function put(name: string, value: string): Promise<void> {
    const encrypted = await keychain.encrypt(value)
    await changeInTurn((secrets) => secrets.set(name, encrypted.toString('base64')))
  }

  async function open(name: string, encrypted: string): Promise<string> {
    try {
      const { text, outdated } = await keychain.decrypt(Buffer.from(encrypted, 'base64'))
      if (outdated) await put(name, text)
      return text
    } catch (error) {
      log.warn(`the keychain cannot open the secret "${name}"`, error)
      throw new FoundryError(
        'credentials',
        `The keychain of this computer cannot open the stored key "${name}".`,
        {
          next: 'Unlock the keychain and try again, or enter the key again in the settings.',
          detail: error instanceof Error ? error.message : String(error),
          cause: error,
        },
      )
    }
  }

  return {
    available,
    async get(name) {
      const inMemory = memory.get(name)
      if (inMemory !== undefined) return inMemory
      const encrypted = (await load()).get(name)
      if (encrypted === undefined) return null
      if (!(await available()))
        throw new FoundryError('credentials', `The key "${name}" is stored, but the keychain is not there.`, {
          next: 'Unlock the keychain of this computer and start Foundry again, or enter the key for this run.',
        })
      return open(name, encrypted)
    },
    async set(name, value) {
      if (await available()) {
        await put(name, value)
        memory.delete(name)
      } else {
        memory.set(name, value)
      }
    },
    async delete(name) {
      memory.delete(name)
      if ((await load()).has(name)) await changeInTurn((secrets) => secrets.delete(name))
    },
    async names(prefix) {
      const all = new Set([...memory.keys(), ...(await load()).keys()])
      return [...all].filter((name) => name.startsWith(prefix)).sort()
    },
  }
}

async function readSecrets(path: string, log: Log): Promise<Map<string, string>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return new Map()
    throw error
  }
  await chmod(path, 0o600)
  const parsed = fileSchema.safeParse(parseJson(text))
  if (parsed.success) return new Map(Object.entries(parsed.data.secrets))
  const aside = `${path}.damaged-${Date.now()}`
  await rename(path, aside)
  log.error(`the file of secrets is damaged; kept as ${aside}, keys have to be entered again`)
  return new Map()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // Only the kind of failure: the message quotes the text, which is what must not reach a log.
    return error instanceof Error ? error.name : undefined
  }
}
