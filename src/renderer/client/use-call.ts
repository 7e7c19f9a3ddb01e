import type { ErrorValue, Result } from '@shared/errors'
import { useCallback, useEffect, useRef, useState } from 'react'

/** A command as a component runs it: one at a time, with its failure kept to be shown where it was started. */
export interface Running<Value> {
  readonly busy: boolean
  readonly error: ErrorValue | null
  run(start: () => Promise<Result<Value>>): Promise<Value | null>
  clear(): void
}

export function useCall<Value = void>(): Running<Value> {
  const [state, setState] = useState<{ busy: boolean; error: ErrorValue | null }>({
    busy: false,
    error: null,
  })
  const busy = useRef(false)
  const mounted = useRef(false)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])

  const run = useCallback(async (start: () => Promise<Result<Value>>): Promise<Value | null> => {
    if (busy.current) return null
    busy.current = true
    setState({ busy: true, error: null })
    const result = await start()
    busy.current = false
    if (mounted.current) setState({ busy: false, error: result.ok ? null : result.error })
    return result.ok ? result.value : null
  }, [])
  const clear = useCallback(() => setState((state) => ({ ...state, error: null })), [])
  return { ...state, run, clear }
}
