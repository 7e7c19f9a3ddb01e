import { withUnseen } from '../transcript/text-guard'

/** A path whose folders give way to its name where there is little room. Its parent says it whole. */
export function PathParts({ path }: { path: string }) {
  const slash = path.lastIndexOf('/')
  return (
    <>
      {slash >= 0 && (
        <span aria-hidden className="truncate text-text-muted">
          {withUnseen(path.slice(0, slash + 1))}
        </span>
      )}
      <span aria-hidden className="max-w-full shrink-0 truncate font-medium">
        {withUnseen(path.slice(slash + 1))}
      </span>
    </>
  )
}
