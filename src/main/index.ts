import { app, dialog } from 'electron'
import { registerAppScheme } from './app/app-protocol'
import { claimSingleInstance } from './boot/single-instance'

// These count only before the app is ready. Chromium refuses to sandbox processes of root, which is what a
// container runs as; whoever starts it there says so with the switch, and an installed app never has it.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
registerAppScheme()

const instance = await claimSingleInstance()
if (instance === null) app.exit(0)
else {
  // Chromium starts its other processes when this file has run: it is small, and the rest is read beside them.
  import('./boot/start')
    .then(({ start }) => start(instance))
    .catch((error: unknown) => {
      dialog.showErrorBox(
        'Foundry cannot start',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      )
      app.exit(1)
    })
}
