import type { Contract, Domain, OutputOf, ParsedInputOf } from '@shared/contract'

/** What stands behind the contract: for each operation a function from parsed input to output. */
export type Handlers = {
  readonly [D in Domain]: DomainHandlers<D>
}

export type DomainHandlers<D extends Domain> = {
  readonly [M in keyof Contract[D]]: (
    input: ParsedInputOf<Contract[D][M]>,
  ) => OutputOf<Contract[D][M]> | Promise<OutputOf<Contract[D][M]>>
}
