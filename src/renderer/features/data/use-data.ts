import type { BackupList, DataState } from '@shared/backups'
import type { ErrorValue } from '@shared/errors'
import { useEffect, useState } from 'react'
import { create } from 'zustand'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'

/** Undefined until main has answered. */
export function useDataState(): DataState | undefined {
  return useEntity('app', null, 'data', 'data')
}

/** Read again whenever something of it changed. */
export function useBackups(): { list: BackupList | null; error: ErrorValue | null } {
  const version = useDataState()?.version
  const [state, setState] = useState<{ list: BackupList | null; error: ErrorValue | null }>({
    list: null,
    error: null,
  })
  useEffect(() => {
    let current = true
    void call('data.backups').then((result) => {
      if (!current) return
      setState((before) =>
        result.ok ? { list: result.value, error: null } : { list: before.list, error: result.error },
      )
    })
    return () => {
      current = false
    }
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [version])
  return state
}

/** Questions that may be asked from more than one place. */
export const useDataQuestions = create<{ restoring: string | null }>(() => ({ restoring: null }))

export function askToRestore(file: string | null): void {
  useDataQuestions.setState({ restoring: file })
}
