import { configureGlobal, readConfigureGlobal } from 'fast-check'

const wanted = process.env['FAST_CHECK_SEED'] ?? '20261122'
if (wanted !== 'random') configureGlobal({ ...readConfigureGlobal(), seed: Number(wanted) })
