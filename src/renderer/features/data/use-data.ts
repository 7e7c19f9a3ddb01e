import type { BackupList, DataState } from '@shared/backups'
import type { CrashReport } from '@shared/crash-report'
import type { ErrorValue, Result } from '@shared/errors'
import { useEffect, useState } from 'react'
import { create } from 'zustand'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'

/** Undefined until main has answered. */
export function useDataState(): DataState | undefined {
  return useEntity('app', null, 'data', 'data')
}

interface List<Value> {
  /** Null until it was read. */
  readonly list: Value | null
  readonly error: ErrorValue | null
}

/** Read again whenever something of the data changed. */
function useList<Value>(read: () => Promise<Result<Value>>): List<Value> {
  const version = useDataState()?.version
  const [state, setState] = useState<List<Value>>({ list: null, error: null })
  useEffect(() => {
    let current = true
    void read().then((result) => {
      if (!current) return
      setState((before) =>
        result.ok ? { list: result.value, error: null } : { list: before.list, error: result.error },
      )
    })
    return () => {
      current = false
    }
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [version, read])
  return state
}

const readBackups = (): Promise<Result<BackupList>> => call('data.backups')
const readCrashes = (): Promise<Result<CrashReport[]>> => call('data.crashes')

export const useBackups = (): List<BackupList> => useList(readBackups)
export const useCrashes = (): List<CrashReport[]> => useList(readCrashes)

/** Questions that may be asked from more than one place. */
export const useDataQuestions = create<{ restoring: string | null }>(() => ({ restoring: null }))

export function askToRestore(file: string | null): void {
  useDataQuestions.setState({ restoring: file })
}
