/**
 * GitHub in a process of its own, for benchmarks: prints its address as one line of JSON, then reads commands, one a
 * line, and answers each with a line. Ends with its input. Started by server-child.ts.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Answer, Resource } from './answer'
import type { Effect, FaultOptions } from './faults'
import { churn, seedOrganization, type OrganizationSeed, type SeededOrganization } from './seed'
import { startGitHub } from './server'

export type ServerCommand =
  | { do: 'seed'; seed: OrganizationSeed }
  /** Lets something happen to that many open pull requests. */
  | { do: 'churn'; login: string; count: number; seed: number }
  | { do: 'fault'; match: string; effect: Exclude<Effect, { kind: 'hold' }>; options?: FaultOptions }
  | { do: 'clearFaults' }
  /** Every answer takes that long from now on. */
  | { do: 'latency'; ms: number }
  | { do: 'limit'; resource: Resource; limit: number }
  /** What was asked since the last time. */
  | { do: 'requests' }

export interface SeedAnswer {
  login: string
  viewer: string
  token: string
  repositories: number
  members: number
  pullRequests: number
  openPullRequests: number
}

export interface RequestsAnswer {
  count: number
  /** Answers with 304. */
  confirmed: number
  cost: Record<Resource, number>
  /** By method and path, numbers of pages and the like left out. */
  paths: Record<string, number>
}

export interface ServerAddress {
  url: string
  host: string
  apiUrl: string
}

/** Prepared by the first who asks: what a benchmark measures is the client. */
const answers = new Map<string, Answer>()
const github = await startGitHub({ keepAnswers: answers })
let slow: (() => void) | undefined
let reported = 0

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

function run(command: ServerCommand): unknown {
  switch (command.do) {
    case 'seed':
      answers.clear()
      return describe(seedOrganization(github.model, command.seed))
    case 'churn': {
      const organization = github.model.owner(command.login)
      if (organization?.kind !== 'organization') throw new Error(`There is no organization ${command.login}.`)
      answers.clear()
      return { changed: churn(github.model, organization, command.count, command.seed).length }
    }
    case 'fault':
      github.faults.add(command.match, command.effect, command.options)
      return {}
    case 'clearFaults':
      github.faults.clear()
      return {}
    case 'latency':
      slow?.()
      slow =
        command.ms > 0
          ? github.faults.add(/./, { kind: 'delay', ms: command.ms }, { times: Infinity })
          : undefined
      return {}
    case 'limit':
      github.budgets.limits[command.resource] = command.limit
      return {}
    case 'requests':
      return requests()
  }
}

function describe(seeded: SeededOrganization): SeedAnswer {
  return {
    login: seeded.organization.login,
    viewer: seeded.viewer.login,
    token: seeded.token.value,
    repositories: seeded.repositories.length,
    members: seeded.members.length,
    pullRequests: seeded.pullRequests.length,
    openPullRequests: seeded.pullRequests.filter((one) => one.state === 'OPEN').length,
  }
}

function requests(): RequestsAnswer {
  const answer: RequestsAnswer = {
    count: 0,
    confirmed: 0,
    cost: { core: 0, graphql: 0, search: 0 },
    paths: {},
  }
  for (const one of github.requests.slice(reported)) {
    answer.count++
    if (one.status === 304) answer.confirmed++
    if (one.resource !== null) answer.cost[one.resource] += one.cost
    const path = `${one.method} ${one.path}`
    answer.paths[path] = (answer.paths[path] ?? 0) + 1
  }
  reported = github.requests.length
  return answer
}

const { url, host, apiUrl } = github
say({ url, host, apiUrl } satisfies ServerAddress)
const input = createInterface({ input: process.stdin })
input.on('line', (line) => {
  try {
    say({ answer: run(JSON.parse(line) as ServerCommand) })
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) })
  }
})
await once(input, 'close')
await github.close()
