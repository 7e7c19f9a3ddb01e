import { net, session } from 'electron'
import type { Network } from '../boot/services'
import { chromiumFetch } from './chromium-fetch'

/** Chromium's network, apart from that of the window: no page, no cache, no cookie jar shared with anything. */
const PARTITION = 'foundry-network'

/** The network as coordinators may use it. Only to be used after the app is ready. */
export function createNetwork(): Network {
  // A name without `persist:` lives in memory.
  const own = session.fromPartition(PARTITION, { cache: false })
  own.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
  return {
    fetch: (url, init) => chromiumFetch(own, url, init),
    isOnline: () => net.isOnline(),
  }
}
