import type { Octokit } from '@octokit/rest'
import { exchange, exchangeOnce, type ExchangeLimits, type Fetch } from './exchange'

const silent = (): void => undefined

/**
 * Octokit builds the requests; ours is what sends them, so that an answer of any status comes back as an `Answer`
 * that was read within limits. Octokit's own sender throws for a status and puts the whole request into the error.
 */
export async function createOctokit(
  options: { account: { apiUrl: string }; version: string; fetch: Fetch },
  limits: ExchangeLimits,
): Promise<Octokit> {
  // Not before the first request: the start of the app does not wait for it.
  const { Octokit } = await import('@octokit/rest')
  const octokit = new Octokit({
    baseUrl: options.account.apiUrl,
    userAgent: `Foundry/${options.version}`,
    // What is asked of GitHub is nobody's business but the audit's; failures are reported by whoever asked.
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  octokit.hook.wrap('request', async (_send, merged) => {
    const { method, url, headers, body } = octokit.request.endpoint(merged)
    const outgoing = {
      method,
      url,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...(typeof body === 'string' ? { body } : {}),
    }
    const ask = merged.request['handsOutRedirects'] === true ? exchangeOnce : exchange
    const answer = await ask(options.fetch, outgoing, limits, merged.request.signal)
    return { url, status: answer.status, headers: answer.headers, data: answer }
  })
  return octokit
}
