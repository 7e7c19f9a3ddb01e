import type { Repository } from '@shared/domain'
import { useState } from 'react'
import { useEntities } from '../../client/topics'
import { noRepositories, orderRepositories } from './repository-order'

/** The repositories of an organization in order, kept in step with what changes. */
export function useRepositoryOrder(organizationId: string): readonly Repository[] {
  const repositories = useEntities('organization', organizationId, 'repository')
  const [known, setKnown] = useState(noRepositories)
  // Ordering goes on from the order before; where nothing changed it returns the same one.
  const order = orderRepositories(known, repositories)
  if (order !== known) setKnown(order)
  return order.ordered
}
