import { app, nativeImage, Notification, type BrowserWindow } from 'electron'
import type { NavigationTarget } from '@shared/bridge'
import type { Log, NotificationRequest, Notifier } from '../boot/services'
import { notificationText } from './notification-text'

/** Beyond these the oldest is let go: its click then only does nothing. */
const KEPT = 50

/** Native notifications, and the number on the dock or taskbar. */
export function createNotifier(
  log: Log,
  show: (target: NavigationTarget) => void,
  currentWindow: () => BrowserWindow | null,
): Notifier {
  // Held, or the garbage collector takes the click away.
  const held = new Set<Notification>()

  function hold(notification: Notification): void {
    held.add(notification)
    const [oldest] = held
    if (held.size > KEPT && oldest !== undefined) held.delete(oldest)
  }

  return {
    notify({ title, body, target }: NotificationRequest) {
      if (!Notification.isSupported()) return
      const notification = new Notification({
        title: notificationText(title, 120, process.platform),
        body: notificationText(body, 300, process.platform),
      })
      notification.on('click', () => {
        held.delete(notification)
        if (target !== undefined) show(target)
      })
      notification.on('close', () => held.delete(notification))
      notification.on('failed', (_event, error) => log.warn(`a notification could not be shown: ${error}`))
      hold(notification)
      notification.show()
    },
    setBadge(count) {
      const number = Math.max(0, Math.trunc(count))
      if (process.platform === 'win32') {
        currentWindow()?.setOverlayIcon(
          number === 0 ? null : dot(),
          number === 0 ? '' : `${number} need attention`,
        )
        return
      }
      app.setBadgeCount(number)
    },
  }
}

/** A filled circle: Windows overlays a picture, not a number. */
function dot(size = 16): Electron.NativeImage {
  const pixels = Buffer.alloc(size * size * 4)
  const middle = (size - 1) / 2
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1)
      // Blue, green, red, alpha.
      if (Math.hypot(x - middle, y - middle) <= middle)
        pixels.set([0x2f, 0x8f, 0xf0, 0xff], (y * size + x) * 4)
  return nativeImage.createFromBitmap(pixels, { width: size, height: size })
}
