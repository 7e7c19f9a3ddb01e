import type { ErrorValue } from '@shared/errors'
import { Component, type ReactNode } from 'react'
import { Button } from './button'
import { ErrorNotice } from './notice'

interface Props {
  /** What stands here, for the message: "The transcript". */
  what: string
  onError: (error: Error) => void
  children: ReactNode
}

/** Keeps a defect in one panel from taking the window with it. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(thrown: unknown): { error: Error } {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) }
  }

  override componentDidCatch(error: Error): void {
    this.props.onError(error)
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    const value: ErrorValue = {
      kind: 'internal',
      message: `${this.props.what} could not be drawn.`,
      next: 'Your work is safe. Try again; if it fails again, copy the error into a report.',
      detail: error.stack ?? error.message,
    }
    return (
      <div className="p-16">
        <ErrorNotice
          error={value}
          actions={
            <Button size="small" onClick={() => this.setState({ error: null })}>
              Try again
            </Button>
          }
        />
      </div>
    )
  }
}
