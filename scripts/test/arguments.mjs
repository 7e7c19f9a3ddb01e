import { ExpectedError } from '../bootstrap/say.mjs'

/**
 * `unit`, `types lint`, `e2e -g pattern`: the stages to run, and the rest for the runner of the last of them.
 * Without a stage all of them run, in the order of `all`.
 */
export function parseStages(args, all) {
  const end = args.findIndex((argument) => !all.includes(argument))
  const chosen = end === -1 ? args : args.slice(0, end)
  const rest = end === -1 ? [] : args.slice(end)
  if (rest.length > 0 && chosen.length === 0) {
    throw new ExpectedError(`${rest[0]} is none of the stages: ${all.join(' ')}`)
  }
  return {
    stages: chosen.length === 0 ? all : all.filter((name) => chosen.includes(name)),
    rest,
    last: chosen.at(-1),
  }
}
