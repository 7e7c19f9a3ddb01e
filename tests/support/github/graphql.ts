import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  buildASTSchema,
  execute,
  getNamedType,
  GraphQLError,
  isObjectType,
  Kind,
  OperationTypeNode,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { Answer, Call } from './answer'
import { costOf } from './graphql-cost'
import type { QueryContext } from './graphql-context'
import { resolvers, typenameOf } from './graphql-resolvers'
import type { GitHub } from './routes'

let reading: Promise<GraphQLSchema> | undefined

/** GitHub's own schema, read once a process. */
export function readSchema(): Promise<GraphQLSchema> {
  reading ??= (async () => {
    const packages = join(import.meta.dirname, '../../../node_modules')
    const file = join(packages, '@octokit/graphql-schema/schema.graphql')
    const document = parse(await readFile(file, 'utf8'), { noLocation: true })
    return buildASTSchema(document, { assumeValid: true, assumeValidSDL: true })
  })()
  return reading
}

/** A query that was looked at before. */
interface Prepared {
  document: DocumentNode
  errors: readonly GraphQLError[]
  connections: ReadonlySet<FieldNode>
}

/**
 * Answers queries as GitHub does, from the model. With `kept`, a query asked before is answered as it was then, at the
 * same cost: for benchmarks, in which nothing happens meanwhile.
 */
export async function createGraphql(
  { model, budgets, store }: GitHub,
  kept: Map<string, Answer> | null,
): Promise<(call: Call) => Promise<Answer>> {
  const schema = await readSchema()
  const prepared = new Map<string, Prepared>()

  const prepare = (query: string): Prepared => {
    const known = prepared.get(query)
    if (known !== undefined) return known
    const document = parse(query)
    const found = {
      document,
      errors: validate(schema, document),
      connections: connectionsOf(schema, document),
    }
    prepared.set(query, found)
    return found
  }

  return async (call) => {
    const request = readRequest(call.body)
    if (request === null)
      return { status: 400, body: { message: 'Problems parsing JSON' }, resource: 'graphql' }
    const userId = call.token.user.id
    const before = budgets.state(userId, 'graphql')
    if (before.remaining === 0) return rateLimited(userId)

    const known = kept?.get(call.body)
    if (known !== undefined && (known.cost ?? 0) <= before.remaining) return known

    let writes: boolean
    let plan: { document: DocumentNode; cost: number; nodeCount: number }
    try {
      const { document, errors, connections } = prepare(request.query)
      if (errors.length > 0) return failed(errors)
      const operation = document.definitions.find(
        (one): one is OperationDefinitionNode =>
          one.kind === Kind.OPERATION_DEFINITION &&
          (request.operationName === undefined || one.name?.value === request.operationName),
      )
      if (operation === undefined) return failed([new GraphQLError('A query attribute must be specified')])
      if (operation.operation === OperationTypeNode.SUBSCRIPTION)
        throw new GraphQLError('Subscriptions are not answered.')
      writes = operation.operation === OperationTypeNode.MUTATION
      const cost = costOf(document, operation, request.variables, (field) => connections.has(field))
      plan = { document, ...cost }
    } catch (error) {
      if (error instanceof GraphQLError) return failed([error])
      throw error
    }
    if (plan.cost > before.remaining) return rateLimited(userId)

    const context: QueryContext = {
      model,
      store,
      token: call.token,
      addresses: call.addresses,
      rateLimit: {
        cost: plan.cost,
        nodeCount: plan.nodeCount,
        limit: before.limit,
        used: before.used + plan.cost,
        remaining: before.remaining - plan.cost,
        resetAt: new Date(before.resetAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    }
    const result = await execute({
      schema,
      document: plan.document,
      rootValue: {},
      contextValue: context,
      variableValues: request.variables,
      ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
      fieldResolver,
      typeResolver: typenameOf,
    })
    const body = {
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(result.errors === undefined ? {} : { errors: result.errors.map(asGitHub) }),
    }
    const answer: Answer = { status: 200, resource: 'graphql', cost: plan.cost, body }
    // What changed something changes it again.
    if (writes) kept?.clear()
    else kept?.set(call.body, { ...answer, text: JSON.stringify(body) })
    return answer
  }
}

/** 200 with an error, as the GraphQL interface says it. */
export const rateLimited = (userId: number): Answer => ({
  status: 200,
  resource: 'graphql',
  cost: 0,
  body: {
    errors: [
      {
        type: 'RATE_LIMITED',
        code: 'graphql_rate_limit',
        message: `API rate limit already exceeded for user ID ${userId}.`,
      },
    ],
  },
})

const failed = (errors: readonly GraphQLError[]): Answer => ({
  status: 200,
  resource: 'graphql',
  cost: 1,
  body: { errors: errors.map(asGitHub) },
})

const fieldResolver: GraphQLFieldResolver<unknown, QueryContext> = (source, args, context, info) => {
  const { fieldName, parentType } = info
  const resolve = resolvers[parentType.name]?.[fieldName]
  if (resolve !== undefined) return resolve(source as never, args, context)
  if (typeof source === 'object' && source !== null && fieldName in source) {
    const value: unknown = (source as Record<string, unknown>)[fieldName]
    return typeof value === 'function' ? (value as () => unknown)() : value
  }
  throw new Error(
    `This server does not answer ${parentType.name}.${fieldName} yet (tests/support/github/graphql-resolvers.ts).`,
  )
}

function asGitHub(error: GraphQLError): GraphQLFormattedError & { type?: string } {
  const { type, extensions } = error.extensions as { type?: string; extensions?: Record<string, unknown> }
  return {
    ...(type === undefined ? {} : { type }),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    message: error.message,
  }
}

/** The fields of a query that are lists with pages. */
function connectionsOf(schema: GraphQLSchema, document: DocumentNode): Set<FieldNode> {
  const found = new Set<FieldNode>()
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(field) {
        const type = types.getType()
        if (type === null || type === undefined) return
        const named = getNamedType(type)
        // A count alone needs no pages.
        const counts = field.selectionSet?.selections.every(
          (one) => one.kind === Kind.FIELD && one.name.value === 'totalCount',
        )
        if (isObjectType(named) && named.name.endsWith('Connection') && counts !== true) found.add(field)
      },
    }),
  )
  return found
}

function readRequest(
  body: string,
): { query: string; variables: Record<string, unknown>; operationName?: string } | null {
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return null
  }
  if (typeof request !== 'object' || request === null || !('query' in request)) return null
  const { query, variables, operationName } = request as {
    query: unknown
    variables?: unknown
    operationName?: unknown
  }
  if (typeof query !== 'string') return null
  return {
    query,
    variables: typeof variables === 'object' && variables !== null ? { ...variables } : {},
    ...(typeof operationName === 'string' ? { operationName } : {}),
  }
}
