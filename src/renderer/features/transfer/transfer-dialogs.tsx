import { ArchiveDialog, ImportArchiveDialog } from './archive-dialogs'
import { ExportDialog } from './export-dialog'
import { ImportSessionsDialog } from './import-sessions-dialog'
import { useTransfer } from './transfer-state'

/** Exports and imports, from wherever somebody asks for them. */
export function TransferDialogs() {
  const question = useTransfer((state) => state.question)
  switch (question?.kind) {
    case undefined:
      return null
    case 'export':
      return <ExportDialog what={question.what} title={question.title} organizationId={null} />
    case 'choose':
      return <ExportDialog what={null} title="Export tasks" organizationId={question.organizationId} />
    case 'archive':
      return <ArchiveDialog organizationId={question.organizationId} title={question.title} />
    case 'import_archive':
      return <ImportArchiveDialog />
    case 'import_sessions':
      return <ImportSessionsDialog />
  }
}
