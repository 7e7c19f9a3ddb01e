import type { FoundryBridge } from '@shared/bridge'

/** What the preload put on the window. Read at each use, so that importing this never needs a window. */
export function bridge(): FoundryBridge {
  return globalThis.foundry
}
