import { create } from 'zustand'

/** Which organization a person is asked to leave. */
export const useLeaving = create<{ organizationId: string | null }>(() => ({ organizationId: null }))

/** Asks whether to leave an organization. The question stands over whatever is open. */
export function askToLeave(organizationId: string): void {
  useLeaving.setState({ organizationId })
}
