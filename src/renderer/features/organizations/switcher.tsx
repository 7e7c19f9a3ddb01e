import type { Organization } from '@shared/domain'
import { ChevronsUpDown, LogIn, LogOut, Monitor, Plus, Settings } from 'lucide-react'
import { useEffect, useState } from 'react'
import { switchOrganizationEvent } from '../../app/keymap'
import { openOrganizations, openSettings, openSignIn } from '../../app/workspace'
import { Avatar } from '../../ui/avatar'
import { Menu, type MenuAction, type MenuGroups } from '../../ui/menu'
import { useAccounts } from '../accounts/use-accounts'
import { askToLeave } from './leave-state'
import { organizationName, shortName } from './organization-text'
import { OrganizationHint } from './sync-hint'
import { activateOrganization, useOrganization, useOrganizations } from './use-organizations'

const icon = 'size-12'

/** Which organization the window shows, and the way to another one. */
export function OrganizationSwitcher({ organizationId }: { organizationId: string | undefined }) {
  const organizations = useOrganizations()
  const active = useOrganization(organizationId)
  const signedIn = useAccounts().length > 0
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const show = () => setOpen(true)
    window.addEventListener(switchOrganizationEvent, show)
    return () => window.removeEventListener(switchOrganizationEvent, show)
  }, [])
  const name = active === undefined ? '' : organizationName(active)
  return (
    <Menu
      align="start"
      wide
      open={open}
      onOpenChange={setOpen}
      groups={groupsFor(organizations, active, signedIn)}
      trigger={
        <button
          type="button"
          aria-label={`Organization: ${name}`}
          title={name}
          className="flex h-row w-full min-w-0 items-center gap-8 rounded-6 px-4 text-start hover:bg-surface-2"
        >
          {active !== undefined && <OrganizationMark organization={active} />}
          <span className="min-w-0 flex-1 truncate font-medium" dir="auto">
            {name}
          </span>
          <ChevronsUpDown aria-hidden className="size-12 shrink-0 text-text-faint" />
        </button>
      }
    />
  )
}

export function OrganizationMark({ organization }: { organization: Organization }) {
  if (organization.github === null) {
    return (
      <span className="inline-flex size-16 shrink-0 items-center justify-center text-text-muted">
        <Monitor aria-hidden className="size-12" />
      </span>
    )
  }
  return <Avatar size="small" name={organization.name} url={organization.github.avatarUrl} />
}

function groupsFor(
  organizations: readonly Organization[],
  active: Organization | undefined,
  signedIn: boolean,
): MenuGroups {
  return [
    organizations.map((organization): MenuAction => ({
      key: organization.id,
      label: organizationName(organization),
      icon: <OrganizationMark organization={organization} />,
      hint: <OrganizationHint organization={organization} />,
      checked: organization.id === active?.id,
      onSelect: () => void activateOrganization(organization),
    })),
    [
      signedIn
        ? {
            label: 'Add organization',
            icon: <Plus className={icon} />,
            onSelect: () => openOrganizations(),
          }
        : {
            label: 'Sign in to GitHub',
            icon: <LogIn className={icon} />,
            onSelect: () => openSignIn(),
          },
      {
        label: 'Accounts and organizations',
        icon: <Settings className={icon} />,
        onSelect: () => openSettings('accounts'),
      },
    ],
    active?.github === undefined || active.github === null || active.github.leftAt !== null
      ? []
      : [
          {
            label: `Leave ${shortName(active.name)}`,
            icon: <LogOut className={icon} />,
            tone: 'danger',
            onSelect: () => askToLeave(active.id),
          },
        ],
  ]
}
