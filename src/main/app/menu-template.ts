import type { MenuItemConstructorOptions } from 'electron'
import type { NavigationTarget } from '@shared/bridge'

export interface MenuActions {
  navigate(target: NavigationTarget): void
  reloadWindow(): void
  zoom(direction: 'in' | 'out' | 'reset'): void
  openLogs(): void
}

export interface MenuContext {
  readonly platform: NodeJS.Platform
  readonly isPackaged: boolean
}

const separator = { type: 'separator' } as const

/** The application menu. Roles bring the edit keys, which macOS has from here alone. */
export function menuTemplate(
  { platform, isPackaged }: MenuContext,
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin'
  const settings: MenuItemConstructorOptions = {
    label: 'Settings',
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.navigate({ type: 'settings' }),
  }
  return [
    ...(mac ? [macAppMenu(settings)] : []),
    {
      label: 'File',
      submenu: [
        {
          label: 'New task',
          accelerator: 'CmdOrCtrl+N',
          click: () => actions.navigate({ type: 'new_task' }),
        },
        {
          label: 'Open repository',
          accelerator: 'CmdOrCtrl+O',
          click: () => actions.navigate({ type: 'open_repository' }),
        },
        {
          label: 'Open link',
          accelerator: 'CmdOrCtrl+L',
          click: () => actions.navigate({ type: 'open_link' }),
        },
        separator,
        ...(mac
          ? [{ role: 'close' as const }]
          : [settings, separator, { role: 'quit' as const, label: 'Quit' }]),
      ],
    },
    {
      label: 'Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'pasteAndMatchStyle', label: 'Paste as plain text' },
        { role: 'selectAll', label: 'Select all' },
      ],
    },
    viewMenu(isPackaged, actions),
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'Open logs', click: () => actions.openLogs() }] },
  ]
}

function macAppMenu(settings: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      separator,
      settings,
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit' },
    ],
  }
}

function viewMenu(isPackaged: boolean, actions: MenuActions): MenuItemConstructorOptions {
  return {
    label: 'View',
    submenu: [
      {
        label: 'Toggle sidebar',
        accelerator: 'CmdOrCtrl+B',
        click: () => actions.navigate({ type: 'toggle_sidebar' }),
      },
      {
        label: 'Toggle right panel',
        accelerator: 'CmdOrCtrl+Shift+B',
        click: () => actions.navigate({ type: 'toggle_panel' }),
      },
      {
        label: 'Terminal',
        accelerator: 'Ctrl+`',
        click: () => actions.navigate({ type: 'toggle_terminal' }),
      },
      separator,
      {
        label: 'Search everything',
        accelerator: 'CmdOrCtrl+Shift+S',
        click: () => actions.navigate({ type: 'search' }),
      },
      {
        label: 'Pull requests',
        accelerator: 'CmdOrCtrl+Shift+G',
        click: () => actions.navigate({ type: 'pull_requests' }),
      },
      {
        label: 'Repositories',
        accelerator: 'CmdOrCtrl+Shift+O',
        click: () => actions.navigate({ type: 'repositories' }),
      },
      {
        label: 'Board',
        accelerator: 'CmdOrCtrl+Shift+D',
        click: () => actions.navigate({ type: 'board' }),
      },
      {
        label: 'Side by side',
        accelerator: 'CmdOrCtrl+Shift+A',
        click: () => actions.navigate({ type: 'side_by_side' }),
      },
      {
        label: 'Activity',
        accelerator: 'CmdOrCtrl+Shift+Y',
        click: () => actions.navigate({ type: 'activity' }),
      },
      {
        label: 'Insights',
        accelerator: 'CmdOrCtrl+Shift+M',
        click: () => actions.navigate({ type: 'insights' }),
      },
      {
        label: 'Switch organization',
        accelerator: 'CmdOrCtrl+Shift+K',
        click: () => actions.navigate({ type: 'switch_organization' }),
      },
      separator,
      { label: 'Zoom in', accelerator: 'CmdOrCtrl+Plus', click: () => actions.zoom('in') },
      // The key without Shift, as everybody presses it.
      {
        label: 'Zoom in',
        accelerator: 'CmdOrCtrl+=',
        visible: false,
        acceleratorWorksWhenHidden: true,
        click: () => actions.zoom('in'),
      },
      { label: 'Zoom out', accelerator: 'CmdOrCtrl+-', click: () => actions.zoom('out') },
      { label: 'Actual size', accelerator: 'CmdOrCtrl+0', click: () => actions.zoom('reset') },
      separator,
      { role: 'togglefullscreen', label: 'Toggle full screen' },
      { label: 'Reload window', accelerator: 'CmdOrCtrl+Shift+R', click: () => actions.reloadWindow() },
      ...(isPackaged ? [] : [{ role: 'toggleDevTools' as const, label: 'Toggle developer tools' }]),
    ],
  }
}
