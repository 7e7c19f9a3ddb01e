import type { OrganizationId } from '@shared/ids'
import type { ExportRequest } from '@shared/transfer'
import { create } from 'zustand'

/** What is exported or imported now, over whatever else is on screen. */
export type TransferQuestion =
  | { kind: 'export'; what: ExportRequest['what']; title: string }
  /** Which tasks is chosen in the dialog. */
  | { kind: 'choose'; organizationId: OrganizationId }
  | { kind: 'archive'; organizationId: OrganizationId; title: string }
  | { kind: 'import_archive' }
  | { kind: 'import_sessions' }

export const useTransfer = create<{ question: TransferQuestion | null }>(() => ({ question: null }))

export function askTransfer(question: TransferQuestion | null): void {
  useTransfer.setState({ question })
}
