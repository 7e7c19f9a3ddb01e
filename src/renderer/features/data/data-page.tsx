import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { BackupsPart } from './backups-part'
import { CrashesPart } from './crashes-part'
import { FolderPart } from './folder-part'
import { TransferPart } from '../transfer/transfer-part'
import { ResetPart } from './reset-part'
import { useBackups } from './use-data'

/** The data as a whole: backups, where it lies, and beginning anew. */
export function DataPage() {
  const { list, error } = useBackups()
  return (
    <>
      {error !== null && <ErrorNotice error={error} />}
      {list === null && error === null && <Waiting>Reading the backups</Waiting>}
      {list !== null && <BackupsPart list={list} />}
      <TransferPart />
      <FolderPart />
      <CrashesPart />
      {list !== null && <ResetPart resets={list.resets} />}
    </>
  )
}
