import './ui/tokens.css'
import { createRoot } from 'react-dom/client'
import { RecoveryPage } from './features/recovery/recovery-page'

// The settings may be what cannot be read: the page follows the system.
const dark = window.matchMedia('(prefers-color-scheme: dark)')
const applyTheme = () => {
  document.documentElement.dataset['theme'] = dark.matches ? 'dark' : 'light'
}
applyTheme()
dark.addEventListener('change', applyTheme)

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root element')
createRoot(root).render(<RecoveryPage />)
