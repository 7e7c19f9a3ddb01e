import { openOrganizations, openSignIn } from '../../app/workspace'
import { Button } from '../../ui/button'
import { EmptyState } from '../../ui/notice'
import { useAccounts } from '../accounts/use-accounts'
import { SidebarButton } from '../task/sidebar-button'

/** Stands where a list from GitHub would, while the window shows what is on this computer alone. */
export function NeedsGitHub({ what }: { what: string }) {
  const signedIn = useAccounts().length > 0
  return (
    <section aria-label={what} className="flex h-full min-h-0 flex-col">
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
        <h1 className="min-w-0 truncate font-semibold">{what}</h1>
      </header>
      <EmptyState
        title={`${what} come from GitHub`}
        action={
          signedIn ? (
            <Button tone="accent" onClick={() => openOrganizations()}>
              Choose organizations
            </Button>
          ) : (
            <Button tone="accent" onClick={() => openSignIn()}>
              Sign in to GitHub
            </Button>
          )
        }
      >
        This window shows the folders of this computer. Choose an organization to see what it has.
      </EmptyState>
    </section>
  )
}
