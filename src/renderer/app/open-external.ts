import { call } from '../client/call'
import { showError } from '../ui/toast'

/** Opens an address in the person's browser. Main checks the scheme. */
export async function openExternal(url: string): Promise<void> {
  const result = await call('app.openExternal', { url })
  if (!result.ok) showError(result.error)
}
