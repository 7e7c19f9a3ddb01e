import { Toast as Base } from '@base-ui/react/toast'
import type { ErrorValue } from '@shared/errors'
import { TriangleAlert, X } from 'lucide-react'
import { Button, IconButton } from './button'
import { CopyTextButton } from './copy-button'
import { errorText } from './notice'
import { ScrolledPre } from './scrolled-pre'

/** What takes back what was said to be done. */
interface ToastAction {
  label: string
  run: () => void
}
interface ToastData {
  error?: ErrorValue
  action?: ToastAction
}

const manager = Base.createToastManager<ToastData>()

/** Says in passing that something was done. What can be undone stays a little longer. */
export function showToast(title: string, description?: string, action?: ToastAction): void {
  const shown = { title, ...(description === undefined ? {} : { description }) }
  if (action === undefined) manager.add({ ...shown, timeout: 6000 })
  else manager.add({ ...shown, timeout: 10_000, data: { action } })
}

/** A failure with no place of its own on screen. Stays until it is closed. */
export function showError(error: ErrorValue): void {
  if (error.kind === 'cancelled') return
  manager.add({ title: error.message, data: { error }, timeout: 0, priority: 'high' })
}

export function Toasts() {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      <Base.Portal>
        <Base.Viewport className="fixed start-16 bottom-32 z-50 flex w-full max-w-toast flex-col gap-8">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function List() {
  const { toasts, close } = Base.useToastManager<ToastData>()
  return toasts.map((toast) => {
    const { error, action } = toast.data ?? {}
    return (
      <Base.Root
        key={toast.id}
        toast={toast}
        className="animate-appear rounded-6 border border-line bg-surface-2 p-12 shadow-float data-limited:hidden"
      >
        <Base.Content className="flex gap-8">
          {error !== undefined && <TriangleAlert aria-hidden className="mt-2 size-16 shrink-0 text-danger" />}
          <div className="flex min-w-0 flex-1 flex-col gap-4" data-selectable>
            <Base.Title className="text-13 font-medium break-words" />
            <Base.Description className="break-words text-text-muted" />
            {error?.next !== undefined && <p className="break-words text-text-muted">{error.next}</p>}
            {error?.detail !== undefined && (
              <ScrolledPre className="code-text max-h-composer-max overflow-auto rounded-4 bg-surface-0 p-8 break-words whitespace-pre-wrap">
                {error.detail}
              </ScrolledPre>
            )}
            {action !== undefined && (
              <div>
                <Button
                  size="small"
                  onClick={() => {
                    close(toast.id)
                    action.run()
                  }}
                >
                  {action.label}
                </Button>
              </div>
            )}
            {error !== undefined && (
              <div>
                <CopyTextButton label="Copy error" text={() => errorText(error)} />
              </div>
            )}
          </div>
          <Base.Close render={<IconButton label="Close message" />}>
            <X className="size-12" />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    )
  })
}
