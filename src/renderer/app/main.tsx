import '../ui/tokens.css'
import { createRoot } from 'react-dom/client'
import { retainTopic } from '../client/topics'
import { showError } from '../ui/toast'
import { startKeymap } from './keymap'
import { startLinkPaste } from './link-input'
import { startNavigation } from './navigate'
import { watchForErrors } from '../client/report'
import { Shell } from './shell'
import { startTheme } from './theme'

startTheme()
// Asked for before anything is drawn: the answer is often there by the first frame. Kept for the window's life.
retainTopic('app', null)
watchForErrors((error) =>
  showError({
    kind: 'internal',
    message: 'Something went wrong in the window.',
    next: 'Go on working. If something looks wrong, reload the window from the View menu.',
    detail: error.stack ?? error.message,
  }),
)
startKeymap()
startNavigation()
startLinkPaste()

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root element')
createRoot(root).render(<Shell />)
