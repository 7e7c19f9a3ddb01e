import { safeStorage } from 'electron'
import type { Keychain } from './secrets-file'

type AsyncSafeStorage = Pick<
  typeof safeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'
>

/** The OS keychain through `safeStorage`. Only to be used after the app is ready. */
export function createKeychain(): Keychain {
  // The runtime that stands in where the real one cannot be downloaded is too old for the async calls.
  const modern: Partial<AsyncSafeStorage> = safeStorage
  return {
    async available() {
      // Linux without a keyring would "encrypt" with a password that is in Chromium's source.
      if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text')
        return false
      return modern.isAsyncEncryptionAvailable === undefined
        ? safeStorage.isEncryptionAvailable()
        : safeStorage.isAsyncEncryptionAvailable()
    },
    async encrypt(text) {
      return modern.encryptStringAsync === undefined
        ? safeStorage.encryptString(text)
        : safeStorage.encryptStringAsync(text)
    },
    async decrypt(encrypted) {
      if (modern.decryptStringAsync === undefined)
        return { text: safeStorage.decryptString(encrypted), outdated: false }
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(encrypted)
      return { text: result, outdated: shouldReEncrypt }
    },
  }
}
