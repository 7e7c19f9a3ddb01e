import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** What one query may ask for, by GitHub's rules. */
export const NODE_LIMIT = 500_000

/** Fields that are connections although nothing but their arguments shows it. */
const unbounded = new Set(['nodes', 'edges'])

interface Sums {
  requests: number
  nodes: number
}

/**
 * What a query costs: the requests needed to fill every connection of it, over all that may be above it, divided by
 * 100, and at least one point.
 *
 * @throws GraphQLError as GitHub does, for a page without a size, one that is too large, or too much altogether
 */
export function costOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
  isConnection: (field: FieldNode) => boolean,
): { cost: number; nodeCount: number } {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of document.definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  const sums: Sums = { requests: 0, nodes: 0 }

  const walk = (selections: SelectionSetNode, times: number): void => {
    for (const one of selections.selections) {
      if (one.kind === Kind.FIELD) field(one, times)
      else if (one.kind === Kind.INLINE_FRAGMENT) walk(one.selectionSet, times)
      else {
        const fragment = fragments.get(one.name.value)
        if (fragment !== undefined) walk(fragment.selectionSet, times)
      }
    }
  }

  const field = (one: FieldNode, times: number): void => {
    const inside = times * multiplier(one, times)
    if (one.selectionSet !== undefined) walk(one.selectionSet, inside)
  }

  const multiplier = (one: FieldNode, times: number): number => {
    const given = (name: string): unknown => valueOf(one, name, variables)
    const ids = given('ids')
    if (Array.isArray(ids)) {
      sums.nodes += ids.length
      return ids.length
    }
    if (unbounded.has(one.name.value) || !isConnection(one)) return 1
    const first = given('first')
    const last = given('last')
    const size = first ?? last
    const name = one.name.value
    if (typeof size !== 'number')
      throw refusal(
        'MISSING_PAGINATION_BOUNDARIES',
        `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
      )
    if (size > 100)
      throw refusal(
        'EXCESSIVE_PAGINATION',
        `Requesting ${size} records on the \`${name}\` connection exceeds the \`${first === undefined ? 'last' : 'first'}\` limit of 100 records.`,
      )
    sums.requests += times
    sums.nodes += times * size
    return size
  }

  walk(operation.selectionSet, 1)
  if (sums.nodes > NODE_LIMIT)
    throw refusal(
      'MAX_NODE_LIMIT_EXCEEDED',
      `This query requests up to ${sums.nodes.toLocaleString('en-US')} possible nodes which exceeds the maximum limit of 500,000.`,
    )
  return { cost: Math.max(1, Math.round(sums.requests / 100)), nodeCount: sums.nodes }
}

const refusal = (type: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } })

function valueOf(field: FieldNode, name: string, variables: Record<string, unknown>): unknown {
  const value = field.arguments?.find((one) => one.name.value === name)?.value
  if (value?.kind === Kind.VARIABLE) return variables[value.name.value]
  if (value?.kind === Kind.INT) return Number(value.value)
  return value?.kind === Kind.LIST ? value.values : undefined
}
